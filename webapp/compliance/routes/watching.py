"""Noting what staff read of pupils, after the answer and outside its transaction, and stopping whoever reads too much.

Every address that names a pupil or a class is watched, also those that are still to come; `TELLS_NOTHING` lists the
few that show no pupil.
"""

from __future__ import annotations

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
TELLS_NOTHING: Final = frozenset({"classes.edit_class", "classes.enrol_form", "learning.course_classes"})
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
    shown = list(_subjects()) if request.method in SAFE_METHODS and response.status_code == OK else []
    person = viewer_or_none() if shown else None
    if person is not None and person.role in STAFF_ROLES:
        for subject, subject_id in shown:
            _note_one(person, subject, subject_id, response)
    return response


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
