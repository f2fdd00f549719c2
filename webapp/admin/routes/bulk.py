"""Doing one thing to several people of the list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from webapp.accounts.models import LinkPurpose
from webapp.accounts.recovery.jobs import mail_link
from webapp.admin.routes.blueprint import CHANGED, bp
from webapp.admin.routes.users import PeopleQuery, users_page
from webapp.admin.service.bulk import carry_out
from webapp.admin.types import BulkInput
from webapp.core.errors import InvalidInputError
from webapp.db.base import new_id
from webapp.extensions import db
from webapp.mail.jobs import send_soon
from webapp.mail.types import is_address
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.accounts.models import User
    from webapp.admin.types import Report
    from webapp.core.errors import FieldError


@bp.post("/users/bulk")
@access(MANAGERS, Reach.SCHOOL)
def bulk() -> Response:
    """Do to those who were picked, or to all of the list, what was chosen; and say what came of it."""
    session, person, asked = db.session(), viewer(), parse_query(PeopleQuery)
    report: Report | None = None
    errors: Sequence[FieldError] = ()
    try:
        report = carry_out(session, person, parse_form(BulkInput), invite, asked)
    except InvalidInputError as error:
        errors = error.errors
    send_soon(session)
    if not wants_fragment():
        return users_page(person, asked, report, errors)
    response = render("admin/_report.html", status=422 if errors else 200, report=report, errors=errors)
    response.headers["HX-Trigger"] = json.dumps(dict.fromkeys(CHANGED))
    return response


def invite(session: Session, person: User) -> bool:
    """Queue an invitation; False where the address is none that mail can be sent to."""
    if not is_address(person.email):
        return False
    return mail_link(session, person, LinkPurpose.INVITATION, f"invitation:{new_id()}")
