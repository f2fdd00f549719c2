"""What counts as activity, what it is called, and what is kept of it: one table over the endpoints.

The first pattern that fits counts. What no pattern names gets a name from its endpoint: `api_planner.create_task`
is "Task created". Names of views therefore begin with a verb.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from webapp.activity.types import ActivityType

PAGE_METHODS: Final = frozenset({"GET", "HEAD"})
LESSON_VIEWED: Final = "Lesson viewed"
RANGE: Final = ("period", "first", "last", "start_date", "end_date", "date_range")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Requests of a method to endpoints like this are of this type (None: they do not count), and called so.

    `keeps` are the names of form fields and parameters whose values are kept: choices, dates and ids, never text
    that somebody writes. The ids in the path are kept always.
    """

    method: str
    endpoint: str
    type: ActivityType | None
    name: str = ""
    keeps: tuple[str, ...] = ()


PATTERNS: Final = (
    # signing in and out
    Pattern("POST", "accounts.sign_in_submit", ActivityType.SIGN_IN, "Signed in"),
    Pattern("POST", "second_factor.code_submit", ActivityType.SIGN_IN, "Signed in with a code"),
    Pattern("POST", "school_sign_in.enter", ActivityType.SIGN_IN, "Signed in with the school's account"),
    Pattern("POST", "accounts.sign_out", ActivityType.SIGN_OUT, "Signed out"),
    Pattern("POST", "accounts.change_theme", None),
    Pattern("POST", "accounts.change_account", ActivityType.EDIT, "Account changed"),
    # learning
    Pattern("GET", "learning.lesson", ActivityType.VIEW, LESSON_VIEWED),
    Pattern("GET", "api_learning.show_lesson", ActivityType.VIEW, LESSON_VIEWED),
    Pattern("GET", "learning.quiz", ActivityType.VIEW, "Quiz viewed"),
    Pattern("POST", "learning.note_position", None),
    Pattern("POST", "learning.save", None),
    Pattern("POST", "learning.begin", ActivityType.CREATE, "Quiz begun"),
    Pattern("POST", "learning.submit", ActivityType.EDIT, "Quiz submitted"),
    Pattern("POST", "api_learning.answer_quiz", ActivityType.CREATE, "Quiz submitted"),
    Pattern("POST", "api_learning.set_progress", ActivityType.EDIT, "Lesson progress set"),
    # files, in and out
    Pattern("POST", "exports.create", ActivityType.EXPORT, "Export ordered", ("kind", "file_format", *RANGE)),
    Pattern("GET", "exports.download", ActivityType.DOWNLOAD, "Export downloaded"),
    Pattern("GET", "api_analytics.export_days", ActivityType.EXPORT, "Days exported", ("format", *RANGE)),
    Pattern("GET", "analytics.*_csv", ActivityType.DOWNLOAD, "Dashboard downloaded", RANGE),
    Pattern("POST", "calendar.upload", ActivityType.IMPORT, "Calendar uploaded"),
    Pattern("POST", "calendar.apply", ActivityType.IMPORT, "Calendar imported"),
    Pattern("POST", "rosters.export", ActivityType.EXPORT),
    Pattern("POST", "rosters.*", ActivityType.IMPORT),
    # what programs report about others is not something that its sender did
    Pattern("*", "api_events.*", None),
    Pattern("*", "api_xapi.*", None),
    # looking at activity is not activity
    Pattern("GET", "activity.*", None),
    Pattern("GET", "api_activity.*", None),
)

# By the first word of a view's name; any other word is an edit.
CREATES: Final = frozenset({"create", "add", "new", "begin", "start", "offer", "enrol", "invite", "request", "quick"})
DELETES: Final = frozenset({"delete", "remove", "discard", "revoke", "unenrol", "withdraw", "take"})
DOWNLOADS: Final = frozenset({"download"})
EXPORTS: Final = frozenset({"export"})
IMPORTS: Final = frozenset({"import", "upload"})
OPENS: Final = frozenset({"show", "list", "edit", "new", "index"})
DONE: Final = {
    "begin": "begun",
    "set": "set",
    "take": "taken away",
    "give": "given",
    "undo": "undone",
    "stop": "stopped",
    "submit": "submitted",
    "apply": "applied",
    "retry": "retried",
    "enrol": "enrolled",
    "unenrol": "taken out",
    "cancel": "cancelled",
    "new": "added",
    "quick": "added",
    "withdraw": "withdrawn",
    "choose": "chosen",
    "send": "sent",
    "leave": "left",
    "make": "made",
    "run": "run",
}
_SUFFIXES: Final = ("_submit", "_now", "_csv", "_form", "_page")


@lru_cache(maxsize=2048)
def pattern_for(method: str, endpoint: str) -> Pattern:
    """Return what a request counts as if it succeeds. A page that is merely read has a name and no type."""
    method = "GET" if method in PAGE_METHODS else method
    for pattern in PATTERNS:
        if pattern.method in {method, "*"} and fnmatchcase(endpoint, pattern.endpoint):
            found = _default(method, endpoint)
            return Pattern(method, endpoint, pattern.type, pattern.name or found.name, pattern.keeps)
    return _default(method, endpoint)


def counts(method: str, endpoint: str) -> bool:
    """Return whether requests to the endpoint count at all."""
    asked = "GET" if method in PAGE_METHODS else method
    excluded = (each for each in PATTERNS if each.type is None and each.method in {asked, "*"})
    return not any(fnmatchcase(endpoint, each.endpoint) for each in excluded)


def downloaded(endpoint: str) -> str:
    """Return what a download is called that no pattern names."""
    return f"{_noun(endpoint, _words(endpoint)[1])} downloaded"


def _default(method: str, endpoint: str) -> Pattern:
    if not endpoint:
        return Pattern(method, endpoint, None, "Unknown address")
    verb, rest = _words(endpoint)
    if method == "GET":
        rest = rest if verb in OPENS else [verb, *rest]
        return Pattern(method, endpoint, None, f"{_noun(endpoint, rest)} opened")
    return Pattern(method, endpoint, _type(method, verb), f"{_noun(endpoint, rest)} {_done(verb)}")


def _words(endpoint: str) -> tuple[str, list[str]]:
    view = endpoint.rpartition(".")[2]
    for suffix in _SUFFIXES:
        view = view.removesuffix(suffix)
    verb, *rest = view.split("_")
    return verb, rest


def _noun(endpoint: str, rest: list[str]) -> str:
    """Return what the view is about: the words after its verb, or what its blueprint holds."""
    blueprint = endpoint.partition(".")[0].removeprefix("api_").replace("_", " ")
    words = " ".join(rest) if rest else _singular(blueprint)
    return words[:1].upper() + words[1:]


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes")):
        return word[:-2]
    return word.removesuffix("s") if not word.endswith(("ss", "us", "is")) else word


def _type(method: str, verb: str) -> ActivityType:
    kinds = (
        (CREATES, ActivityType.CREATE),
        (DELETES, ActivityType.DELETE),
        (DOWNLOADS, ActivityType.DOWNLOAD),
        (EXPORTS, ActivityType.EXPORT),
        (IMPORTS, ActivityType.IMPORT),
    )
    usual = ActivityType.DELETE if method == "DELETE" else ActivityType.EDIT
    return next((kind for verbs, kind in kinds if verb in verbs), usual)


def _done(verb: str) -> str:
    if verb in DONE:
        return DONE[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    return f"{verb[:-1]}ied" if verb.endswith("y") and verb[-2:-1] not in "aeiou" else f"{verb}ed"
