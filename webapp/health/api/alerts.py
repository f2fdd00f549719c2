"""Alerts and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from webapp.core.errors import NotFoundError
from webapp.extensions import db
from webapp.health import service
from webapp.health.api.blueprint import bp
from webapp.health.queries import alerts as reading
from webapp.health.types import AlertFilter, AlertState, RulesChange, Severity, time_of_day
from webapp.web.access import ADMINS, Reach, access
from webapp.web.api import Answer, Instant, ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.core.paging import Listing
    from webapp.health.types import AlertRow, Standing


class AlertAnswer(Answer):
    """One time that a rule was broken. `state` is triggered, acknowledged or resolved."""

    id: UUID
    rule_key: str
    name: str
    severity: Severity
    state: str
    value: float
    threshold: float
    triggered_at: Instant
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    resolved_at: Instant | None


class AlertRuleAnswer(Answer):
    """A rule and how it stands; broken `above` or else below its threshold. Quiet hours are in the alerts' zone."""

    key: str
    name: str
    figure: str
    above: bool
    enabled: bool
    threshold: float
    hold_minutes: int
    severity: Severity
    quiet_from: str | None
    quiet_until: str | None
    state: AlertState
    since: Instant | None
    value: float | None
    checked_at: Instant | None


class AlertRulesAnswer(Answer):
    """Every rule."""

    items: list[AlertRuleAnswer]


@bp.get("/alerts")
@access(ADMINS, Reach.ALL)
@gives(ListAnswer[AlertAnswer])
@takes(query=AlertFilter)
def list_alerts(query: AlertFilter) -> Listing[AlertRow]:
    """List alerts: open ones first, then the newest first."""
    return reading.alerts(db.session(), query)


@bp.post("/alerts/<id:alert_id>/acknowledge")
@access(ADMINS, Reach.ALL)
@gives(AlertAnswer, refuses=(409,))
def acknowledge_alert(alert_id: UUID) -> AlertRow:
    """Say that you look after an alert: nobody is told of it again until it is over. 409 for one that is over."""
    service.acknowledge(db.session(), viewer(), alert_id)
    found = reading.alert(db.session(), alert_id)
    if found is None:
        raise NotFoundError
    return found


@bp.get("/alert-rules")
@access(ADMINS, Reach.ALL)
@gives(AlertRulesAnswer)
def list_alert_rules() -> dict[str, Any]:
    """List the rules and how each stands."""
    return {"items": [_shown(each) for each in reading.standings(db.session())]}


@bp.put("/alert-rules")
@access(ADMINS, Reach.ALL)
@gives(AlertRulesAnswer)
@takes(body=RulesChange)
def change_alert_rules(body: RulesChange) -> dict[str, Any]:
    """Set the rules that are named, all or none; the others stay as they are."""
    service.change_rules(db.session(), viewer(), body.rules)
    return {"items": [_shown(each) for each in reading.standings(db.session())]}


def _shown(standing: Standing) -> dict[str, Any]:
    rule = standing.rule
    return {
        "key": rule.key,
        "name": rule.name,
        "figure": rule.figure,
        "above": rule.above,
        "enabled": rule.enabled,
        "threshold": rule.threshold,
        "hold_minutes": rule.hold_minutes,
        "severity": rule.severity,
        "quiet_from": time_of_day(rule.quiet_from) or None,
        "quiet_until": time_of_day(rule.quiet_until) or None,
        "state": standing.state,
        "since": standing.since,
        "value": standing.value,
        "checked_at": standing.checked_at,
    }
