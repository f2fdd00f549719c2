"""Leaderboards as JSON."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import Field

from webapp.accounts.models import User
from webapp.core import clock
from webapp.core.inputs import PageInput
from webapp.core.paging import Listing
from webapp.extensions import db
from webapp.leaderboard import queries, service
from webapp.leaderboard.access import load_scope
from webapp.leaderboard.types import BoardQuery, ChoiceInput
from webapp.web.access import SIGNED_IN, STUDENTS, Reach, access
from webapp.web.api import Answer, Count, ListAnswer, api_blueprint, gives, takes
from webapp.web.identity import viewer
from webapp.xp.models import Timeframe

if TYPE_CHECKING:
    from webapp.leaderboard.types import Board, PersonalBest, TeamRow

bp = api_blueprint("api_leaderboard", "Gamification")


class PlaceAnswer(Answer):
    """A place; id and name are null for a student's neighbours."""

    rank: Count
    user_id: UUID | None
    display_name: str | None
    xp: int
    is_you: bool


class YouAnswer(Answer):
    """Where you stand; all but `xp` is null when you take no part."""

    rank: int | None
    xp: int
    percentile: float | None = Field(description="of the others, so many in a hundred have fewer points")
    xp_to_next_rank: int | None


class BoardAnswer(Answer):
    """A leaderboard; `you` is null for staff."""

    rows: list[PlaceAnswer]
    total_participants: Count
    you: YouAnswer | None


class WeekAnswer(Answer):
    """Your points in a week of your school."""

    first_date: dt.date = Field(validation_alias="first")
    last_date: dt.date = Field(validation_alias="last")
    xp: int
    running: bool = Field(validation_alias="is_running")


class BestAnswer(Answer):
    """Your running week, the last of nine, against those before it."""

    weeks: list[WeekAnswer]
    rank: Count
    best: int
    to_best: int


class TeamAnswer(Answer):
    """A class; the figures are null while fewer than five people are behind them."""

    class_id: UUID
    name: str
    participants: int | None
    total_xp: int | None = Field(validation_alias="total")
    mean_xp: float | None = Field(validation_alias="mean")
    rank: int | None
    is_yours: bool


class TeamQuery(PageInput):
    """Over what to compare, and for admins in which school."""

    timeframe: Timeframe = Timeframe.WEEK
    school_id: UUID | None = None


class ChoiceAnswer(Answer):
    """What you said about leaderboards; null means that you said nothing."""

    nickname: str | None
    on_leaderboard: bool | None


@bp.get("/gamification/leaderboard")
@access(SIGNED_IN, Reach.SCHOOL)
@gives(BoardAnswer, refuses=(503,))
@takes(query=BoardQuery)
def show_leaderboard(query: BoardQuery) -> Board:
    """Show a leaderboard of your school, or of a class that you look after or study in.

    Staff see every place up to `limit`. Students see names for the upper half only, then two places above and two
    below their own without names. 503 for a minute after the school's calendar was changed.
    """
    scope = load_scope(db.session(), viewer(), query)
    return queries.board(db.session(), viewer(), scope, query.timeframe, query.limit, clock.now())


@bp.get("/gamification/personal-best")
@access(SIGNED_IN, Reach.OWN)
@gives(BestAnswer)
def show_personal_best() -> PersonalBest:
    """Show your running week against the eight weeks before it."""
    return queries.personal_best(db.session(), viewer(), clock.now())


@bp.get("/gamification/teams")
@access(SIGNED_IN, Reach.SCHOOL)
@gives(ListAnswer[TeamAnswer], refuses=(503,))
@takes(query=TeamQuery)
def list_teams(query: TeamQuery) -> Listing[TeamRow]:
    """List the classes of your school by their average points, of those who stand on their class's leaderboard."""
    scope = load_scope(db.session(), viewer(), BoardQuery(school_id=query.school_id))
    rows = queries.teams(db.session(), viewer(), scope, query.timeframe, clock.now())
    page = rows[query.offset : query.offset + query.limit]
    return Listing(page, len(rows), query.limit, query.offset)


@bp.get("/gamification/me")
@access(STUDENTS, Reach.OWN)
@gives(ChoiceAnswer)
def show_choice() -> User:
    """Show your nickname, and whether you want to stand on leaderboards."""
    return db.session().get_one(User, viewer().user_id)


@bp.put("/gamification/me")
@access(STUDENTS, Reach.OWN)
@gives(ChoiceAnswer)
@takes(body=ChoiceInput)
def choose(body: ChoiceInput) -> User:
    """Set the fields given; leaderboards show it at once, and nobody sees you any more when you say no."""
    return service.choose(db.session(), viewer().user_id, body)
