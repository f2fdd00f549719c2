"""Noting what staff read of pupils, after the answer and outside its transaction, and stopping whoever reads too much.

Every address that names a pupil or a class is watched, also those that are still to come; `TELLS_NOTHING` lists the
few that show no pupil. Lists of people that name neither are in `LISTS`: one entry says which list, of which school and
by what it was narrowed, and stands on the page of everybody who may have been on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from flask import current_app, request

from webapp.compliance import readings
from webapp.compliance.rules import install_rules
from webapp.core.errors import TooManyRequestsError
from webapp.core.permissions import STAFF_ROLES
from webapp.web.access import SAFE_METHODS
from webapp.web.identity import viewer_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask, Response

    from webapp.compliance.readings import Readings
    from webapp.core.permissions import Viewer

EXTENSION: Final = "milepost_readings"
OK: Final = 200
UNTIL_TOMORROW: Final = 3600
SUBJECTS: Final = {
    "user_id": readings.USER,
    "student_id": readings.USER,
    "class_id": readings.CLASS,
    "attempt_id": "attempt",
    "enrolment_id": "enrolment",
}
TELLS_NOTHING: Final = frozenset(
    {"classes.edit_class", "classes.enrol_form", "learning.class_courses", "learning.course_classes"}
)
# What is read, in words that stand on the pupil's own page, by the beginning of the endpoint's name.
KINDS: Final = {
    "students": "record",
    "classes": "class list",
    "goal_offers": "goals of the class",
    "at_risk": "who may need help",
    "learning": "course work",
    "leaderboard": "leaderboard",
    "exports": "file",
    "activity": "activity",
    "events": "activity",
    "admin": "account",
    "overview": "figures",
    "compliance": "privacy record",
}
FILE: Final = "file"
# Lists that name pupils of many classes.
LISTS: Final = {
    "at_risk.index": "list of who may need help",
    "at_risk.download": "file of who may need help",
    "api_at_risk.list_at_risk": "list of who may need help",
    "admin.users": "list of people",
    "api_admin.list_users": "list of people",
    "students.recent": "list of recent work",
    "activity.log": "list of activity",
    "activity.sums": "list of activity",
    "activity.sums_csv": "file of activity",
    "events.index": "list of activity",
    "compliance.handled": "list of data requests",
}
NO_FILTER: Final = frozenset({"limit", "offset", "cursor", "sort", "before", "school_id"})
FILTER: Final = re.compile(r"[a-z_]{1,30}")


def install_watching(app: Flask, gathered: Readings) -> None:
    """Note every answer that shows a member of staff something of a pupil."""
    app.extensions[EXTENSION] = gathered
    install_rules(app.extensions["milepost_settings"])
    app.before_request(_refuse_who_read_too_much)
    app.after_request(_note)


def note_file(person: Viewer, user_id: UUID) -> None:
    """Note that somebody took a file of everything about another person."""
    if user_id != person.user_id:
        _gathered().note(person, readings.USER, user_id, FILE)


def _refuse_who_read_too_much() -> None:
    records = [subject for subject, _ in _subjects() if subject != readings.CLASS]
    person = viewer_or_none() if records and request.method in SAFE_METHODS else None
    if person is not None and person.role in STAFF_ROLES and _gathered().is_exhausted(person):
        message = f"You have read the records of {readings.MOST_A_DAY} pupils today, which is as many as anybody may."
        raise TooManyRequestsError(message, UNTIL_TOMORROW)


def _note(response: Response) -> Response:
    if request.method not in SAFE_METHODS or response.status_code != OK:
        return response
    shown = list(_subjects())
    person = viewer_or_none() if shown or request.endpoint in LISTS else None
    if person is not None and person.role in STAFF_ROLES:
        for subject, subject_id in shown:
            _note_one(person, subject, subject_id, response)
        if not shown:
            _note_list(person)
    return response


def _note_list(person: Viewer) -> None:
    kind = LISTS[request.endpoint or ""]
    given = {name for name, value in request.args.items() if value and FILTER.fullmatch(name)}
    narrowed = ", ".join(sorted(given - NO_FILTER))[:100]
    school_id = _identity(request.args.get("school_id")) or person.school_id or readings.EVERYBODY
    _gathered().note(person, readings.LIST, school_id, kind, narrowed)


def _note_one(person: Viewer, subject: str, subject_id: UUID, response: Response) -> None:
    if subject_id != person.user_id:
        _gathered().note(person, subject, subject_id, _kind(response))


def _subjects() -> Iterator[tuple[str, UUID]]:
    if request.endpoint in TELLS_NOTHING:
        return
    given: dict[str, Any] = {**request.args, **(request.view_args or {})}
    for name, subject in SUBJECTS.items():
        found = _identity(given.get(name))
        if found is not None:
            yield subject, found


def _identity(value: Any) -> UUID | None:
    if isinstance(value, UUID) or value is None:
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _kind(response: Response) -> str:
    if response.mimetype == "text/csv" or "attachment" in response.headers.get("Content-Disposition", ""):
        return FILE
    blueprint = (request.endpoint or "").partition(".")[0].removeprefix("api_")
    return KINDS.get(blueprint, "record")


def _gathered() -> Readings:
    found: Readings = current_app.extensions[EXTENSION]
    return found
