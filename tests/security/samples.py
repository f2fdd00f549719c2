"""One row of each kind that an address or a form can name, and what to send so that an endpoint acts on it.

A new parameter in an address, a new id in an input or a new writing endpoint on a row needs an entry here; without
one the tests of this folder fail and name what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from webapp.accounts.identity import viewer_for
from webapp.accounts.models import ApiToken, UserSession
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id
from webapp.exports.models import Export, ExportFormat, ExportStatus
from webapp.goals.models import Goal, GoalTerms
from webapp.goals.types import TargetType, TimePeriod
from webapp.planner import service
from webapp.planner.calendar.findings import Reading
from webapp.planner.models import CalendarFeed, CalendarImport, Category, FocusWindow, ImportTarget, Slot, Task

BEGIN = datetime(2026, 11, 18, 9, tzinfo=UTC)
END = BEGIN + timedelta(hours=1)
TIMES = {"starts_at": "2026-11-19T09:00:00Z", "ends_at": "2026-11-19T10:00:00Z"}


@dataclass(frozen=True)
class Sample:
    """What stands in the address, and the row behind it (None for what is no row)."""

    value: str
    row: Any = None


Maker = Callable[[Any, Any, str], Sample]  # session, user, mark → sample


def kept(session: Any, row: Any) -> Sample:
    session.add(row)
    session.flush()
    return Sample(str(row.id), row)


def owned(user: Any) -> dict[str, Any]:
    return {"user_id": user.id, "school_id": user.school_id}


def a_session(session, user, mark):
    ends = datetime.now(UTC) + timedelta(days=1)
    secret = hash_secret(new_secret())
    return kept(session, UserSession(user_id=user.id, token_hash=secret, user_agent=mark, expires_at=ends))


def a_token(session, user, mark):
    name = f"{mark} {new_secret()[:8]}"
    return kept(session, ApiToken(user_id=user.id, name=name, token_hash=hash_secret(new_secret()), scopes="read"))


def a_category(session, user, mark):
    return kept(session, Category(**owned(user), name=f"{mark} {new_secret()[:8]}", color="blue"))


def a_task(session, user, mark):
    return kept(session, Task(**owned(user), title=f"{mark} task", notes=f"{mark} notes"))


def a_slot(session, user, mark):
    task = a_task(session, user, mark).row
    return kept(session, Slot(**owned(user), task_id=task.id, starts_at=BEGIN, ends_at=END))


def a_window(session, user, mark):
    return kept(session, FocusWindow(**owned(user), starts_at=BEGIN, ends_at=END))


def a_goal(session, user, mark):
    measure = {"target_type": TargetType.MINUTES, "target_value": 60, "time_period": TimePeriod.WEEKLY}
    goal = kept(session, Goal(**owned(user), name=f"{mark} goal", **measure))
    session.add(GoalTerms(goal_id=goal.row.id, from_date=BEGIN.date(), target_value=60, active=True))
    session.flush()
    return goal


def an_undo(session, user, mark):
    viewer = viewer_for(session, user.id)
    if viewer is None:  # nobody's who is disabled can be undone; the row is the same
        return Sample(str(new_id()))
    return Sample(str(service.delete_task(session, viewer, a_task(session, user, mark).row.id)))


def an_import(session, user, mark):
    row = CalendarImport(
        user_id=user.id,
        target=ImportTarget.SLOTS,
        file_name=f"{mark}.ics",
        first_date=date(2026, 11, 1),
        last_date=date(2026, 11, 30),
        content=Reading().as_json(),
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )
    return kept(session, row)


def a_feed(session, user, mark):
    return kept(session, CalendarFeed(user_id=user.id, token_hash=hash_secret(new_secret())))


def a_feed_secret(session, user, mark):
    secret = new_secret()
    session.add(CalendarFeed(user_id=user.id, token_hash=hash_secret(secret)))
    session.flush()
    return Sample(secret)


def an_export(session, user, mark):
    """Return a finished export, with its file where the session says that exports are kept."""
    folder = session.info["exports_folder"]
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{new_secret()}.csv"
    (folder / name).write_text(f"{mark}\r\n")
    row = Export(
        **owned(user),
        kind="daily",
        file_format=ExportFormat.CSV,
        parameters={"first": "2026-11-01", "last": "2026-11-30"},
        status=ExportStatus.READY,
        percent=100,
        file_name=name,
        size_bytes=len(mark) + 2,
        finished_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    return kept(session, row)


def a_static_file(session, user, mark):
    return Sample("img/mark.svg")


# By the name of the parameter in the address.
MAKERS: dict[str, Maker] = {
    "category_id": a_category,
    "export_id": an_export,
    "feed_id": a_feed,
    "filename": a_static_file,
    "goal_id": a_goal,
    "import_id": an_import,
    "secret": a_feed_secret,
    "session_id": a_session,
    "slot_id": a_slot,
    "task_id": a_task,
    "token_id": a_token,
    "undo_id": an_undo,
    "window_id": a_window,
}
NOT_IDS = {"filename": ("no/such/file.css", "..%2f..%2fwsgi.py"), "secret": ("x" * 43, "%00")}

# What to send so that an endpoint with a row in its address succeeds; those not named here need nothing. UNIQUE
# stands for a text that nobody has sent before.
PAYLOADS: dict[str, dict[str, Any]] = {
    "goals.change_goal": {"name": "Another name", "target_value": "90"},
    "api_goals.change_goal": {"name": "Another name"},
    "planner.change_category": {"name": "UNIQUE", "color": "green"},
    "planner.change_slot": TIMES,
    "planner.move_slot": TIMES,
    "planner.mark_slot": {"missed": "true"},
    "planner.change_task": {"title": "Another title"},
    "api_planner.change_category": {"name": "UNIQUE"},
    "api_planner.change_task": {"title": "Another title"},
    "api_planner.complete_task": {},
    "api_planner.change_slot": TIMES,
    "api_planner.create_slot": TIMES,
}


@dataclass(frozen=True)
class Reference:
    """An id that is sent in a form, a query or a JSON body: where, and with what else."""

    method: str
    path: str
    maker: Maker
    field: str
    more: dict[str, Any]
    many: bool = False


DATES = {"start_date": "2026-11-01", "end_date": "2026-11-30"}
PLAN = {"title": "Planned", **TIMES}
GOAL = {"name": "More", "target_type": "minutes", "target_value": "60", "time_period": "weekly"}

# By input model and field.
REFERENCES: dict[str, tuple[Reference, ...]] = {
    "AddQuery.task": (Reference("GET", "/planner/add", a_task, "task", {"at": "2026-11-19T09:00"}),),
    "BoardInput.category_id": (Reference("GET", "/dashboard", a_category, "category_id", {"period": "28d"}),),
    "CardInput.category_id": (Reference("GET", "/dashboard/card.csv", a_category, "category_id", DATES),),
    "DashboardInput.category_id": (Reference("GET", "/api/v1/analytics/dashboard", a_category, "category_id", DATES),),
    "ExplainInput.category_id": (
        Reference("GET", "/dashboard/explain", a_category, "category_id", {**DATES, "figure": "scheduled_minutes"}),
    ),
    "GoalInput.category_id": (Reference("POST", "/goals", a_category, "category_id", GOAL),),
    "HintQuery.category_id": (Reference("GET", "/goals/hint", a_category, "category_id", {}),),
    "PlanForm.category_id": (Reference("POST", "/slots", a_category, "category_id", PLAN),),
    "PlanForm.task_id": (Reference("POST", "/slots", a_task, "task_id", TIMES),),
    "StartInput.task_id": (Reference("POST", "/timer/start", a_task, "task_id", {"replace": "discard"}),),
    "TaskFilter.category_id": (Reference("GET", "/api/v1/tasks", a_category, "category_id", {}),),
    "TaskForm.category_id": (Reference("POST", "/tasks", a_category, "category_id", {"title": "Planned"}),),
    "TaskIds.ids": (Reference("POST", "/tasks/complete", a_task, "ids", {}, many=True),),
    "TaskInput.category_id": (Reference("POST", "/api/v1/tasks", a_category, "category_id", {"title": "Planned"}),),
    "TaskQuery.category_id": (Reference("GET", "/tasks", a_category, "category_id", {}),),
    "WeekQuery.focus": (Reference("GET", "/planner", a_window, "focus", {}),),
    "WeekQuery.slot": (Reference("GET", "/planner", a_slot, "slot", {}),),
    "WeekQuery.task": (Reference("GET", "/planner", a_task, "task", {"add": "2026-11-19T09:00"}),),
}
# Ids that are not looked up by themselves, with the reason.
NOT_LOOKED_UP = {
    "GoalChange.goal_id": "sent back as it was read; any other value is refused",
    "GoalChange.category_id": "reached by a goal of one's own: tests/goals/test_routes_editing.py asks by hand",
    "CategoryChange.id": "sent back as it was read; any other value is refused",
    "SlotChange.id": "sent back as it was read; any other value is refused",
    "SlotChange.task_id": "sent back as it was read; any other value is refused",
    "SlotEcho.id": "sent back as it was read; any other value is refused",
    "TaskChange.id": "sent back as it was read; any other value is refused",
    "TaskChange.category_id": "reached by a task of one's own: tests/security/test_references.py asks by hand",
    "ImportForm.category_id": "reached by uploading a file: tests/security/test_references.py asks by hand",
}
