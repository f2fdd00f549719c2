"""Stored days as texts, for files of many thousand days: the database joins each day's categories itself.

What is stored may be out of date; `stored.live_dates` names the days for which it is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Date, Text, Uuid, bindparam, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from webapp.db.base import table_of
from webapp.db.lists import POSTGRESQL, GivenRows, key_text
from webapp.rollups.models import DailyCategoryMetrics, DailyMetrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.rollups.types import Person

COMMA: Final = ","
_days, _parts = table_of(DailyMetrics), table_of(DailyCategoryMetrics)
_LABELS: Final = GivenRows("labels", key=Uuid(), label=Text())


class DayTexts(NamedTuple):
    """By date in ISO form: scheduled, focus and completed as numbers; and the minutes of categories as one text."""

    numbers: Mapping[str, Sequence[int]]
    categories: Mapping[str, str]


def day_texts(
    session: Session, person: Person, first: date, last: date, labels: Sequence[tuple[UUID, str]]
) -> DayTexts:
    """Return the stored days of a range that have a row.

    A day's text is, for each of its categories, the label followed by the scheduled minutes, joined by commas: most
    minutes first, then in the order of the labels. Categories without a label are left out.
    """
    dialect = session.get_bind().dialect.name
    days, parts = _statements(dialect)
    values = {"user": person.user_id, "first": first, "last": last}
    given = _LABELS.parameters(dialect, [(key_text(dialect, key), label) for key, label in labels])
    numbers = {day: figures for day, *figures in session.execute(days, values)}
    texts = session.execute(parts, {**values, **given})
    return DayTexts(numbers, dict(texts.all()) if dialect == POSTGRESQL else _joined(texts))


def _joined(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for day, text in rows:
        texts[day] = f"{texts[day]}{COMMA}{text}" if day in texts else text
    return texts


@cache
def _statements(dialect: str) -> tuple[Select[Any], Select[Any]]:
    labels = _LABELS.table(dialect)
    days = select(
        cast(_days.c.local_date, Text),
        _days.c.scheduled_minutes,
        _days.c.focus_minutes,
        _days.c.completed_tasks_count,
    ).where(_days.c.user_id == _user, _days.c.local_date.between(_first, _last))
    order = (_parts.c.scheduled_minutes.desc(), labels.c.place)
    text = labels.c.label + cast(_parts.c.scheduled_minutes, Text)
    joined = func.string_agg(text, aggregate_order_by(literal(COMMA), *order)) if dialect == POSTGRESQL else text
    parts = (
        select(cast(_parts.c.local_date, Text), joined)
        .join_from(_parts, labels, labels.c.key == _parts.c.category_key)
        .where(_parts.c.user_id == _user, _parts.c.local_date.between(_first, _last), _parts.c.scheduled_minutes > 0)
    )
    if dialect == POSTGRESQL:
        return days, parts.group_by(_parts.c.local_date)
    return days, parts.order_by(_parts.c.local_date, *order)


_user = bindparam("user", type_=Uuid())
_first, _last = bindparam("first", type_=Date()), bindparam("last", type_=Date())
