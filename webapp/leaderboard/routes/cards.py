"""Leaderboards on other features' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import redirect, url_for

from webapp.classes.access import students_open_to
from webapp.classes.cards import class_card
from webapp.classes.queries import class_row
from webapp.core import clock
from webapp.extensions import db
from webapp.leaderboard import queries
from webapp.leaderboard.access import load_scope
from webapp.leaderboard.routes.blueprint import bp
from webapp.leaderboard.types import BoardQuery
from webapp.leaderboard.wording import WHO_STANDS
from webapp.web.access import STAFF, Reach, access
from webapp.web.identity import viewer
from webapp.web.render import render, wants_fragment
from webapp.xp.models import Timeframe

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassRow
    from webapp.core.permissions import Viewer

SHOWN: Final = 5


@class_card("leaderboard/_class_card.html", place=60)
def week_card(_session: Session, _person: Viewer, row: ClassRow) -> dict[str, Any]:
    """Return where the first places of a class stand; they are fetched once the page is there."""
    return {"row": row}


@bp.get("/classes/<uuid:class_id>/leaderboard")
@access(STAFF, Reach.CLASS)
def class_week(class_id: UUID) -> ResponseReturnValue:
    """Give the first places of a class this week to its page; the leaderboard itself to everybody else."""
    session, person = db.session(), viewer()
    row = class_row(session, person, class_id)
    if not wants_fragment():
        return redirect(url_for("leaderboard.index", class_id=class_id), 303)
    scope = load_scope(session, person, BoardQuery(class_id=class_id))
    board = queries.board(session, person, scope, Timeframe.WEEK, SHOWN, clock.now()) if scope.ready else None
    named = [place.user_id for place in board.rows if place.user_id] if board else []
    opened = students_open_to(session, person, named)
    return render("leaderboard/_class_week.html", row=row, board=board, opened=opened, mode=WHO_STANDS[scope.mode])
