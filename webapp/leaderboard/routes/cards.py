"""Leaderboards on other features' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from webapp.classes.cards import class_card
from webapp.core import clock
from webapp.leaderboard import queries
from webapp.leaderboard.access import load_scope
from webapp.leaderboard.types import BoardQuery
from webapp.leaderboard.wording import WHO_STANDS
from webapp.xp.models import Timeframe

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassRow
    from webapp.core.permissions import Viewer

SHOWN: Final = 5


@class_card("leaderboard/_class_card.html", place=60)
def week_card(session: Session, person: Viewer, row: ClassRow) -> dict[str, Any]:
    """Return the first places of a class this week."""
    scope = load_scope(session, person, BoardQuery(class_id=row.id))
    board = queries.board(session, person, scope, Timeframe.WEEK, SHOWN, clock.now()) if scope.ready else None
    return {"row": row, "board": board, "mode": WHO_STANDS[scope.mode]}
