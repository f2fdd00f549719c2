"""The schedule: one table of what runs by itself, when, in whose zone, and why then.

A row names its function by dotted path; queue and time-out are those that the function declares, written here
for the reader and compared by a test. `ON_DEMAND` are the jobs that only people's actions start.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Final

from webapp.jobs.when import AnyOf, Daily, EachMidnight, Every, Hourly, When
from webapp.jobs.wrapper import QUICK, SLOW, Registered, registered


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One row of the schedule."""

    name: str
    function: str
    when: When
    zone: str
    queue: str
    timeout: int
    why_then: str


@dataclass(frozen=True, slots=True)
class OnDemand:
    """A job that is asked for, not scheduled."""

    name: str
    function: str
    queue: str
    timeout: int
    asked_by: str


SCHEDULE: Final = (
    Scheduled(
        name="drain dirty days",
        function="webapp.rollups.jobs.drain_dirty_days",
        when=Every(15),
        zone="none",
        queue=QUICK,
        timeout=120,
        why_then="reads are exact without it; this often, they rarely have more than a day to compute",
    ),
    Scheduled(
        name="drain overview",
        function="webapp.overview.jobs.drain_overview",
        when=Every(15),
        zone="none",
        queue=QUICK,
        timeout=300,
        why_then="figures of schools are exact without it; this often, they rarely have many people to count anew",
    ),
    Scheduled(
        name="close days",
        function="webapp.rollups.jobs.close_days",
        when=AnyOf((Hourly(), EachMidnight())),
        zone="each person's own",
        queue=QUICK,
        timeout=300,
        why_then="a day's figures are final once it has ended where the person lives",
    ),
    Scheduled(
        name="settle goals",
        function="webapp.goals.jobs.settle_goals",
        when=AnyOf((Every(15), EachMidnight())),
        zone="each person's own",
        queue=QUICK,
        timeout=300,
        why_then="a period is judged when it has ended where the person lives, and again when its rows were corrected",
    ),
    Scheduled(
        name="prepare standings",
        function="webapp.xp.jobs.prepare_standings",
        when=Every(60),
        zone="none",
        queue=SLOW,
        timeout=1800,
        why_then="leaderboards of a school whose calendar changed wait for it; mostly it finds nothing",
    ),
    Scheduled(
        name="forget past standings",
        function="webapp.xp.jobs.forget_past_standings",
        when=Hourly(45),
        zone="none",
        queue=SLOW,
        timeout=600,
        why_then="what is over is shown nowhere and only takes room",
    ),
    Scheduled(
        name="reconcile exports",
        function="webapp.exports.jobs.reconcile_exports",
        when=Every(60),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="an export whose worker or queue entry was lost starts again before its owner gives up",
    ),
    Scheduled(
        name="expire exports",
        function="webapp.exports.jobs.expire_exports",
        when=Hourly(20),
        zone="none",
        queue=QUICK,
        timeout=120,
        why_then="files are promised for a number of days, not minutes",
    ),
    Scheduled(
        name="reconcile rosters",
        function="webapp.imports.rosters.jobs.reconcile_rosters",
        when=Every(60),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="a roster whose worker or queue entry was lost goes on before its manager gives up",
    ),
    Scheduled(
        name="expire rosters",
        function="webapp.imports.rosters.jobs.expire_rosters",
        when=Hourly(15),
        zone="none",
        queue=SLOW,
        timeout=600,
        why_then="files and rows of people are kept for as long as an import can be undone, and must then really go",
    ),
    Scheduled(
        name="expire sessions",
        function="webapp.accounts.jobs.expire_sessions",
        when=Hourly(35),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="expired sessions are refused at once; their rows only take room",
    ),
    Scheduled(
        name="answer forgotten passwords",
        function="webapp.accounts.recovery.jobs.answer_requests",
        when=Every(60),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="whoever asked for a link waits for it; this finds those whose queue entry was lost",
    ),
    Scheduled(
        name="send mails",
        function="webapp.mail.jobs.send_mails",
        when=Every(60),
        zone="none",
        queue=QUICK,
        timeout=300,
        why_then="mails leave as they are queued; this finds those to be tried again, and those that were missed",
    ),
    Scheduled(
        name="forget mails",
        function="webapp.mail.jobs.forget_mails",
        when=Hourly(25),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="what old mails said is personal and must really go",
    ),
    Scheduled(
        name="send reminders",
        function="webapp.reminders.jobs.send_reminders",
        when=Every(300),
        zone="each person's own",
        queue=QUICK,
        timeout=300,
        why_then="a look costs one read by index, and zones lie quarters of an hour apart",
    ),
    Scheduled(
        name="forget reminders",
        function="webapp.reminders.jobs.forget_reminders",
        when=Hourly(40),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="on which days somebody was written to matters for a while only",
    ),
    Scheduled(
        name="expire undo",
        function="webapp.planner.jobs.expire_undo",
        when=Hourly(50),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="what can no longer be undone holds deleted texts and must really go",
    ),
    Scheduled(
        name="expire calendar imports",
        function="webapp.planner.jobs.expire_imports",
        when=Hourly(55),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="a file that was not taken over holds a person's appointments and must really go",
    ),
    Scheduled(
        name="close attempts",
        function="webapp.learning.jobs.close_attempts",
        when=Every(60),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="an attempt whose time is over should have its score soon, though nobody hands it in",
    ),
    Scheduled(
        name="forget pictures",
        function="webapp.learning.jobs.forget_images",
        when=Hourly(40),
        zone="none",
        queue=QUICK,
        timeout=120,
        why_then="a picture that was deleted must really go, and a day is enough to think again",
    ),
    Scheduled(
        name="refresh risk",
        function="webapp.at_risk.jobs.refresh_risk",
        when=Hourly(5),
        zone="each school's own",
        queue=SLOW,
        timeout=1800,
        why_then="lists of many students tell their moment, and an hour old they are still worth acting on",
    ),
    Scheduled(
        name="see to data requests",
        function="webapp.compliance.jobs.see_to_requests",
        when=Every(60),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="a person who asks for their data waits for them, and an erasure is promised for an hour",
    ),
    Scheduled(
        name="expire personal exports",
        function="webapp.compliance.jobs.expire_personal_exports",
        when=Hourly(22),
        zone="none",
        queue=QUICK,
        timeout=120,
        why_then="everything about a person in one file must not lie about longer than promised",
    ),
    Scheduled(
        name="tell of bulk reading",
        function="webapp.compliance.jobs.tell_of_bulk_reading",
        when=Every(300),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="somebody who reads hundreds of records should be asked why while they are at it",
    ),
    Scheduled(
        name="apply retention",
        function="webapp.compliance.jobs.apply_retention",
        when=Hourly(45),
        zone="none",
        queue=SLOW,
        timeout=1800,
        why_then="what a school keeps for a number of days should not be there a day longer",
    ),
    Scheduled(
        name="add up people",
        function="webapp.admin.jobs.add_up_people",
        when=Every(60),
        zone="none",
        queue=QUICK,
        timeout=60,
        why_then="lists of people read all tallies; an import of many leaves some, and they should stay few",
    ),
    Scheduled(
        name="clean job registries",
        function="webapp.jobs.maintenance.clean_registries",
        when=Every(60),
        zone="none",
        queue=QUICK,
        timeout=30,
        why_then="a job whose worker was killed should not be called running for long",
    ),
    Scheduled(
        name="fold event counts",
        function="webapp.events.jobs.fold_event_counts",
        when=Every(15),
        zone="none",
        queue=QUICK,
        timeout=120,
        why_then="reads add the newest changes themselves; this often, there are few of them",
    ),
    Scheduled(
        name="make months for events",
        function="webapp.events.jobs.make_event_months",
        when=Daily(0, 15),
        zone="none",
        queue=QUICK,
        timeout=120,
        why_then="months are made a quarter of a year ahead, so that many nights may be missed",
    ),
    Scheduled(
        name="drop old activity",
        function="webapp.activity.jobs.drop_old_activity",
        when=Daily(3, 0, weekday=6),
        zone="none",
        queue=SLOW,
        timeout=1800,
        why_then="rows of three months ago are deleted when the fewest people are here",
    ),
    Scheduled(
        name="shorten addresses",
        function="webapp.activity.jobs.shorten_addresses",
        when=Daily(3, 10),
        zone="none",
        queue=SLOW,
        timeout=1800,
        why_then="addresses are promised to be whole for a week, give or take a day",
    ),
    Scheduled(
        name="drop old events",
        function="webapp.events.jobs.drop_old_events",
        when=Daily(3, 20),
        zone="none",
        queue=SLOW,
        timeout=1800,
        why_then="most nights there is nothing to do; on others a month goes at once",
    ),
    Scheduled(
        name="forget events of the gone",
        function="webapp.events.jobs.forget_gone_people",
        when=Hourly(5),
        zone="none",
        queue=SLOW,
        timeout=1800,
        why_then="nobody sees them from the moment on in which the person is deleted; their rows must really go",
    ),
    Scheduled(
        name="forward events",
        function="webapp.events.jobs.forward_events",
        when=Every(15),
        zone="none",
        queue=QUICK,
        timeout=600,
        why_then="whoever has events forwarded wants them soon; with nothing to do it costs one read by index",
    ),
)

ON_DEMAND: Final = (
    OnDemand(
        name="work on roster",
        function="webapp.imports.rosters.jobs.work_on_roster",
        queue=SLOW,
        timeout=1800,
        asked_by="a manager who uploads a roster, applies it or takes it back",
    ),
    OnDemand(
        name="build export",
        function="webapp.exports.jobs.build_export",
        queue=SLOW,
        timeout=1800,
        asked_by="a person who orders an export, or retries one",
    ),
    OnDemand(
        name="build personal export",
        function="webapp.compliance.jobs.build_personal_export",
        queue=SLOW,
        timeout=1800,
        asked_by="a person who asks for all of their data, or staff for them",
    ),
    OnDemand(
        name="erase person",
        function="webapp.compliance.jobs.erase_person",
        queue=SLOW,
        timeout=1800,
        asked_by="an erasure whose time has come",
    ),
    OnDemand(
        name="refresh the risk of a school",
        function="webapp.at_risk.jobs.refresh_school",
        queue=SLOW,
        timeout=1800,
        asked_by="whoever changes what their school looks for",
    ),
    OnDemand(
        name="refresh the risk of a class",
        function="webapp.at_risk.jobs.refresh_class",
        queue=SLOW,
        timeout=600,
        asked_by="somebody who opens a large class when what is kept of it is old",
    ),
)


def load() -> None:
    """Import every job's module, so that its functions are on the list of what may run."""
    for row in (*SCHEDULE, *ON_DEMAND):
        resolve(row.function)


def resolve(path: str) -> Registered:
    """Import a job's module and return the job; raises when the module has no such job."""
    import_module(path.rpartition(".")[0])
    return registered(path)
