"""What admins do with rules and alerts, and the look at the installation that job and web processes take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ConflictError, InvalidInputError, NotFoundError
from webapp.core.secrets import new_secret
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.health.alerts import evaluating
from webapp.health.alerts.evaluating import DEFAULTS, THE_ONLY
from webapp.health.models import Alert, AlertRule, AlertSettings, SystemSample
from webapp.health.queries.alerts import settings
from webapp.health.queries.timings import minute_of
from webapp.health.rules import BY_KEY
from webapp.health.types import AlertState, minute_of_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.health.types import AlertSettingsChange, KeyedRuleChange, RuleChange

_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}


def keep_sample(session: Session, figures: Mapping[str, Any], now: datetime) -> None:
    """Keep the figures of a minute, unless somebody has."""
    row = {"minute": minute_of(now), "figures": dict(figures)}
    upsert(session, table_of(SystemSample), [row], keys=["minute"], update=[])


def acknowledge(session: Session, viewer: Viewer, alert_id: UUID) -> None:
    """Note that somebody looks after an alert; it is then not told of again until it is over.

    NotFoundError for no alert, ConflictError for one that is over; doing it again changes nothing.
    """
    found = session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update())
    if found is None:
        raise NotFoundError
    if found.resolved_at is not None:
        raise ConflictError("This is over already.")
    if found.acknowledged_at is not None:
        return
    found.acknowledged_at, found.acknowledged_by_id = clock.now(), viewer.user_id
    mine = update(AlertRule).where(AlertRule.key == found.rule_key).values(state=AlertState.ACKNOWLEDGED)
    session.execute(mine.execution_options(**_PLAIN))
    record(session, viewer, "alert.acknowledged", target=("alert", found.id))
    session.flush()


def change_rules(session: Session, viewer: Viewer, changes: Sequence[KeyedRuleChange]) -> None:
    """Set several rules, all or none; InvalidInputError names one that there is not."""
    for place, change in enumerate(changes):
        if change.key not in BY_KEY:
            raise InvalidInputError.of(f"rules.{place}.key", "There is no rule of this name.")
    for change in changes:
        change_rule(session, viewer, change.key, change)


def change_rule(session: Session, viewer: Viewer, key: str, change: RuleChange) -> None:
    """Set a rule. One that is switched off has no alert any more; NotFoundError where there is none."""
    if key not in BY_KEY:
        raise NotFoundError
    evaluating.make_rows(session)
    now = clock.now()
    values: dict[str, Any] = {
        "enabled": change.enabled,
        "threshold": change.threshold,
        "hold_minutes": change.hold_minutes,
        "severity": change.severity,
        "quiet_from": _minute(change.quiet_from),
        "quiet_until": _minute(change.quiet_until),
        "turned_at": None,
    }
    if not change.enabled:
        evaluating.close(session, key, now)
        values |= {"state": AlertState.NO_DATA, "since": now, "value": None}
    session.execute(update(AlertRule).where(AlertRule.key == key).values(**values).execution_options(**_PLAIN))
    record(session, viewer, "alert_rule.changed", detail={"rule": key, **_numbers(change)})


def change_settings(session: Session, viewer: Viewer, change: AlertSettingsChange) -> None:
    """Set how alerts are told of; a new address of a webhook gets a new secret."""
    kept = settings(session)
    secret = kept.webhook_secret if change.webhook == kept.webhook else new_secret() if change.webhook else ""
    values = {**change.model_dump(), "webhook_secret": secret}
    upsert(session, table_of(AlertSettings), [{"id": THE_ONLY, **DEFAULTS}], keys=["id"], update=[])
    session.execute(update(AlertSettings).where(AlertSettings.id == THE_ONLY).values(**values))
    detail = {"by_mail": change.by_mail, "pause_minutes": change.pause_minutes, "webhook": bool(change.webhook)}
    record(session, viewer, "alert_settings.changed", detail=detail)


def _minute(text: str | None) -> int | None:
    return None if text is None else minute_of_day(text)


def _numbers(change: RuleChange) -> dict[str, Any]:
    return {
        "enabled": change.enabled,
        "threshold": change.threshold,
        "hold_minutes": change.hold_minutes,
        "severity": change.severity.value,
    }
