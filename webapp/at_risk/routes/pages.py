"""The list of students at risk: the page, the part that others include, and the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from flask import url_for
from pydantic import Field

from webapp.at_risk import queries
from webapp.at_risk.columns import ROWS
from webapp.at_risk.jobs import refresh_class
from webapp.at_risk.routes.blueprint import bp
from webapp.at_risk.scoring import Level
from webapp.at_risk.types import RiskFilter
from webapp.at_risk.wording import LEVELS, TITLES, evidence, points_text, sentence
from webapp.classes.cards import class_card
from webapp.classes.queries import class_row, classes_of
from webapp.core import clock
from webapp.core.paging import MAXIMUM_LIMIT
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.jobs.queue import enqueue
from webapp.web.access import STAFF, Reach, access
from webapp.web.files import csv_stream
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.at_risk.types import RiskReport, RiskRow
    from webapp.classes.types import ClassRow
    from webapp.core.permissions import Viewer

PAGE: Final = 25
FRESH: Final = timedelta(minutes=10)
BADGES: Final = {Level.HIGH: "bg-red-lt", Level.MEDIUM: "bg-yellow-lt", Level.LOW: "bg-secondary-lt"}


class RiskQuery(RiskFilter):
    """What the address of the list says."""

    limit: int = Field(default=PAGE, ge=1, le=MAXIMUM_LIMIT)

    def url(self, endpoint: str = "at_risk.index", **changes: Any) -> str:
        """Return the address of this list with changes; what is usual is left out, and a change goes to page one."""
        asked = {**self.model_dump(mode="json"), **({"offset": 0} if changes else {}), **changes}
        usual = {name: field.default for name, field in type(self).model_fields.items()}
        return url_for(endpoint, **{name: value for name, value in asked.items() if value != usual[name]})

    def page_url(self, offset: int) -> str:
        """Return the address of the page of the list that begins there."""
        return self.url(offset=offset)


@dataclass(frozen=True, slots=True)
class Shown:
    """A student in the list: level, classes (id and name), and each reason with title, sentence and rows' address."""

    row: RiskRow
    level: str
    badge: str
    classes: list[tuple[UUID, str]]
    reasons: list[tuple[str, str, str]]


@bp.get("/at-risk")
@access(STAFF, Reach.CLASS)
def index() -> Response:
    """Show who may need help, and why; other pages fetch the list alone when they stand."""
    person, asked, now = viewer(), parse_query(RiskQuery), clock.now()
    session = db.session()
    report = queries.at_risk(session, person, asked, now)
    group = class_row(session, person, asked.class_id) if asked.class_id else None
    taught = classes_of(session, person) if person.role is Role.TEACHER and not wants_fragment() else []
    _ask_for_fresh(report, asked, group)
    return render(
        "at_risk/page.html",
        "at_risk/_at_risk.html",
        asked=asked,
        report=report,
        group=group,
        rows=shown_together(report.listing.items),
        tabs=_tabs(asked, report),
        points=points_text(),
        choices=[(row.id, row.name) for row in taught],
    )


@bp.get("/at-risk.csv")
@access(STAFF, Reach.CLASS)
def download() -> Response:
    """Download the whole list, as the page is narrowed."""
    person, asked, now = viewer(), parse_query(RiskQuery), clock.now()
    if asked.class_id:
        class_row(db.session(), person, asked.class_id)
    return csv_stream(ROWS, lambda session: queries.every_row(session, person, asked, now), "at-risk")


@class_card("at_risk/class_card.html", place=10)
def class_card_of(_session: Session, _person: Viewer, row: ClassRow) -> Mapping[str, Any]:
    """Return the class whose list is fetched once the page stands."""
    return {"row": row}


def shown_together(rows: Iterable[RiskRow]) -> list[Shown]:
    """Return students as the list shows them: who stands there for several classes in a row gets one line."""
    grouped = (list(group) for _, group in groupby(rows, key=lambda row: row.user_id))
    return [shown(*group) for group in grouped]


def shown(row: RiskRow, *others: RiskRow) -> Shown:
    """Return a student as the list shows them; `others` are what was found of them in further classes."""
    level = row.verdict.level or Level.LOW
    reasons: dict[str, tuple[str, str, str]] = {}
    for found in (row, *others):
        for reason in found.verdict.reasons:
            rows, words = evidence(found, reason.kind), sentence(reason)
            values: dict[str, Any] = dict(rows.values)
            address = url_for(rows.endpoint, _anchor=rows.anchor or None, **values)
            reasons.setdefault(words, (TITLES[reason.kind], words, address))
    classes = [(found.class_id, found.class_name) for found in (row, *others)]
    return Shown(row, LEVELS[level], BADGES[level], classes, list(reasons.values()))


def _tabs(asked: RiskQuery, report: RiskReport) -> list[tuple[str, str, bool]]:
    counts = report.counts
    numbers: dict[Level | None, int] = {
        None: counts.at_risk,
        Level.HIGH: counts.high,
        Level.MEDIUM: counts.medium,
        Level.LOW: counts.low,
    }
    return [
        (
            f"{LEVELS[level] if level else 'All'} {number:,}",
            asked.url(level=level.value if level else None),
            asked.level is level,
        )
        for level, number in numbers.items()
    ]


def _ask_for_fresh(report: RiskReport, asked: RiskQuery, group: ClassRow | None) -> None:
    """Have a large class looked at again when what is kept of it is old; the next to open it sees that."""
    is_old = report.as_of is None or report.as_of < clock.now() - FRESH
    if group is not None and not group.archived and not report.live and is_old:
        enqueue(refresh_class, asked.class_id)
