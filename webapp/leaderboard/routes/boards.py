"""The leaderboard page, and the boards that it fetches when it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Response, render_template, stream_with_context, url_for

from webapp.classes.access import students_open_to
from webapp.classes.queries import schools
from webapp.core import clock
from webapp.core.tables import csv_lines
from webapp.db.engine import reading_only
from webapp.db.patience import wait_at_most
from webapp.extensions import db
from webapp.leaderboard import queries
from webapp.leaderboard.access import load_scope
from webapp.leaderboard.columns import PLACES, TEAMS
from webapp.leaderboard.routes.blueprint import bp
from webapp.leaderboard.types import MOST_ROWS, BoardQuery
from webapp.leaderboard.wording import TIMEFRAMES, WHO_STANDS, empty_text, period_text, points, standing_text
from webapp.web.access import SIGNED_IN, STAFF, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.kept import Kept, answer_kept, answer_kept_page, draw_kept, template_mark
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from webapp.core.permissions import Viewer
    from webapp.leaderboard.types import Board, BoardRow, Scope

SECONDS: Final = 1800
PAGE: Final = "leaderboard/page.html"
BOARD: Final = "leaderboard/_board.html"


class PageQuery(BoardQuery):
    """What the address of the page says."""

    def url(self, endpoint: str = "leaderboard.index", **changes: Any) -> str:
        """Return the address of this leaderboard with changes; what is usual is left out."""
        said = {**self.model_dump(mode="json"), **changes}
        usual = {name: field.default for name, field in type(self).model_fields.items()}
        return url_for(endpoint, **{name: value for name, value in said.items() if value != usual[name]})


@dataclass(frozen=True, slots=True)
class Shown:
    """A leaderboard that somebody looks at now."""

    person: Viewer
    asked: PageQuery
    scope: Scope
    now: datetime

    @property
    def key(self) -> str:
        """Return what the page follows from; the version grows with whatever it shows of others."""
        return f"leaderboard:{self.scope.version}:{self._rest_of_key}"

    @property
    def _rest_of_key(self) -> str:
        scope, person = self.scope, self.person
        who = f"{person.user_id}:{person.stats_version}:{person.role}"
        where = f"{scope.school_id}:{scope.class_id}:{scope.mode}:{scope.calendar.key}"
        what = f"{self.asked.timeframe}:{self.asked.limit}:{scope.calendar.today(self.now)}"
        return f"{who}:{where}:{what}:{template_mark(PAGE, BOARD)}"

    @property
    def may_be_kept(self) -> bool:
        """Return whether the version tells of every change: for students, once the school has points."""
        return self.scope.version is not None and not self.person.is_staff

    def build(self, template: str) -> Kept:
        """Read the leaderboard; render the page or its fragment unless that was done of the same places before."""
        session, scope, asked = db.session(), self.scope, self.asked
        board = queries.board(session, self.person, scope, asked.timeframe, asked.limit, self.now)
        mine = queries.own_classes(session, self.person, scope.school_id, _MOST_CLASSES)

        def draw() -> Kept:
            body = render_template(template, board=board, **self._words(board), **self._places(mine))
            return Kept(body, board.valid_until)

        if not self.may_be_kept:
            return draw()
        return draw_kept(f"leaderboard:{template}:{self._rest_of_key}", (scope.name, asked, board, mine), draw)

    def _words(self, board: Any) -> dict[str, Any]:
        return {
            "asked": self.asked,
            "scope": self.scope,
            "period": period_text(board, self.asked.timeframe),
            "sentence": standing_text(board),
            "points": points,
            "who_stands": WHO_STANDS[self.scope.mode],
            "nothing": empty_text(self.scope),
            "is_student": not self.person.is_staff,
            "opened": students_open_to(db.session(), self.person, self._named(board)),
            "can_grow": board.named < board.total_participants and self.asked.limit < MOST_ROWS,
        }

    def _places(self, mine: Sequence[Any]) -> dict[str, Any]:
        """Return what the page can be switched to: timeframes, and classes of one's own."""
        return {
            "timeframes": [
                (words, self.asked.url(timeframe=each.value), each is self.asked.timeframe)
                for each, words in TIMEFRAMES.items()
            ],
            "classes": [
                (row.name, self.asked.url(class_id=row.id, school_id=None), row.id == self.scope.class_id)
                for row in mine
            ],
            "school": ("School", self.asked.url(class_id=None, school_id=self._school_id), not self.scope.class_id),
        }

    def _named(self, board: Board) -> list[UUID]:
        """Return whom the places name, for staff: they may open the pages of some."""
        return [row.user_id for row in board.rows if row.user_id] if self.person.is_staff else []

    @property
    def _school_id(self) -> str | None:
        return None if self.person.school_id else str(self.scope.school_id)


_MOST_CLASSES: Final = 12


@bp.get("/leaderboard")
@access(SIGNED_IN, Reach.SCHOOL)
def index() -> Response:
    """Show a leaderboard; a student's is kept ready until anything that it shows changes."""
    person, asked = viewer(), parse_query(PageQuery)
    if not (person.school_id or asked.class_id or asked.school_id):
        return render("leaderboard/schools.html", schools=schools(db.session()), asked=asked)
    shown = Shown(person, asked, load_scope(db.session(), person, asked), clock.now())
    if not shown.scope.ready:
        return render("leaderboard/preparing.html", scope=shown.scope)
    if not shown.may_be_kept:
        body = shown.build(BOARD if wants_fragment() else PAGE).body
        response = Response(body)
        response.headers["Vary"] = "HX-Request"
        return response
    if wants_fragment():
        return answer_kept(shown.key, SECONDS, lambda: shown.build(BOARD))
    return answer_kept_page(shown.key, SECONDS, lambda: shown.build(PAGE))


@bp.get("/leaderboard/best")
@access(SIGNED_IN, Reach.OWN)
def best() -> Response:
    """Show the viewer's running week against their own weeks before it."""
    own = queries.personal_best(db.session(), viewer(), clock.now())
    return render("leaderboard/best.html", "leaderboard/_best.html", own=own, points=points)


@bp.get("/leaderboard/teams")
@access(SIGNED_IN, Reach.SCHOOL)
def teams() -> Response:
    """Show the classes of a school against each other."""
    asked = parse_query(PageQuery)
    scope = load_scope(db.session(), viewer(), asked.model_copy(update={"class_id": None}))
    rows = queries.teams(db.session(), viewer(), scope, asked.timeframe, clock.now()) if scope.ready else []
    first = [row for row in rows if row.rank][:_MOST_TEAMS]
    yours = [row for row in rows if row.is_yours and row not in first]
    more = sum(bool(row.rank) for row in rows) > _MOST_TEAMS
    shown: dict[str, Any] = {"yours": yours, "more": more, "asked": asked, "is_student": not viewer().is_staff}
    return render("leaderboard/teams.html", "leaderboard/_teams.html", rows=first, **shown)


_MOST_TEAMS: Final = 50


@bp.get("/leaderboard.csv")
@access(STAFF, Reach.SCHOOL)
def places_csv() -> Response:
    """Download every place of a leaderboard, with full names."""
    asked = parse_query(PageQuery)
    scope = load_scope(db.session(), viewer(), asked)
    lines = csv_lines(PLACES, _everyone(scope, asked))
    response = Response(stream_with_context(lines), mimetype="text/csv")
    name = f"milepost-leaderboard-{asked.timeframe.value}-{scope.calendar.today(clock.now())}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.get("/leaderboard/teams.csv")
@access(STAFF, Reach.SCHOOL)
def teams_csv() -> Response:
    """Download the classes against each other."""
    asked = parse_query(PageQuery)
    scope = load_scope(db.session(), viewer(), asked.model_copy(update={"class_id": None}))
    rows = queries.teams(db.session(), viewer(), scope, asked.timeframe, clock.now())
    response = Response(csv_lines(TEAMS, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="milepost-teams-{asked.timeframe.value}.csv"'
    return response


def _everyone(scope: Scope, asked: PageQuery) -> Iterator[BoardRow]:
    """Yield the places from one snapshot; the request's own session has ended by the time they are taken."""
    wait_at_most(None)
    with db.session.session_factory() as session:
        with reading_only():
            session.connection()
        yield from queries.everyone(session, scope, asked.timeframe, clock.now())
