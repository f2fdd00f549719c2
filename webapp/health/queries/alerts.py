"""Reading rules and alerts; for admins alone, whom the edge lets in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from webapp.accounts.models import User
from webapp.core.paging import Listing
from webapp.health.models import Alert, AlertPost, AlertRule, AlertSettings
from webapp.health.rules import BY_KEY, RULES
from webapp.health.types import AlertRow, AlertState, Standing

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.health.types import AlertFilter, Rule

RESOLVED: Final = "resolved"


def standings(session: Session) -> list[Standing]:
    """Return every rule as it is in force, and how it stands; rules that were never looked at have no data."""
    rows = {row.key: row for row in session.execute(select(*AlertRule.__table__.c))}
    still_open = select(Alert.rule_key, Alert.id).where(Alert.resolved_at.is_(None))
    alerts = {row.rule_key: row.id for row in session.execute(still_open)}
    return [_standing(rule, rows.get(rule.key), alerts.get(rule.key)) for rule in RULES]


def standing(session: Session, key: str) -> Standing | None:
    """Return one rule and how it stands."""
    return next((each for each in standings(session) if each.rule.key == key), None)


def settings(session: Session) -> AlertSettings:
    """Return how alerts are told of; as by default where nobody has said."""
    found = session.get(AlertSettings, 1)
    usual = {"by_mail": True, "pause_minutes": 5, "repeat_hours": 6, "time_zone": "UTC", "webhook": ""}
    return found or AlertSettings(id=1, webhook_secret="", **usual)


def alerts(session: Session, asked: AlertFilter) -> Listing[AlertRow]:
    """Return alerts, those that are open first, then the newest first."""
    chosen = _of_state(asked.state)
    total = session.scalar(select(func.count()).select_from(_narrowed(select(Alert.id), chosen).subquery())) or 0
    ordered = _narrowed(rows(), chosen).order_by(
        Alert.resolved_at.is_not(None), Alert.triggered_at.desc(), Alert.id.desc()
    )
    found = session.execute(ordered.limit(asked.limit).offset(asked.offset))
    return Listing([row_of(row) for row in found], total, asked.limit, asked.offset)


def alert(session: Session, alert_id: UUID) -> AlertRow | None:
    """Return one alert."""
    row = session.execute(rows().where(Alert.id == alert_id)).one_or_none()
    return row_of(row) if row else None


def undelivered(session: Session) -> int:
    """Return how many messages to the webhook nobody tries any more."""
    return session.scalar(select(func.count()).select_from(AlertPost).where(AlertPost.next_at.is_(None))) or 0


def rows() -> Select[Any]:
    """Return the statement of alerts, for `row_of`."""
    columns = (Alert.id, Alert.rule_key, Alert.severity, Alert.value, Alert.threshold, Alert.triggered_at)
    by = (Alert.acknowledged_at, User.first_name, User.last_name, User.email, Alert.resolved_at)
    chosen: tuple[Any, ...] = (*columns, *by)
    return select(*chosen).outerjoin(User, User.id == Alert.acknowledged_by_id)


def row_of(row: Any) -> AlertRow:
    """Return an alert of that statement."""
    key, known = row.rule_key, BY_KEY.get(row.rule_key)
    by = f"{row.first_name} {row.last_name}".strip() or row.email if row.email else None
    return AlertRow(
        row.id,
        key,
        known.name if known else key,
        row.severity,
        _state(row),
        row.value,
        row.threshold,
        row.triggered_at,
        row.acknowledged_at,
        by,
        row.resolved_at,
    )


def _state(row: Any) -> str:
    if row.resolved_at is not None:
        return RESOLVED
    return (AlertState.ACKNOWLEDGED if row.acknowledged_at else AlertState.TRIGGERED).value


def _of_state(state: str | None) -> tuple[Any, ...]:
    if state is None:
        return ()
    return (Alert.resolved_at.is_not(None) if state == RESOLVED else Alert.resolved_at.is_(None),)


def _narrowed(statement: Select[Any], chosen: tuple[Any, ...]) -> Select[Any]:
    return statement.where(*chosen)


def _standing(rule: Rule, row: Any, alert_id: UUID | None) -> Standing:
    if row is None:
        return Standing(rule, AlertState.NO_DATA, None, None, None, None, alert_id)
    set_to = {
        name: value
        for name in ("threshold", "hold_minutes", "severity", "quiet_from", "quiet_until")
        if (value := getattr(row, name)) is not None
    }
    in_force = replace(rule, enabled=row.enabled, **set_to)
    return Standing(in_force, row.state, row.since, row.turned_at, row.value, row.checked_at, alert_id)
