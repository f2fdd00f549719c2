"""What one says about oneself on leaderboards, and staff who take a nickname away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from webapp.accounts.models import User
from webapp.core.errors import InvalidInputError
from webapp.extensions import db
from webapp.leaderboard import service
from webapp.leaderboard.access import load_scope
from webapp.leaderboard.routes.blueprint import bp
from webapp.leaderboard.types import LONGEST, BoardQuery, ChoiceInput
from webapp.leaderboard.wording import WHO_STANDS
from webapp.web.access import SIGNED_IN, STAFF, STUDENTS, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import FieldError

CHANGED = ("leaderboard-changed",)
ANSWERS = {True: "true", False: "false", None: ""}


@bp.get("/account/leaderboard")
@access(SIGNED_IN, Reach.OWN)
def choice() -> Response:
    """Show the viewer's nickname and whether they stand on leaderboards; to staff, that they never do."""
    return _page()


@bp.post("/account/leaderboard")
@access(STUDENTS, Reach.OWN)
def choose() -> Response:
    """Set nickname and choice, both at once; empty means none."""
    try:
        given = parse_form(ChoiceInput)
        service.choose(db.session(), viewer().user_id, ChoiceInput(**{**_NOTHING, **given.model_dump()}))
    except InvalidInputError as error:
        return _page(error.errors)
    toast = "Saved. Leaderboards show it from now on."
    return done(url_for("leaderboard.choice"), toast=toast, events=CHANGED, leave=True)


@bp.post("/leaderboard/nicknames/<uuid:student_id>/reset")
@access(STAFF, Reach.CLASS)
def reset_nickname(student_id: UUID) -> Response:
    """Take a nickname away; the full name stands instead."""
    student = service.reset_nickname(db.session(), viewer(), student_id)
    toast = f"{student.name} stands under their own name again."
    return done(url_for("leaderboard.index"), toast=toast, events=CHANGED, leave=True)


_NOTHING: dict[str, Any] = {"nickname": None, "on_leaderboard": None}


def _page(errors: Sequence[FieldError] = ()) -> Response:
    person = viewer()
    row = db.session().get_one(User, person.user_id)
    scope = load_scope(db.session(), person, BoardQuery()) if person.school_id else None
    typed = request.form if errors else {"nickname": row.nickname or "", "on_leaderboard": ANSWERS[row.on_leaderboard]}
    return render(
        "leaderboard/choice.html",
        "leaderboard/_choice.html",
        status=422 if errors else 200,
        is_student=not person.is_staff,
        values=typed,
        errors=errors,
        longest=LONGEST,
        scope=scope,
        who_stands=WHO_STANDS[scope.mode] if scope else "",
    )
