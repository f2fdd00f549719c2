"""Asking every endpoint, as everybody, for everybody's rows, and judging the answers by the policy table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from tests.security.samples import MAKERS, NOT_IDS, PAYLOADS, QUERIES, Sample
from webapp.accounts.models import ApiToken, User, UserSession
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id
from webapp.web.access import SAFE_METHODS, Reach
from webapp.web.sessions import COOKIE

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from webapp.web.access import PolicyRow

OWN, SAME_SCHOOL, OTHER_SCHOOL, NONEXISTENT, MALFORMED = (
    "own",
    "same school",
    "other school",
    "nonexistent",
    "malformed",
)
WHOSE = (OWN, SAME_SCHOOL, OTHER_SCHOOL, NONEXISTENT, MALFORMED)
ALL_SCOPES = "read write events"
MAY_BE_UNREADY = {"health.readyz"}  # says 503 by right where no worker runs
PARAMETER = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
TOKEN = re.compile(r"((?:csrf[-_]token|once)\"\s+(?:content|value)=\")[^\"]*|IjU?[\w.-]{60,}")
PERSONS_OWN = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
PRINTED = re.compile(r"Printed [^<]*")  # the minute may end between two requests


@dataclass(frozen=True)
class Actor:
    """Who asks: a person with a session or a token, or nobody. `stranger` says that the proof is worth nothing."""

    name: str
    user: Any = None
    by: str = "session"
    scopes: str = ALL_SCOPES
    stranger: bool = False
    spoiled: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Unexpected:
    """One cell whose answer is not what the policy table says."""

    endpoint: str
    method: str
    actor: str
    whose: str
    status: int
    expected: str


@dataclass
class Findings:
    """How many cells were asked, and which answered unexpectedly."""

    cells: int = 0
    endpoints: set[str] = field(default_factory=set)
    unexpected: list[Unexpected] = field(default_factory=list)


class Examiner:
    """Asks the cells of one policy row after another."""

    def __init__(self, app: Flask, session: Session, cast: Any) -> None:
        self.app, self.session, self.cast = app, session, cast
        self.findings = Findings()
        self.disabled = self._disabled()

    def _disabled(self) -> Any:
        user = User(email="disabled@school.test", role=Role.STUDENT, school_id=self.cast.school.id, active=False)
        self.session.add(user)
        self.session.commit()
        return user

    # ------------------------------------------------------------ who asks

    def actors(self, row: PolicyRow) -> list[Actor]:
        people = {role.value: getattr(self.cast, role.value).user for role in Role}
        past = datetime.now(UTC) - timedelta(seconds=1)
        student = people["student"]
        if not row.is_api:
            return [
                Actor("anonymous", stranger=True),
                *(Actor(name, user) for name, user in people.items()),
                Actor("disabled", self.disabled, stranger=True),
                Actor("revoked session", student, stranger=True, spoiled={"revoked_at": past}),
                Actor("expired session", student, stranger=True, spoiled={"expires_at": past}),
                Actor("token on a page", student, by="token", stranger=True),
            ]
        return [
            Actor("anonymous", stranger=True),
            *(Actor(name, user, by="token") for name, user in people.items()),
            Actor("student by session", student),
            Actor("read-only token", student, by="token", scopes="read"),
            Actor("disabled", self.disabled, by="token", stranger=True),
            Actor("revoked token", student, by="token", stranger=True, spoiled={"revoked_at": past}),
            Actor("expired token", student, by="token", stranger=True, spoiled={"expires_at": past}),
        ]

    # ------------------------------------------------------------ asking

    def examine(self, row: PolicyRow) -> None:
        self.findings.endpoints.add(row.endpoint)
        cells = [(method, actor) for method in row.methods for actor in self.actors(row)]
        if row.reach in {Reach.OWN, Reach.PUBLIC}:
            self._examine(row, cells)
        else:  # some actors may change rows of others, so that everyone gets fresh ones
            for cell in cells:
                self._examine(row, [cell])

    def _examine(self, row: PolicyRow, cells: list[tuple[str, Actor]]) -> None:
        foreign = self._foreign(row)
        guarded = [
            sample.row
            for whose, sample in foreign.items()
            if sample.row is not None
            and not any(expectation(row, method, actor, whose).startswith("reached") for method, actor in cells)
        ]
        self.session.flush()
        for kept in guarded:
            self.session.refresh(kept)  # the database may have added to what was made
        before = [_content(kept) for kept in guarded]
        self.session.commit()
        for method, actor in cells:
            self._ask_all(row, method, actor, foreign)
        for kept in guarded:
            self.session.refresh(kept)
        after = [_content(kept) for kept in guarded]
        self.session.commit()
        if before != after:
            self._note(row, "any", "any", "somebody else's", 0, "rows of others left as they were")

    def _foreign(self, row: PolicyRow) -> dict[str, Sample]:
        if not row.parameters:
            return {}
        owners = {SAME_SCHOOL: self.cast.classmate.user, OTHER_SCHOOL: self.cast.other_student.user}
        (name,) = row.parameters
        made = {whose: MAKERS[name](self.session, owner, whose) for whose, owner in owners.items()}
        self.session.commit()
        return made

    def _ask_all(self, row: PolicyRow, method: str, actor: Actor, foreign: dict[str, Sample]) -> None:
        if not row.parameters:
            answer = self.ask(row, method, actor, row.rule)
            self._judge(row, method, actor, OWN, answer)
            return
        seen = {}
        for whose in WHOSE:
            value = self._value(row, whose, actor, foreign)
            answer = self.ask(row, method, actor, PARAMETER.sub(value, row.rule), whose)
            self._judge(row, method, actor, whose, answer)
            seen[whose] = (answer.status_code, _without(answer.get_data().decode("utf-8", "replace"), value))
        hidden = not expectation(row, method, actor, OTHER_SCHOOL).startswith("reached")
        if hidden and seen[OTHER_SCHOOL] != seen[NONEXISTENT]:
            self._note(row, method, actor.name, OTHER_SCHOOL, seen[OTHER_SCHOOL][0], "the answer for nothing")

    def _value(self, row: PolicyRow, whose: str, actor: Actor, foreign: dict[str, Sample]) -> str:
        (name,) = row.parameters
        if whose in foreign:
            return foreign[whose].value
        if whose in {NONEXISTENT, MALFORMED}:
            absent, malformed = NOT_IDS.get(name, (str(new_id()), "not-an-id"))
            return absent if whose == NONEXISTENT else malformed
        nobodys = actor.user is None or row.reach is Reach.PUBLIC
        made = MAKERS[name](self.session, self.cast.classmate.user if nobodys else actor.user, "own")
        self.session.commit()
        return made.value

    def ask(self, row: PolicyRow, method: str, actor: Actor, path: str, whose: str = OWN) -> TestResponse:
        """Send the request with a proof of who asks that is used for nothing else."""
        student = self.cast.other_student if whose == OTHER_SCHOOL else self.cast.student
        client = self.app.test_client()
        headers = {}
        if actor.user is not None and actor.by == "token":
            headers["Authorization"] = f"Bearer {self._token(actor)}"
        else:
            secret = begin(self.session, actor.user, **actor.spoiled) if actor.user is not None else new_secret()
            client.set_cookie(COOKIE, secret)
            if method not in SAFE_METHODS:
                headers["X-CSRFToken"] = csrf_of(self.app, secret)
        sent = {} if method in SAFE_METHODS else _payload(row, self._named(row, actor, student))
        return client.open(path, method=method, headers=headers, buffered=True, **sent)

    def _named(self, row: PolicyRow, actor: Actor, student: Any) -> dict[str, str]:
        """Return what the words of a payload stand for."""
        unique = new_secret()[:12]
        named = {"UNIQUE": unique, "ADDRESS": f"{unique}@school.test", "STUDENT": str(student.id)}
        said = {**PAYLOADS.get(row.endpoint, {}), **QUERIES.get(row.endpoint, {})}
        if "COURSE" in said.values():
            teaches = actor.user is not None and actor.user.role is Role.TEACHER
            named["COURSE"] = MAKERS["course_id"](self.session, actor.user if teaches else student.user, "own").value
        self.session.commit()  # SQLite's one writer must not be this session
        return named

    def _token(self, actor: Actor) -> str:
        secret = new_secret()
        columns = {"name": "matrix", "scopes": actor.scopes, **actor.spoiled}
        self.session.add(ApiToken(user_id=actor.user.id, token_hash=hash_secret(secret), **columns))
        self.session.commit()
        return secret

    # ------------------------------------------------------------ judging

    def _judge(self, row: PolicyRow, method: str, actor: Actor, whose: str, answer: TestResponse) -> None:
        self.findings.cells += 1
        expected = expectation(row, method, actor, whose)
        if not PREDICATES[expected](row, answer):
            self._note(row, method, actor.name, whose, answer.status_code, expected)

    def _note(self, row: PolicyRow, method: str, actor: str, whose: str, status: int, expected: str) -> None:
        self.findings.unexpected.append(Unexpected(row.endpoint, method, actor, whose, status, expected))


def begin(session: Session, user: Any, **columns: Any) -> str:
    """Sign somebody in and return the secret of their browser."""
    secret = new_secret()
    columns = {"expires_at": datetime.now(UTC) + timedelta(days=1), **columns}
    session.add(UserSession(user_id=user.id, token_hash=hash_secret(secret), **columns))
    session.commit()
    return secret


def csrf_of(app: Flask, secret: str) -> str:
    """Return the token that the forms of this browser carry."""
    with app.test_request_context(headers={"Cookie": f"{COOKIE}={secret}"}):
        return app.jinja_env.globals["csrf_token"]()


def expectation(row: PolicyRow, method: str, actor: Actor, whose: str) -> str:
    """Return what the policy table promises for a cell, as a key of PREDICATES."""
    if whose == MALFORMED and not row.is_api:
        return "absent"  # no such address, whoever asks
    if row.roles is not None and actor.stranger:
        return "stranger"
    if row.roles is not None and not _may(row, method, actor):
        return "refused"
    if not row.parameters:
        return "answered"
    simple = {OWN: "reached", NONEXISTENT: "absent", MALFORMED: "absent"}
    return simple.get(whose) or FOREIGN[row.reach](actor, whose)


def _may(row: PolicyRow, method: str, actor: Actor) -> bool:
    in_scope = actor.by == "session" or ("read" if method in SAFE_METHODS else "write") in actor.scopes
    return actor.user.role in row.roles and in_scope


def _by_school(actor: Actor, whose: str) -> str:
    inside = whose == SAME_SCHOOL or actor.user.role is Role.ADMIN
    return "reached" if inside else "absent"


def _by_class(actor: Actor, whose: str) -> str:
    return "reached or absent" if whose == SAME_SCHOOL or actor.user.role is Role.ADMIN else "absent"


# What each reach promises for the rows of others.
FOREIGN = {
    Reach.PUBLIC: lambda _actor, _whose: "reached",
    Reach.OWN: lambda _actor, _whose: "absent",
    Reach.CLASS: _by_class,
    Reach.SCHOOL: _by_school,
    Reach.ALL: lambda _actor, _whose: "reached",
}


def _is_stranger(row: PolicyRow, answer: TestResponse) -> bool:
    if row.is_api:
        return answer.status_code == 401 and answer.headers.get("WWW-Authenticate") == "Bearer"
    return answer.status_code == 303 and answer.headers["Location"].startswith("/login")


def _is_refused(row: PolicyRow, answer: TestResponse) -> bool:
    return answer.status_code == 403


def _is_absent(row: PolicyRow, answer: TestResponse) -> bool:
    return answer.status_code == 404


def _is_reached(row: PolicyRow, answer: TestResponse) -> bool:
    return 200 <= answer.status_code < 400


def _is_answered(row: PolicyRow, answer: TestResponse) -> bool:
    if row.endpoint in MAY_BE_UNREADY:
        return answer.status_code in {200, 503}
    if row.roles is None:
        return answer.status_code < 500 and answer.status_code not in {401, 403}
    return answer.status_code < 500 and answer.status_code not in {401, 403, 404} and not _is_stranger(row, answer)


PREDICATES = {
    "stranger": _is_stranger,
    "refused": _is_refused,
    "absent": _is_absent,
    "reached": _is_reached,
    "reached or absent": lambda row, answer: _is_reached(row, answer) or _is_absent(row, answer),
    "answered": _is_answered,
}


def _payload(row: PolicyRow, named: dict[str, str]) -> dict[str, Any]:
    kinds = {"json" if row.is_api else "data": PAYLOADS, "query_string": QUERIES}
    return {
        how: {name: _filled(value, named) for name, value in known[row.endpoint].items()}
        for how, known in kinds.items()
        if row.endpoint in known
    }


def _filled(value: Any, named: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(each, named) for each in value]
    return named.get(value, value)


def _content(row: Any) -> dict[str, Any]:
    """Return what a row holds, but for when a person was last seen: that is noted of those who ask themselves."""
    keys = [column.key for column in inspect(type(row)).column_attrs]
    return {key: getattr(row, key) for key in keys if key != "last_seen_at"}


def _without(text: str, value: str) -> str:
    """Return a body without what differs from request to request by right: tokens, the time, the id asked for."""
    return PERSONS_OWN.sub("ID", PRINTED.sub("", TOKEN.sub("", text.replace(value, "ID"))))
