"""What is deleted by itself, and when: one rule for each kind of row, with how long a school may choose to keep it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Table, or_

from webapp.compliance.rows import table_named

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import TypeAlias

Age: TypeAlias = "Callable[[Table, datetime], ColumnElement[bool]]"


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of a table that are past their time; `past(table, before)` is the condition that they ended before then.

    `days` holds unless a school chooses from `shortest` to `longest`; where these are equal it cannot. `school` is the
    column that names the school, or `user_id` where only the person does, or None where nothing does. Rows for which
    somebody else's function has more to do than deleting are listed here and left to it (`deletes` is False). With
    `installed`, the installation says for how many days at most, by the setting of that name, and a school may choose
    fewer.
    """

    key: str
    label: str
    table: str
    days: int
    shortest: int
    longest: int
    past: Age
    school: str | None = "user_id"
    deletes: bool = True
    installed: str = ""

    @property
    def can_choose(self) -> bool:
        """Return whether a school may choose."""
        return self.shortest < self.longest

    def rows(self) -> Table:
        """Return the table."""
        return table_named(self.table)


def before(*names: str) -> Age:
    """Return the condition that one of these instants lies before then."""
    return lambda table, moment: or_(*(table.c[name] < moment for name in names))


def _ended_mail(table: Table, moment: datetime) -> ColumnElement[bool]:
    return table.c.status.in_(("sent", "expired", "failed", "unknown")) & (table.c.finished_at < moment)


def _ended_request(table: Table, moment: datetime) -> ColumnElement[bool]:
    return (table.c.finished_at < moment) & table.c.file_name.is_(None)


def _before_day(table: Table, moment: datetime) -> ColumnElement[bool]:
    return table.c.read_on < moment.date()


_ACTIVITY: Final[dict[str, Any]] = {"installed": "activity_kept_days"}
_EVENTS: Final[dict[str, Any]] = {"installed": "events_kept_days"}

RULES: Final = (
    Rule("sessions", "Sessions, after their end", "user_sessions", 30, 1, 30, before("expires_at", "revoked_at")),
    Rule("tokens", "Tokens of programs, after their end", "api_tokens", 90, 1, 90, before("expires_at", "revoked_at")),
    Rule("exports", "Files of exports", "exports", 7, 1, 7, before("created_at"), "school_id"),
    Rule("mails", "Mails that have left", "outgoing_mails", 60, 1, 60, _ended_mail, "school_id"),
    Rule("disclosures", "Who read about whom", "disclosures", 365, 90, 1825, _before_day, "school_id"),
    Rule("requests", "Requests that are done", "data_requests", 1095, 365, 3650, _ended_request, "school_id"),
    Rule(
        "consents",
        "Consents, after they were withdrawn",
        "consents",
        1095,
        365,
        3650,
        before("withdrawn_at"),
        "school_id",
    ),
    Rule("links", "Links that set passwords, after their end", "password_links", 1, 1, 1, before("expires_at")),
    Rule("keys", "Answers kept for repeated requests", "idempotency_keys", 1, 1, 1, before("created_at")),
    Rule("failures", "Sign-ins that failed", "sign_in_failures", 1, 1, 1, before("failed_at"), None),
    Rule("resets", "Requests for a new password", "reset_requests", 1, 1, 1, before("requested_at"), None),
    Rule("activity", "What people did", "activity_events", 90, 7, 90, before("occurred_at"), "school_id", **_ACTIVITY),
    Rule("events", "What programs reported", "events", 90, 7, 90, before("occurred_at"), "school_id", **_EVENTS),
    Rule("undo", "What was deleted and can be brought back", "undo_entries", 1, 1, 1, before("expires_at")),
    Rule("calendars", "Calendar files that wait", "calendar_imports", 1, 1, 1, before("expires_at")),
)
BY_KEY: Final = {rule.key: rule for rule in RULES}
_installed: dict[str, int] = {}
OVERDUE_AFTER: Final = timedelta(days=1)


def due_before(rule: Rule, periods: dict[str, Any], now: datetime) -> datetime:
    """Return before when a row has to have ended so that it is due, by what a school chose."""
    return now - timedelta(days=days_of(rule, periods))


def days_of(rule: Rule, periods: dict[str, Any]) -> int:
    """Return for how many days rows are kept: what was chosen, within what may be, or what is usual here."""
    usual, longest = usual_days(rule), longest_days(rule)
    chosen = periods.get(rule.key, usual)
    return min(max(chosen, min(rule.shortest, longest)), longest) if isinstance(chosen, int) else usual


def usual_days(rule: Rule) -> int:
    """Return for how many days rows are kept here unless a school chooses."""
    return _installed.get(rule.installed, rule.days)


def longest_days(rule: Rule) -> int:
    """Return for how many days a school may keep rows here."""
    return _installed.get(rule.installed, rule.longest)


def install_rules(settings: object) -> None:
    """Take what the settings of this installation say about how long rows are kept."""
    for rule in RULES:
        if rule.installed:
            _installed[rule.installed] = getattr(settings, rule.installed)
