"""The address of the task list: which tasks it asks for, its chips, and its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from flask import url_for
from pydantic import AfterValidator, Field, StringConstraints

from webapp.core.errors import InvalidInputError
from webapp.core.inputs import MAXIMUM_OFFSET, Input, storable
from webapp.core.instants import LocalDate
from webapp.core.paging import MAXIMUM_LIMIT
from webapp.core.periods import InvalidPeriodError, preset
from webapp.planner.models import Priority, TaskStatus
from webapp.planner.types import TaskFilter, TaskSort

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from webapp.core.permissions import Viewer
    from webapp.planner.types import CategoryRow

PAGE = 20
ANY_STATUS = "all"
PERIODS = {"today": "Today", "this-week": "This week", "last-week": "Last week", "month": "This month"}
SORTS: dict[str, str] = {
    "due": "Due first",
    "priority": "Most important first",
    "-created": "Newest first",
    "created": "Oldest first",
    "title": "By title",
    "completed": "Completed last first",
}
STATUSES = {"open": "Open", "completed": "Completed", "cancelled": "Cancelled", ANY_STATUS: "All"}


class TaskQuery(Input):
    """What the address of the list says; `period` stays relative, dates do not and win over it."""

    q: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(storable)] = ""
    status: TaskStatus | Literal["all"] = TaskStatus.OPEN
    category_id: UUID | Literal["none"] | None = None
    priority: Priority | None = None
    period: Literal["today", "this-week", "last-week", "month"] | None = None
    start_date: LocalDate | None = None
    end_date: LocalDate | None = None
    sort: TaskSort = "due"
    limit: int = Field(default=PAGE, ge=1, le=MAXIMUM_LIMIT)
    offset: int = Field(default=0, ge=0, le=MAXIMUM_OFFSET)

    def as_filter(self, person: Viewer, today: date) -> TaskFilter:
        """Return the filter, with relative ranges as seen from today."""
        first, last = self._dates(person, today)
        return TaskFilter(
            status=None if self.status == ANY_STATUS else TaskStatus(self.status),
            category_id=self.category_id,
            priority=self.priority,
            q=self.q,
            start_date=first,
            end_date=last,
            sort=self.sort,
            limit=self.limit,
            offset=self.offset,
        )

    def _dates(self, person: Viewer, today: date) -> tuple[date | None, date | None]:
        if self.period is None or self.start_date or self.end_date:
            return self.start_date, self.end_date
        try:
            dates = preset(self.period, today, person.week_start)
        except InvalidPeriodError as error:
            raise InvalidInputError.of("period", str(error)) from error
        return dates.first, dates.last

    @property
    def narrows(self) -> bool:
        """Return whether anything but the status leaves tasks out."""
        return bool(self.q or self.category_id or self.priority or self.period or self.start_date or self.end_date)

    def url(self, **changes: Any) -> str:
        """Return the address of this list with changes; what is usual is left out, and a change goes to page one."""
        asked = {**self.model_dump(mode="json"), **({"offset": 0} if changes else {}), **changes}
        usual = {name: field.default for name, field in type(self).model_fields.items()}
        return url_for("planner.tasks", **{name: value for name, value in asked.items() if value != usual[name]})

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Return for each status its words, its address, and whether it is the present one."""
        return [(words, self.url(status=status), status == self.status) for status, words in STATUSES.items()]

    def page_url(self, offset: int) -> str:
        """Return the address of the page of the list that begins there."""
        return self.url(offset=offset)

    def chips(self, categories: Iterable[CategoryRow]) -> list[tuple[str, str]]:
        """Return each active filter as words, and the address without it."""
        names = {str(category.id): category.name for category in categories}
        found: list[tuple[str, dict[str, Any], bool]] = [
            (f"Search: {self.q}", {"q": ""}, bool(self.q)),
            (self._category_words(names), {"category_id": None}, self.category_id is not None),
            (f"Priority: {self.priority}", {"priority": None}, self.priority is not None),
            (
                PERIODS.get(self.period or "", ""),
                {"period": None},
                bool(self.period and not (self.start_date or self.end_date)),
            ),
            (f"From {self.start_date}", {"start_date": None}, self.start_date is not None),
            (f"Until {self.end_date}", {"end_date": None}, self.end_date is not None),
        ]
        return [(words, self.url(**change)) for words, change, active in found if active]

    def _category_words(self, names: dict[str, str]) -> str:
        return "No category" if self.category_id == "none" else names.get(str(self.category_id), "Another category")
