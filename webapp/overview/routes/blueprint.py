"""The blueprint, and what every page of it needs: over whom, in which dates, and the addresses between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint

from webapp.core.paging import Page
from webapp.core.permissions import Role
from webapp.core.words import range_text
from webapp.extensions import db
from webapp.overview.queries.performance import class_names
from webapp.overview.ranges import DEFAULT_PRESET, TERM, chosen
from webapp.overview.scopes import Scope, schools_in_use, scope_of
from webapp.overview.types import RangeQuery
from webapp.web.addresses import address_of
from webapp.web.forms import parse_query
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from typing import Self

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.overview.types import ScopeInput

bp = Blueprint("overview", __name__)

PRESETS = (
    *(("Today", "today"), ("7 days", "7d"), ("28 days", "28d"), ("Week", "week"), ("Month", "month")),
    *(("Term", TERM), ("Year", "year"), ("365 days", "365d")),
)
# The pages between which one goes, each with what they share in the address.
PLACES = (
    ("Overview", "overview.index"),
    ("Trends", "overview.trends"),
    ("Summary", "overview.summary"),
    ("Classes", "overview.classes"),
)
# Where no dates asked for are all dates.
ALL_TIME_PAGE = "overview.classes"
MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class View:
    """A page over a scope and dates."""

    person: Viewer
    scope: Scope
    asked: RangeQuery
    dates: DateRange
    endpoint: str

    @classmethod
    def of(cls, endpoint: str, model: type[RangeQuery] = RangeQuery) -> Self:
        """Return the view that the address asks for."""
        person, asked = viewer(), parse_query(model)
        scope = page_scope(person, asked)
        return cls(person, scope, asked, chosen(db.session(), scope, asked), endpoint)

    def url(self, endpoint: str = "", **changes: Any) -> str:
        """Return the address of a page with changes; None leaves one out."""
        given = {**self.asked.model_dump(mode="json", exclude_defaults=True), **changes}
        said = {name: ("1" if value is True else value) for name, value in given.items() if value not in {None, False}}
        return address_of(endpoint or self.endpoint, said)

    @property
    def shared(self) -> dict[str, Any]:
        """Return what stands on every page."""
        asked, scope = self.asked, self.scope
        kept = {"class_id": asked.class_id, "school_id": asked.school_id}
        ranged = {"period": asked.period, "start_date": asked.start_date, "end_date": asked.end_date}
        said = {name: value for name, value in {**kept, **ranged}.items() if value is not None}
        return {
            "view": self,
            "places": [(text, address_of(place, said), place == self.endpoint) for text, place in PLACES],
            "presets": [self._preset(text, period) for text, period in PRESETS],
            "classes": self._classes(),
            "schools": schools_in_use(db.session(), self.person),
            "scope_words": self.scope_words,
            "range_words": range_text(self.dates),
            "before_words": range_text(self.dates.previous()),
            "running": scope.today in self.dates,
            "action": address_of(self.endpoint, {}),
        }

    @property
    def scope_words(self) -> str:
        """Return over whom in words."""
        if self.scope.class_name:
            return self.scope.class_name
        return "Your classes" if self.person.role is Role.TEACHER else self.scope.school_name

    def _preset(self, text: str, period: str) -> tuple[str, str, bool]:
        usual = "" if self.endpoint == ALL_TIME_PAGE else DEFAULT_PRESET
        current = None if self.asked.start_date else self.asked.period or usual
        return text, self.url(period=period, start_date=None, end_date=None, offset=None), current == period

    def _classes(self) -> list[tuple[str, str]]:
        """Return the classes of the school among which to choose, the first by name."""
        known = class_names(db.session(), self.person, replace(self.scope, class_name=None), Page(MOST_CHOICES))
        return [(str(class_id), name) for class_id, name in known.items()]


def page_scope(person: Viewer, asked: ScopeInput) -> Scope:
    """Return over whom a page is; an admin who named no school gets the first by name."""
    school_id = asked.school_id
    if person.role is Role.ADMIN and school_id is None and asked.class_id is None:
        known = schools_in_use(db.session(), person)
        school_id = known[0][0] if known else None
    return scope_of(db.session(), person, class_id=asked.class_id, school_id=school_id)
