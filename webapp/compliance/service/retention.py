"""Deleting what has had its time, as each school chose, and keeping account of what went."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select, tuple_

from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.compliance.models import RetentionRun, RetentionSettings
from webapp.compliance.rules import BY_KEY, RULES, days_of, due_before, longest_days
from webapp.core import clock
from webapp.core.errors import FieldError, InvalidInputError
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.compliance.rules import Rule
    from webapp.compliance.types import RetentionForm
    from webapp.core.permissions import Viewer

    Transaction = Callable[[], AbstractContextManager[Session]]

AT_ONCE: Final = 5_000
MOST_COUNTED: Final = 10_000


def settings_of(session: Session, school_id: UUID) -> RetentionSettings:
    """Return what a school chose, or the defaults in a row that is not in the database."""
    found = session.get(RetentionSettings, school_id)
    if found is not None:
        return found
    defaults: dict[str, Any] = {"periods": {}, "grace_days": 14, "consent_months": 12, "guardian_required": False}
    return RetentionSettings(school_id=school_id, **defaults)


def kept_for(session: Session, key: str, school_id: UUID | None) -> timedelta:
    """Return for how long a school keeps what a rule is about; None stands for those who have no school."""
    periods = settings_of(session, school_id).periods if school_id else {}
    return timedelta(days=days_of(BY_KEY[key], periods))


def change_settings(session: Session, viewer: Viewer, school_id: UUID, form: RetentionForm) -> None:
    """Change how long a school keeps what; the caller has checked that the viewer administers the school."""
    _check(form.periods)
    found = session.get(RetentionSettings, school_id, with_for_update=True) or RetentionSettings(school_id=school_id)
    found.periods = dict(sorted(form.periods.items()))
    found.grace_days, found.consent_months = form.grace_days, form.consent_months
    found.guardian_required = form.guardian_required
    session.add(found)
    session.flush()
    chosen = {**found.periods, "grace_days": found.grace_days, "consent_months": found.consent_months}
    record(session, viewer, "retention.changed", target=("school", school_id), school_id=school_id, detail=chosen)


def due(session: Session, school_id: UUID | None, periods: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Return, by rule, how many rows are past their time, of a school or of everybody; counting ends at 10,001."""
    return {
        rule.key: _count(session, _past(rule, None if school_id is None else _of(rule, school_id), periods, now))
        for rule in RULES
        if school_id is None or rule.school is not None
    }


def apply(transaction: Transaction, *, dry: bool) -> dict[str, int]:
    """Delete what is past its time, school by school in short transactions; return how many rows went, by rule.

    With `dry`, count only. Running it again deletes what has become due since.
    """
    now, total = clock.now(), dict.fromkeys(BY_KEY, 0)
    with transaction() as session:
        schools: list[UUID | None] = [None, *session.scalars(select(School.id).order_by(School.id))]
    for school_id in schools:
        removed = dict(_apply_to(transaction, school_id, now, dry=dry))
        for key, count in removed.items():
            total[key] += count
        if removed and not dry:
            with transaction() as session:
                session.add(RetentionRun(school_id=school_id, ran_at=now, removed=removed))
    return total


def _apply_to(
    transaction: Transaction, school_id: UUID | None, now: datetime, *, dry: bool
) -> Iterator[tuple[str, int]]:
    with transaction() as session:
        periods = dict(settings_of(session, school_id).periods) if school_id else {}
    for rule in RULES:
        if (school_id is None or rule.school is not None) and rule.deletes:
            past = _past(rule, _of(rule, school_id), periods, now)
            count = _counted(transaction, past) if dry else _delete(transaction, rule, past)
            if count:
                yield rule.key, count


def _of(rule: Rule, school_id: UUID | None) -> ColumnElement[bool] | None:
    """Return the condition for the rows of a school; None for the school stands for what belongs to no school."""
    table = rule.rows()
    if rule.school is None:
        return None
    if rule.school == "user_id":
        of_school = User.school_id == school_id if school_id else User.school_id.is_(None)
        return table.c.user_id.in_(select(User.id).where(of_school))
    return table.c[rule.school] == school_id if school_id else table.c[rule.school].is_(None)


def _past(rule: Rule, whose: ColumnElement[bool] | None, periods: Mapping[str, Any], now: datetime) -> Any:
    table = rule.rows()
    past = select(*table.primary_key.columns).where(rule.past(table, due_before(rule, dict(periods), now)))
    return past if whose is None else past.where(whose)


def _count(session: Session, past: Any) -> int:
    return session.scalar(select(func.count()).select_from(past.limit(MOST_COUNTED + 1).subquery())) or 0


def _counted(transaction: Transaction, past: Any) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(past.subquery())) or 0


def _delete(transaction: Transaction, rule: Rule, past: Any) -> int:
    table, removed = rule.rows(), 0
    key = list(table.primary_key.columns)
    while True:
        with transaction() as session:
            some = session.execute(past.limit(AT_ONCE)).all()
            if not some:
                return removed
            which = (
                key[0].in_([row[0] for row in some])
                if len(key) == 1
                else tuple_(*key).in_([tuple(row) for row in some])
            )
            session.execute(delete(table).where(which))
            removed += len(some)


def _check(periods: Mapping[str, int]) -> None:
    wrong = [FieldError(key, "This is not something that is kept.") for key in periods if key not in BY_KEY]
    for key, days in periods.items():
        rule = BY_KEY.get(key)
        if rule is not None and not rule.shortest <= days <= longest_days(rule):
            wrong.append(FieldError(key, f"Choose from {rule.shortest} to {longest_days(rule)} days."))
    if wrong:
        raise InvalidInputError(wrong)
