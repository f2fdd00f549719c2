"""The page on which people switch reminders on, and the links in mails that switch them off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, request, url_for

from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.extensions import db
from webapp.mail.queries import mails_of
from webapp.reminders import queries, service
from webapp.reminders.models import ReminderKind
from webapp.reminders.tokens import read_token
from webapp.reminders.types import RemindersInput
from webapp.web.access import ANYONE, SIGNED_IN, Reach, access
from webapp.web.csrf import address_is_the_proof
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import FieldError

bp = Blueprint("reminders", __name__)

PAGE, FRAGMENT = "reminders/page.html", "reminders/_reminders.html"
NEWEST_MAILS = 5


@bp.get("/account/reminders")
@access(SIGNED_IN, Reach.OWN)
def index() -> Response:
    """Show which reminders the viewer gets, when the next ones come, and what became of the last."""
    return render(PAGE, FRAGMENT, **_shown())


@bp.post("/account/reminders")
@access(SIGNED_IN, Reach.OWN)
def change() -> Response:
    """Switch reminders on or off and set the quiet hours."""
    try:
        service.change_reminders(db.session(), viewer(), parse_form(RemindersInput))
    except InvalidInputError as error:
        return render(PAGE, FRAGMENT, status=422, **_shown(error.errors))
    return done(url_for("reminders.index"), partial=FRAGMENT, context=_shown(), toast="Your reminders are saved.")


@bp.get("/reminders/off/<unsubscribe_token>")
@access(ANYONE, Reach.PUBLIC)
def unsubscribe(unsubscribe_token: str) -> Response:
    """Ask whoever followed a mail's link whether the reminder should stop; following a link changes nothing."""
    _, kind = _read(unsubscribe_token)
    return render("reminders/unsubscribe.html", kind=kind, token=unsubscribe_token, stopped=False)


@bp.post("/reminders/off/<unsubscribe_token>")
@access(ANYONE, Reach.PUBLIC)
@address_is_the_proof
def unsubscribe_now(unsubscribe_token: str) -> Response:
    """Switch the reminder off: by the page's button, or by a mail program in one click (RFC 8058)."""
    user_id, kind = _read(unsubscribe_token)
    service.switch_off(db.session(), user_id, kind)
    return render("reminders/unsubscribe.html", kind=kind, token=unsubscribe_token, stopped=True)


def _read(token: str) -> tuple[UUID, ReminderKind]:
    found = read_token(str(current_app.secret_key), token)
    if found is None:
        raise NotFoundError
    return found


def _shown(errors: tuple[FieldError, ...] = ()) -> dict[str, Any]:
    found = queries.reminders(db.session(), viewer())
    kinds = [kind.value for kind in ReminderKind]
    return {
        "errors": errors,
        "report_url": url_for("reports.weekly") if viewer().is_staff else None,
        "typed": request.form if errors else _typed(found),
        "due": {kind.value: at for kind, at in found.due.items()},
        "mails": mails_of(db.session(), viewer(), kinds, NEWEST_MAILS),
    }


def _typed(found: Any) -> dict[str, str]:
    """Return the form as it would have to be sent for things to be as they are."""
    on = {kind.value: "true" for kind in found.due}
    if found.quiet is None:
        return on
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in found.quiet)
    return {**on, "quiet_from": start, "quiet_until": end}
