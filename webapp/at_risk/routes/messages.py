"""Writing to students who were selected: a draft that can be edited, and its sending."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from flask import request, url_for

from webapp.at_risk import queries, service
from webapp.at_risk.routes.blueprint import bp
from webapp.at_risk.types import MOST_RECIPIENTS, DraftQuery, MessageForm
from webapp.at_risk.wording import draft
from webapp.core import clock
from webapp.core.errors import InvalidInputError
from webapp.db.base import new_id
from webapp.extensions import db
from webapp.mail.jobs import send_soon
from webapp.mail.types import Mail
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.letters import write_letter
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Response

    from webapp.at_risk.types import RecipientRow
    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer


@bp.get("/at-risk/message")
@access(STAFF, Reach.CLASS)
def write() -> Response:
    """Show the draft of a message to the students that were selected."""
    person = viewer()
    asked = parse_query(DraftQuery)
    subject, text = draft(person.name, person.school_name)
    return _form(asked.user_ids, {"id": str(new_id()), "subject": subject, "text": text})


@bp.post("/at-risk/message")
@access(STAFF, Reach.CLASS)
def send() -> Response:
    """Send the message as it was edited, to each student by themselves."""
    person, session = viewer(), db.session()
    try:
        given = parse_form(MessageForm)
        count = service.send_message(session, person, given, _writer(person, given))
    except InvalidInputError as error:
        typed = {name: request.form.get(name, "") for name in ("id", "subject", "text")}
        return _form(_ids_of_form(), typed, error.errors)
    send_soon(session)
    words = "This message was sent before." if not count else f"Sent to {_students(count)}."
    return done(url_for("at_risk.index"), toast=words, leave=True)


def _ids_of_form() -> list[UUID]:
    """Return whom a refused form was for, as far as those can be read."""
    found: dict[UUID, None] = {}
    for text in request.form.getlist("user_ids")[:MOST_RECIPIENTS]:
        with suppress(ValueError):
            found[UUID(text)] = None
    return list(found)


def _writer(person: Viewer, given: MessageForm) -> Callable[[RecipientRow, str], Mail]:
    def write_to(recipient: RecipientRow, key: str) -> Mail:
        values = {"text": given.text, "sender": person.name, "address_of_sender": person.email}
        letter = write_letter("mail/from_teacher.txt", "mail/from_teacher.html", **values)
        return Mail(
            key=key,
            kind="student_message",
            recipient=recipient.email,
            subject=" ".join(given.subject.split()),
            text=letter.text,
            html=letter.html,
            user_id=recipient.id,
            school_id=recipient.school_id,
        )

    return write_to


def _form(user_ids: Sequence[UUID], values: dict[str, str], errors: Sequence[FieldError] = ()) -> Response:
    people = queries.recipients(db.session(), viewer(), user_ids, clock.now()) if user_ids else []
    return render(
        "at_risk/message.html",
        "at_risk/_message.html",
        status=422 if errors else 200,
        people=people,
        values=values,
        errors=errors,
    )


def _students(count: int) -> str:
    return "one student" if count == 1 else f"{count} students"
