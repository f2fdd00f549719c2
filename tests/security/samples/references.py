"""Ids that are sent in forms, queries and JSON, by input model and field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.security.samples.base import SENT, TIMES, Maker
from tests.security.samples.people import a_class, a_colleague, a_person, a_pupil, a_school, a_student
from tests.security.samples.planning import a_category, a_slot, a_task, a_window
from tests.security.samples.records import a_log_entry

COURSE_FILE = (str(SENT / "course.zip"), "course.zip")


@dataclass(frozen=True)
class Reference:
    """An id that is sent in a form, a query or a JSON body: where, with what else, and as whom.

    `shared` says that the rows belong to the school: those of the same school are then no strangers.
    """

    method: str
    path: str
    maker: Maker
    field: str
    more: dict[str, Any]
    many: bool = False
    asker: str = "student"
    shared: bool = False


DATES = {"start_date": "2026-11-01", "end_date": "2026-11-30"}
PLAN = {"title": "Planned", **TIMES}
HOLIDAY = {"name": "Half-term", "starts_on": "2026-10-19", "ends_on": "2026-10-30"}
AS_MANAGER: dict[str, Any] = {"asker": "manager", "shared": True}
CLASSES = "/api/v1/classes/"
GAMIFICATION = "/api/v1/gamification"
MESSAGE = {"id": "01a1fe09-142b-7661-8f0a-783ad91eefa2", "subject": "Hello", "text": "How are you?"}
GOAL = {"name": "More", "target_type": "minutes", "target_value": "60", "time_period": "weekly"}
USERS, LOG = "/admin/users", "/admin/audit"
BULK = {"action": "end_sessions"}
TO_CLASS = {"action": "add_to_class", "user_ids": ["01a1fe09-142b-7661-8f0a-783ad91eefa2"]}


# By input model and field.
def both_of(model, path, **more):
    """Return what to ask of an input that narrows figures to a class or a school."""
    return {
        f"{model}.class_id": (Reference("GET", path, a_class, "class_id", more, **AS_MANAGER),),
        f"{model}.school_id": (Reference("GET", path, a_school, "school_id", more, **AS_MANAGER),),
    }


def of_somebody(model, path):
    """Return what to ask of an input that narrows rows to a person or a school."""
    return {
        f"{model}.user_id": (Reference("GET", path, a_person, "user_id", {}, **AS_MANAGER),),
        f"{model}.school_id": (Reference("GET", path, a_school, "school_id", {}, **AS_MANAGER),),
    }


ACTIVITY, EVENTS = "/api/v1/analytics/user-activity/", "/api/v1/events/"
REFERENCES: dict[str, tuple[Reference, ...]] = {
    **of_somebody("ActivityFilter", ACTIVITY),
    **of_somebody("ActivityListFilter", ACTIVITY),
    **of_somebody("ActivityLogFilter", "/admin/activity"),
    **of_somebody("ActivityLogQuery", "/admin/activity"),
    **of_somebody("SummaryFilter", "/api/v1/analytics/activity-summary/"),
    **of_somebody("SummaryQuery", "/admin/activity/summary"),
    **of_somebody("EventFilter", EVENTS),
    **of_somebody("EventQuery", "/admin/events"),
    "CountsQuery.school_id": (Reference("GET", "/admin/events/counts", a_school, "school_id", {}, **AS_MANAGER),),
    "StatsFilter.school_id": (Reference("GET", f"{EVENTS}stats", a_school, "school_id", {}, **AS_MANAGER),),
    "BulkInput.user_ids": (Reference("POST", f"{USERS}/bulk", a_person, "user_ids", BULK, many=True, **AS_MANAGER),),
    "BulkInput.class_id": (Reference("POST", f"{USERS}/bulk", a_class, "class_id", TO_CLASS, **AS_MANAGER),),
    "LogFilter.actor_id": (Reference("GET", LOG, a_person, "actor_id", {}, **AS_MANAGER),),
    "LogFilter.target_id": (Reference("GET", LOG, a_person, "target_id", {}, **AS_MANAGER),),
    "LogFilter.school_id": (Reference("GET", LOG, a_school, "school_id", {}, **AS_MANAGER),),
    "LogQuery.actor_id": (Reference("GET", LOG, a_person, "actor_id", {}, **AS_MANAGER),),
    "LogQuery.target_id": (Reference("GET", LOG, a_person, "target_id", {}, **AS_MANAGER),),
    "LogQuery.school_id": (Reference("GET", LOG, a_school, "school_id", {}, **AS_MANAGER),),
    "LogFilter.before": (Reference("GET", LOG, a_log_entry, "before", {}, **AS_MANAGER),),
    "LogQuery.before": (Reference("GET", LOG, a_log_entry, "before", {}, **AS_MANAGER),),
    "RequestsFilter.user_id": (Reference("GET", "/admin/compliance/requests", a_person, "user_id", {}, **AS_MANAGER),),
    "PeopleQuery.school_id": (Reference("GET", USERS, a_school, "school_id", {}, **AS_MANAGER),),
    "PeopleQuery.class_id": (Reference("GET", USERS, a_class, "class_id", {}, **AS_MANAGER),),
    "PersonFilter.school_id": (Reference("GET", "/api/v1/users/", a_school, "school_id", {}, **AS_MANAGER),),
    "PersonFilter.class_id": (Reference("GET", "/api/v1/users/", a_class, "class_id", {}, **AS_MANAGER),),
    "AddQuery.task": (Reference("GET", "/planner/add", a_task, "task", {"at": "2026-11-19T09:00"}),),
    "BoardInput.category_id": (Reference("GET", "/dashboard", a_category, "category_id", {"period": "28d"}),),
    "ClassFilter.school_id": (Reference("GET", CLASSES, a_school, "school_id", {}, **AS_MANAGER),),
    "ClassFilter.teacher_id": (Reference("GET", CLASSES, a_colleague, "teacher_id", {}, **AS_MANAGER),),
    "ClassInput.school_id": (Reference("POST", CLASSES, a_school, "school_id", {"name": "9B"}, **AS_MANAGER),),
    "ClassInput.teacher_ids": (
        Reference("POST", CLASSES, a_colleague, "teacher_ids", {"name": "9B"}, many=True, **AS_MANAGER),
    ),
    "TermMove.school_id": (
        Reference("POST", "/classes/term", a_school, "school_id", {"term": "9", "archived": "true"}, **AS_MANAGER),
    ),
    "ClassQuery.school_id": (Reference("GET", "/classes", a_school, "school_id", {}, **AS_MANAGER),),
    "ClassQuery.teacher_id": (Reference("GET", "/classes", a_colleague, "teacher_id", {}, **AS_MANAGER),),
    "WeekQuery.school_id": (Reference("GET", "/reports/weekly", a_school, "school_id", {}, **AS_MANAGER),),
    "TableQuery.school_id": (Reference("GET", "/reports/weekly.csv", a_school, "school_id", {}, **AS_MANAGER),),
    "DeletionFilter.school_id": (
        Reference("GET", "/admin/compliance/deletions", a_school, "school_id", {}, **AS_MANAGER),
    ),
    "StatusFilter.school_id": (Reference("GET", "/api/v1/compliance/status", a_school, "school_id", {}, **AS_MANAGER),),
    "SchoolQuery.school_id": (Reference("GET", "/school/terms", a_school, "school_id", {}, **AS_MANAGER),),
    "SpanInput.school_id": (Reference("POST", "/school/holidays", a_school, "school_id", HOLIDAY, **AS_MANAGER),),
    "BoardQuery.class_id": (Reference("GET", f"{GAMIFICATION}/leaderboard", a_class, "class_id", {}),),
    "BoardQuery.school_id": (Reference("GET", f"{GAMIFICATION}/leaderboard", a_school, "school_id", {}, **AS_MANAGER),),
    "PageQuery.class_id": (Reference("GET", "/leaderboard", a_class, "class_id", {}),),
    "PageQuery.school_id": (Reference("GET", "/leaderboard", a_school, "school_id", {}, **AS_MANAGER),),
    "TeamQuery.school_id": (Reference("GET", f"{GAMIFICATION}/teams", a_school, "school_id", {}, **AS_MANAGER),),
    "CardInput.category_id": (Reference("GET", "/dashboard/card.csv", a_category, "category_id", DATES),),
    "DashboardInput.category_id": (Reference("GET", "/api/v1/analytics/dashboard", a_category, "category_id", DATES),),
    "ExplainInput.category_id": (
        Reference("GET", "/dashboard/explain", a_category, "category_id", {**DATES, "figure": "scheduled_minutes"}),
    ),
    "MaterialForm.school_id": (
        Reference("POST", "/courses/import", a_school, "school_id", {"archive": COURSE_FILE}, **AS_MANAGER),
    ),
    "CourseInput.school_id": (
        Reference("POST", "/api/v1/courses/", a_school, "school_id", {"title": "Biology"}, **AS_MANAGER),
    ),
    "DraftQuery.user_ids": (Reference("GET", "/at-risk/message", a_pupil, "user_ids", {}, many=True, **AS_MANAGER),),
    "MessageForm.user_ids": (
        Reference("POST", "/at-risk/message", a_pupil, "user_ids", MESSAGE, many=True, **AS_MANAGER),
    ),
    "ProgressQuery.class_id": (Reference("GET", "/api/v1/analytics/student-progress", a_class, "class_id", {}),),
    "ProgressQuery.student_id": (Reference("GET", "/api/v1/analytics/student-progress", a_student, "student_id", {}),),
    "RiskFilter.class_id": (Reference("GET", "/api/v1/analytics/at-risk", a_class, "class_id", {}, **AS_MANAGER),),
    "RiskQuery.class_id": (Reference("GET", "/at-risk", a_class, "class_id", {}, **AS_MANAGER),),
    "MasteryQuery.student_id": (Reference("GET", "/api/v1/analytics/subject_mastery", a_student, "student_id", {}),),
    **both_of("ScopeInput", "/api/v1/analytics/realtime"),
    **both_of("DatesInput", "/api/v1/analytics/overview"),
    **both_of("DaysInput", "/api/v1/analytics/trends/engagement"),
    **both_of("TimeRangeInput", "/api/v1/analytics/school-dashboard"),
    **both_of("PerformanceInput", "/api/v1/analytics/class-performance"),
    **both_of("RangeQuery", "/overview"),
    **both_of("ClassesQuery", "/overview/classes"),
    **both_of("EvidenceQuery", "/overview/rows", figure="xp"),
    **both_of("PartQuery", "/overview/trends.csv"),
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
    "WeekQuery.category": (Reference("GET", "/planner", a_category, "category", {"add": "2026-11-19T09:00"}),),
    "WeekQuery.focus": (Reference("GET", "/planner", a_window, "focus", {}),),
    "WeekQuery.slot": (Reference("GET", "/planner", a_slot, "slot", {}),),
    "WeekQuery.task": (Reference("GET", "/planner", a_task, "task", {"add": "2026-11-19T09:00"}),),
}
# Ids that are not looked up by themselves, with the reason.
NOT_LOOKED_UP = {
    "CacheInput.school_id": "for admins, who reach every school",
    "FlagInput.school_id": "for admins, who reach every school",
    "NewPerson.school_id": "only an admin may name another school: tests/admin/test_walls.py asks by hand",
    "PersonForm.school_id": "only an admin may name another school: tests/admin/test_walls.py asks by hand",
    "PersonChange.school_id": "only an admin may name another school: tests/admin/test_walls.py asks by hand",
    "PersonChange.id": "sent back as it was read; any other value is refused",
    "SchoolChange.id": "sent back as it was read; any other value is refused",
    "CourseChange.id": "sent back as it was read; any other value is refused",
    "CourseChange.school_id": "sent back as it was read; any other value is refused",
    "CourseChange.owner_id": "sent back as it was read; any other value is refused",
    "LessonChange.id": "sent back as it was read; any other value is refused",
    "LessonChange.course_id": "sent back as it was read; any other value is refused",
    "QuizChange.id": "sent back as it was read; any other value is refused",
    "QuizChange.course_id": "sent back as it was read; any other value is refused",
    "QuestionInput.id": "reached by a row of one's own: tests/api/test_learning.py asks by hand",
    "QuizInput.lesson_id": "reached by a row of one's own: tests/api/test_learning.py asks by hand",
    "QuizChange.lesson_id": "reached by a row of one's own: tests/api/test_learning.py asks by hand",
    "AttemptInput.attempt_id": "reached by a row of one's own: tests/api/test_learning.py asks by hand",
    "ClassCourseInput.course_id": "reached by a row of one's own: tests/api/test_learning.py asks by hand",
    "CourseOfClass.course_id": "reached by a row of one's own: tests/api/test_learning.py asks by hand",
    "ClassesForm.class_ids": "reached by a course of one's own: tests/learning/test_routes.py asks by hand",
    "ClassesForm.listed": "reached by a course of one's own: tests/learning/test_routes.py asks by hand",
    "ClassChange.id": "sent back as it was read; any other value is refused",
    "ClassChange.school_id": "sent back as it was read; any other value is refused",
    "ClassChange.teacher_ids": "reached by a class of one's own: tests/classes/test_service.py asks by hand",
    "ClassForm.teacher_ids": "reached by a class of one's own: tests/classes/test_service.py asks by hand",
    "RosterExport.school_id": "answers with a zip: tests/imports/rosters/test_pages.py asks by hand",
    "RosterUpload.school_id": "reached by uploading a file: tests/imports/rosters/test_pages.py asks by hand",
    "EnrolmentChange.user_ids": "reached by a class of one's own: tests/classes/test_api.py asks by hand",
    "EnrolmentInput.user_ids": "reached by a class of one's own: tests/classes/test_api.py asks by hand",
    "UnenrolmentInput.user_ids": "reached by a class of one's own: tests/classes/test_api.py asks by hand",
    "MessageForm.id": "made with the draft, so that the same form sends once: tests/at_risk/test_messages.py",
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
