"""Telling people of alerts: one mail to each admin with all that is new, and one message to the webhook.

An alert is told of when it begins, when it ends, and again after some hours while nobody acknowledges it. Between two
mails lies a pause; what happens in it waits for the next one. Rules in their quiet hours wait for these to end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select, update

from webapp.accounts.models import User
from webapp.core.permissions import Role
from webapp.health.alerts.evaluating import AHEAD, THE_ONLY
from webapp.health.alerts.judging import is_quiet
from webapp.health.models import Alert, AlertPost, AlertSettings
from webapp.health.queries import alerts as reading
from webapp.health.rules import BY_KEY
from webapp.health.words import broken_words
from webapp.mail.models import MailStatus, OutgoingMail
from webapp.mail.service import queue_mail
from webapp.mail.types import Mail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from webapp.health.types import Rule

KIND: Final = "alert"
TEMPLATES: Final = ("mail/alerts.txt", "mail/alerts.html")
LONGEST_SUBJECT: Final = 200
BEGUN, OVER, STILL = "begun", "over", "still"


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell: that an alert has begun, is over, or is still there."""

    alert: Alert
    rule: Rule
    what: str

    @property
    def words(self) -> str:
        """Return what was found."""
        return broken_words(self.rule, self.alert.value)


def tell(session: Session, write_letter: Callable[..., Any], now: datetime) -> int:
    """Queue what is new for everybody who is to be told; return how many alerts that was about."""
    kept = reading.settings(session)
    if kept.told_at is not None and now - timedelta(minutes=kept.pause_minutes) < kept.told_at <= now + AHEAD:
        return 0
    news = _news(session, kept, now)
    if not news:
        return 0
    if kept.by_mail:
        _mail(session, write_letter, news, now)
    if kept.webhook:
        session.add(AlertPost(body=json.dumps(_told(news)), created_at=now, next_at=now))
    for one in news:
        one.alert.told_at = one.alert.told_at if one.what == OVER and one.alert.told_at else now
        one.alert.told_resolved_at = now if one.what == OVER else None
    session.execute(update(AlertSettings).where(AlertSettings.id == THE_ONLY).values(told_at=now))
    session.flush()
    return len(news)


def mails_wait(session: Session) -> bool:
    """Return whether a mail about alerts has not left."""
    queued = (OutgoingMail.kind == KIND, OutgoingMail.status == MailStatus.QUEUED)
    return session.scalar(select(OutgoingMail.id).where(*queued).limit(1)) is not None


def subject_of(news: list[News]) -> str:
    """Return the line on top of a mail, what has begun first."""
    begun = [one.rule.name for one in news if one.what != OVER]
    words = ", ".join(begun) if begun else f"Over: {', '.join(one.rule.name for one in news)}"
    return f"Milepost: {words}"[:LONGEST_SUBJECT]


def _news(session: Session, kept: AlertSettings, now: datetime) -> list[News]:
    """Return what nobody has been told of, the worst first; rules in quiet hours are left for later."""
    again = Alert.acknowledged_at.is_(None) & (Alert.told_at <= now - timedelta(hours=kept.repeat_hours))
    untold = select(Alert).where(
        Alert.told_resolved_at.is_(None), or_(Alert.resolved_at.is_not(None), Alert.told_at.is_(None), again)
    )
    rules = {each.rule.key: each.rule for each in reading.standings(session)}
    found = [
        News(alert, rules[alert.rule_key], _what(alert))
        for alert in session.scalars(untold.order_by(Alert.triggered_at, Alert.id))
        if alert.rule_key in BY_KEY and not is_quiet(rules[alert.rule_key], now, kept.time_zone)
    ]
    order = ("critical", "warning", "info")
    return sorted(found, key=lambda one: (one.what == OVER, order.index(one.alert.severity.value)))


def _what(alert: Alert) -> str:
    if alert.resolved_at is not None:
        return OVER
    return STILL if alert.told_at else BEGUN


def _mail(session: Session, write_letter: Callable[..., Any], news: list[News], now: datetime) -> None:
    letter, subject = write_letter(*TEMPLATES, news=news, subject=subject_of(news), now=now), subject_of(news)
    admins = select(User.id, User.email).where(User.role == Role.ADMIN, User.active).order_by(User.id)
    for user_id, email in session.execute(admins):
        key = f"{KIND}:{now.isoformat()}:{user_id}"
        mail = Mail(key, KIND, email, subject, letter.text, letter.html, user_id=user_id)
        queue_mail(session, mail)


def _told(news: list[News]) -> dict[str, Any]:
    return {"alerts": [_told_one(one) for one in news]}


def _told_one(one: News) -> dict[str, Any]:
    alert = one.alert
    return {
        "id": str(alert.id),
        "rule": alert.rule_key,
        "name": one.rule.name,
        "severity": alert.severity.value,
        "state": "resolved" if one.what == OVER else "acknowledged" if alert.acknowledged_at else "triggered",
        "value": alert.value,
        "threshold": alert.threshold,
        "triggered_at": alert.triggered_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "cure": one.rule.cure,
    }
