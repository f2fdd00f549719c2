"""Alerts: what is wrong and was, who looks after it, and the rules behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request, url_for

from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.extensions import db
from webapp.health import service, words
from webapp.health.figures import FIGURES
from webapp.health.queries import alerts as reading
from webapp.health.routes.blueprint import bp
from webapp.health.rules import BY_KEY
from webapp.health.types import AlertFilter, AlertSettingsChange, RuleChange, time_of_day
from webapp.web.access import ADMINS, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import FieldError

SETTINGS: Final = ("by_mail", "pause_minutes", "repeat_hours", "time_zone", "webhook")
RULE_FIELDS: Final = ("enabled", "threshold", "hold_minutes", "severity", "quiet_from", "quiet_until")


@bp.get("/admin/alerts")
@access(ADMINS, Reach.ALL)
def alerts() -> Response:
    """Show the alerts, open ones first."""
    return render("health/alerts.html", "health/_alerts.html", **_listed(parse_query(AlertFilter)))


@bp.post("/admin/alerts/<uuid:alert_id>/acknowledge")
@access(ADMINS, Reach.ALL)
def acknowledge(alert_id: UUID) -> Response:
    """Say that one looks after an alert."""
    service.acknowledge(db.session(), viewer(), alert_id)
    context = _listed(AlertFilter())
    return done(
        url_for("health.alerts"), partial="health/_alerts.html", context=context, toast="You look after this alert."
    )


@bp.get("/admin/alerts/rules")
@access(ADMINS, Reach.ALL)
def rules() -> Response:
    """Show every rule and how it stands, and how alerts are told of."""
    return _rules_page({name: getattr(reading.settings(db.session()), name) for name in SETTINGS})


@bp.post("/admin/alerts/settings")
@access(ADMINS, Reach.ALL)
def change_settings() -> Response:
    """Set how alerts are told of."""
    try:
        service.change_settings(db.session(), viewer(), parse_form(AlertSettingsChange))
    except InvalidInputError as error:
        return _rules_page({name: request.form.get(name, "") for name in SETTINGS}, error.errors)
    return done(url_for("health.rules"), toast="Saved how alerts are told of.", leave=True)


@bp.get("/admin/alerts/rules/<rule_key>")
@access(ADMINS, Reach.ALL)
def rule(rule_key: str) -> Response:
    """Show one rule's form."""
    standing = reading.standing(db.session(), rule_key)
    if standing is None:
        raise NotFoundError
    values = {name: getattr(standing.rule, name) for name in RULE_FIELDS}
    times = {name: time_of_day(values[name]) for name in ("quiet_from", "quiet_until")}
    threshold = f"{standing.rule.threshold:.10g}"
    return _rule_page(rule_key, {**values, **times, "threshold": threshold})


@bp.post("/admin/alerts/rules/<rule_key>")
@access(ADMINS, Reach.ALL)
def change_rule(rule_key: str) -> Response:
    """Set a rule."""
    if rule_key not in BY_KEY:
        raise NotFoundError
    try:
        service.change_rule(db.session(), viewer(), rule_key, parse_form(RuleChange))
    except InvalidInputError as error:
        return _rule_page(rule_key, {name: request.form.get(name, "") for name in RULE_FIELDS}, error.errors)
    return done(url_for("health.rules"), toast=f"Saved: {BY_KEY[rule_key].name}.", leave=True)


def _listed(asked: AlertFilter) -> dict[str, Any]:
    def url(offset: int) -> str:
        return url_for("health.alerts", state=asked.state, offset=offset, limit=asked.limit)

    return {
        "asked": asked,
        "page": reading.alerts(db.session(), asked),
        "undelivered": reading.undelivered(db.session()),
        "url": url,
        "words": words,
        "rules": BY_KEY,
    }


def _rules_page(values: Mapping[str, Any], errors: Sequence[FieldError] = ()) -> Response:
    session = db.session()
    return render(
        "health/rules.html",
        status=422 if errors else 200,
        standings=reading.standings(session),
        values=values,
        secret=reading.settings(session).webhook_secret,
        errors=errors,
        words=words,
    )


def _rule_page(key: str, values: Mapping[str, Any], errors: Sequence[FieldError] = ()) -> Response:
    usual = BY_KEY[key]
    return render(
        "health/rule.html",
        "health/_rule.html",
        status=422 if errors else 200,
        rule=usual,
        figure=FIGURES[usual.figure],
        values=values,
        errors=errors,
        words=words,
    )
