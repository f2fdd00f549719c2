"""The columns of a leaderboard's CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core.tables import Column

if TYPE_CHECKING:
    from webapp.leaderboard.types import BoardRow, TeamRow

PLACES: Final[list[Column[BoardRow]]] = [
    Column("rank", "rank", lambda row: row.rank),
    Column("display_name", "display_name", lambda row: row.display_name),
    Column("name", "name", lambda row: row.name),
    Column("user_id", "user_id", lambda row: row.user_id),
    Column("xp", "xp", lambda row: row.xp),
]
TEAMS: Final[list[Column[TeamRow]]] = [
    Column("rank", "rank", lambda row: row.rank),
    Column("class", "class", lambda row: row.name),
    Column("participants", "participants", lambda row: row.participants),
    Column("total_xp", "total_xp", lambda row: row.total),
    Column("mean_xp", "mean_xp", lambda row: row.mean),
]
