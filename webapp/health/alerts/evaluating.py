"""Looking at the rules: by the job every minute, and by a web process when the job does not.

Whoever looks claims the look first, so that two who come at once do not both tell.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select, update

from webapp.db.base import new_id, table_of
from webapp.db.upsert import insert_for, upsert
from webapp.health.alerts.judging import OPEN, judge, value_of
from webapp.health.models import Alert, AlertRule, AlertSettings
from webapp.health.queries.alerts import standings
from webapp.health.rules import BY_KEY
from webapp.health.types import AlertState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from webapp.health.types import Rule, Standing

THE_ONLY: Final = 1
# Whatever lies further ahead was written while a clock was wrong.
AHEAD: Final = timedelta(minutes=2)


def claim(session: Session, now: datetime, since: timedelta, *, by_job: bool) -> bool:
    """Take the look at the rules; False when somebody has looked within that time."""
    upsert(session, table_of(AlertSettings), [{"id": THE_ONLY, **DEFAULTS}], keys=["id"], update=[])
    checked = AlertSettings.checked_at
    unseen = or_(checked.is_(None), checked <= now - since, checked > now + AHEAD)
    seen = {"checked_at": now, **({"job_checked_at": now} if by_job else {})}
    statement = update(AlertSettings).where(AlertSettings.id == THE_ONLY, unseen).values(**seen)
    return bool(session.execute(statement.execution_options(**_PLAIN)).rowcount)  # type: ignore[attr-defined]


def is_due(session: Session, now: datetime, since: timedelta) -> bool:
    """Return whether nobody has looked at the rules within that time."""
    checked = session.scalar(select(AlertSettings.checked_at))
    return checked is None or not now - since < checked <= now + AHEAD


def evaluate(session: Session, figures: Mapping[str, float | None], now: datetime) -> list[str]:
    """Hold every rule against the figures, open and close alerts; return the keys of rules that turned."""
    make_rows(session)
    in_force = [standing for standing in standings(session) if standing.rule.enabled]
    looked = [(each, _look(session, each, value_of(each.rule, figures), now)) for each in in_force]
    return [standing.rule.key for standing, turned in looked if turned]


def make_rows(session: Session) -> None:
    """Give every rule its row."""
    blank = {"enabled": True, "state": AlertState.NO_DATA}
    upsert(session, table_of(AlertRule), [{"key": key, **blank} for key in BY_KEY], keys=["key"], update=[])


def close(session: Session, key: str, now: datetime) -> None:
    """Close a rule's open alert, if it has one."""
    mine = update(Alert).where(Alert.rule_key == key, Alert.resolved_at.is_(None))
    session.execute(mine.values(resolved_at=now).execution_options(**_PLAIN))


def _look(session: Session, standing: Standing, value: float | None, now: datetime) -> bool:
    """Note how one rule stands; return whether an alert was opened or closed."""
    rule = standing.rule
    verdict = judge(rule, standing.state, standing.turned_at, value, now)
    opened, closed = _turned(standing.state, verdict.state)
    if opened and value is not None:
        _open(session, rule, value, now)
    if closed:
        close(session, rule.key, now)
    since = standing.since if verdict.state is standing.state and standing.since else now
    seen = {"state": verdict.state, "since": since, "turned_at": verdict.turned_at, "value": value, "checked_at": now}
    session.execute(update(AlertRule).where(AlertRule.key == rule.key).values(**seen).execution_options(**_PLAIN))
    return opened or closed


def _turned(before: AlertState, after: AlertState) -> tuple[bool, bool]:
    return (after in OPEN and before not in OPEN, before in OPEN and after not in OPEN)


def _open(session: Session, rule: Rule, value: float, now: datetime) -> None:
    row = {
        "id": new_id(),
        "rule_key": rule.key,
        "severity": rule.severity,
        "value": value,
        "threshold": rule.threshold,
        "triggered_at": now,
    }
    session.execute(insert_for(session, table_of(Alert)).values(**row).on_conflict_do_nothing())


DEFAULTS: Final[dict[str, Any]] = {
    "by_mail": True,
    "pause_minutes": 5,
    "repeat_hours": 6,
    "time_zone": "UTC",
    "webhook": "",
    "webhook_secret": "",
}
_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}
