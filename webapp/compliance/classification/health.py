"""How the installation is: durations, samples, alerts. All of it names nobody but who acknowledged an alert."""

from __future__ import annotations

from typing import Final

from webapp.compliance.classification.types import ID, MADE, TableRule, inner, link

_MEASURES: Final = {
    "kind": inner("request, job or block"),
    "name": inner("which endpoint, job or block"),
    "times": inner("how often"),
    "failed": inner("how often it failed"),
    "statements": inner("statements of the database"),
    "most_statements": inner("the most statements at once"),
    "total_us": inner("durations in sum"),
    "longest_us": inner("the longest duration"),
    "histogram": inner("how many durations of which length"),
}
_FIGURES: Final = inner("figures of the machine, the database and the queues")

TITLE: Final = "The installation itself"
TABLES: Final = (
    TableRule(
        "timing_minutes",
        "how long requests and jobs take",
        "2 days",
        {"minute": inner("the minute"), "process": inner("number of the process"), **_MEASURES},
    ),
    TableRule("timing_hours", "the same by hour", "30 days", {"hour": inner("the hour"), **_MEASURES}),
    TableRule(
        "slow_queries",
        "statements that took long",
        "30 days",
        {
            "id": ID,
            "occurred_at": inner("when"),
            "page": inner("which endpoint or job"),
            "request_id": inner("number of the request"),
            "milliseconds": inner("how long"),
            "statement": inner("its text, without values"),
        },
    ),
    TableRule(
        "system_samples", "how the installation is", "2 days", {"minute": inner("the minute"), "figures": _FIGURES}
    ),
    TableRule("system_hours", "the same by hour", "30 days", {"hour": inner("the hour"), "figures": _FIGURES}),
    TableRule(
        "table_sizes",
        "how large the tables are",
        "until they are counted again",
        {
            "name": inner("the table"),
            "row_count": inner("its rows"),
            "bytes": inner("its size"),
            "counted_at": inner("when that was counted"),
        },
    ),
    TableRule(
        "heartbeats",
        "which processes are alive",
        "a day after the process was last heard of",
        {
            "id": ID,
            "part": inner("web, worker or scheduler"),
            "host": inner("name of the machine"),
            "pid": inner("number of the process"),
            "started_at": inner("when it began"),
            "beat_at": inner("when it was last heard of"),
        },
    ),
    TableRule(
        "alert_rules",
        "when somebody is to be told",
        "for good",
        {
            "key": inner("the rule"),
            "enabled": inner("whether it is looked at"),
            "threshold": inner("from which value on"),
            "hold_minutes": inner("for how long it must be so"),
            "severity": inner("how bad that is"),
            "quiet_from": inner("quiet hours begin"),
            "quiet_until": inner("quiet hours end"),
            "state": inner("how it stands"),
            "since": inner("since when"),
            "turned_at": inner("since when the value says otherwise"),
            "value": inner("the value that was last seen"),
            "checked_at": inner("when that was"),
        },
    ),
    TableRule(
        "alerts",
        "what was wrong, and for how long",
        "90 days after it was over",
        {
            "id": ID,
            "rule_key": inner("the rule"),
            "severity": inner("how bad it was"),
            "value": inner("the value"),
            "threshold": inner("the threshold then"),
            "triggered_at": inner("when it began"),
            "acknowledged_at": inner("when somebody said that they look after it"),
            "acknowledged_by_id": link("who said so"),
            "resolved_at": inner("when it was over"),
            "told_at": inner("when it was last told of"),
            "told_resolved_at": inner("when its end was told of"),
        },
    ),
    TableRule(
        "alert_settings",
        "how alerts are told of",
        "for good",
        {
            "id": ID,
            "by_mail": inner("whether admins get mails"),
            "pause_minutes": inner("minutes between two mails"),
            "repeat_hours": inner("hours until an alert is told of again"),
            "time_zone": inner("zone of quiet hours"),
            "webhook": inner("address of the webhook"),
            "webhook_secret": inner("secret by which it knows us"),
            "told_at": inner("when alerts were last told of"),
            "checked_at": inner("when rules were last looked at"),
            "job_checked_at": inner("when the job last did so"),
        },
    ),
    TableRule(
        "alert_posts",
        "alerts on their way to the webhook",
        "until they have arrived, or 7 days",
        {
            "id": ID,
            "body": inner("what is told"),
            "attempts": inner("how often that was tried"),
            "problem": inner("why it failed"),
            "created_at": MADE,
            "next_at": inner("when it is tried next"),
        },
    ),
)
