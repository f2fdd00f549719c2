"""One row of each kind that an address or a form can name, and what to send so that an endpoint acts on it.

A new parameter in an address, a new id in an input or a new writing endpoint on a row needs an entry here; without
one the tests of this folder fail and name what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select

from webapp.accounts.identity import viewer_for
from webapp.accounts.models import ApiToken, LinkPurpose, User, UserSession
from webapp.accounts.recovery.service import make_link
from webapp.accounts.school_sign_in.models import SchoolIdentity, SchoolProvider
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.compliance.models import DataRequest, ErasureCertificate, RequestKind, RequestStatus
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id
from webapp.events.models import NO_SCHOOL, Event, EventKey
from webapp.exports.models import Export, ExportFormat, ExportStatus
from webapp.goals.models import Goal, GoalOffer, GoalTerms
from webapp.goals.types import TargetType, TimePeriod
from webapp.health.models import Alert
from webapp.health.types import Severity
from webapp.imports.rosters.models import RosterFormat, RosterImport, RosterRow, RosterStatus
from webapp.jobs.models import Ended, JobHistory
from webapp.jobs.wrapper import path_of
from webapp.learning.models import (
    Attempt,
    ClassCourse,
    Course,
    Lesson,
    LessonImage,
    Question,
    QuestionKind,
    Quiz,
    QuizVersion,
)
from webapp.mail.jobs import forget_mails
from webapp.planner import service
from webapp.planner.calendar.findings import Reading
from webapp.planner.models import CalendarFeed, CalendarImport, Category, FocusWindow, ImportTarget, Slot, Task
from webapp.reminders.models import ReminderKind, ReminderSubscription
from webapp.reminders.tokens import unsubscribe_token
from webapp.reports.tokens import report_token
from webapp.rest.models import Holiday, Term
from webapp.schools.models import School
from webapp.xp.types import RulesInput

BEGIN = datetime(2026, 11, 18, 9, tzinfo=UTC)
END = BEGIN + timedelta(hours=1)
POINTS = dict.fromkeys(RulesInput.model_fields, "7")
TIMES = {"starts_at": "2026-11-19T09:00:00Z", "ends_at": "2026-11-19T10:00:00Z"}
SENT = Path(__file__).parent / "sent"
PICTURE = (str(SENT / "picture.png"), "picture.png")
COURSE_FILE = (str(SENT / "course.zip"), "course.zip")


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


def an_offer(session, user, mark):
    """Return a goal that is offered to a class: the teacher's, or one that the student is in."""
    group = a_class(session, user, mark).row
    measure = {"target_type": TargetType.MINUTES, "target_value": 60, "time_period": TimePeriod.WEEKLY}
    name = f"{said_of(mark, 'offer')} goal"
    return kept(session, GoalOffer(school_id=group.school_id, class_id=group.id, name=name, **measure))


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


def a_password_link(session, user, mark):
    return Sample(make_link(session, user, LinkPurpose.RESET).secret)


def an_unsubscribe_token(session, user, mark):
    kind = ReminderKind.WEEKLY_DIGEST
    subscription = ReminderSubscription(user_id=user.id, kind=kind, due_at=END, named={mark: "2026-11-16"})
    session.merge(subscription)
    session.flush()
    return Sample(unsubscribe_token(session.info["signing_key"], user.id, kind))


def a_report_token(session, user, mark):
    return Sample(report_token(session.info["signing_key"], user.id))


def a_job(session, user, mark):
    return Sample("forget-mails")


def a_run(session, user, mark):
    at = datetime.now(UTC)
    times = {"started_at": at, "finished_at": at, "duration_ms": 1}
    return kept(session, JobHistory(path=path_of(forget_mails), outcome=Ended.FAILED, problem="KeyError", **times))


def school_of(session, user):
    """Return the school that somebody looks after; for an admin, who looks after all, the first one."""
    wanted = School.id == user.school_id if user.school_id else School.slug == "northfield"
    return session.scalars(select(School).where(wanted)).one()


def an_event(session, user, mark):
    at, school = datetime.now(UTC), user.school_id or NO_SCHOOL
    place = {"school_id": school, "occurred_at": at, "id": new_id()}
    session.add(EventKey(**place))
    said = {"type": "custom", "name": said_of(mark, "event"), "properties": "{}", "session_id": None}
    return kept(session, Event(**place, user_id=user.id, received_at=at, **said))


def said_of(mark, what):
    """Return the mark of something that others of the school see as well, such as the name of a class."""
    return mark.replace("-canary", f"_{what}-canary")


def a_school(session, user, mark):
    school = school_of(session, user)
    return Sample(str(school.id), school)


def a_class(session, user, mark):
    """Return a class of the person's school: taught by a teacher, studied in by a student."""
    school = school_of(session, user)
    group = kept(session, ClassGroup(school_id=school.id, name=f"{said_of(mark, 'class')} class"))
    if user.role is Role.TEACHER:
        session.add(ClassTeacher(class_id=group.row.id, user_id=user.id, school_id=school.id))
        others = select(User.id).where(User.school_id == school.id, User.role == Role.MANAGER).order_by(User.email)
        other = session.scalars(others).first()  # so that the teacher can leave
        session.add(ClassTeacher(class_id=group.row.id, user_id=other, school_id=school.id))
    if user.role is Role.STUDENT:
        session.add(Enrolment(class_id=group.row.id, user_id=user.id, school_id=school.id))
    session.flush()
    return group


def an_enrolment(session, user, mark):
    group = a_class(session, user, mark).row
    known = session.scalar(select(Enrolment.id).where(Enrolment.class_id == group.id))
    if known:
        return Sample(str(known), session.get(Enrolment, known))
    student = a_student_of(session, group.school_id, mark)
    return kept(session, Enrolment(class_id=group.id, user_id=student.row.id, school_id=group.school_id))


def a_term(session, user, mark):
    name = f"{said_of(mark, 'dates')} {new_secret()[:8]}"
    return kept(session, Term(school_id=school_of(session, user).id, name=name, **TERM_DATES))


def a_holiday(session, user, mark):
    name = f"{said_of(mark, 'dates')} holiday"
    return kept(session, Holiday(school_id=school_of(session, user).id, name=name, **TERM_DATES))


def a_colleague(session, user, mark):
    address = f"{new_secret()[:12]}@school.test".lower()
    row = User(school_id=school_of(session, user).id, role=Role.TEACHER, email=address)
    row.first_name = said_of(mark, "name")
    return kept(session, row)


def a_person(session, user, mark):
    """Return somebody whom a manager or an admin looks after; of all others only they themselves."""
    if mark == "own" and user.role in {Role.STUDENT, Role.TEACHER}:
        return Sample(str(user.id), user)
    return a_student_of(session, school_of(session, user).id, mark)


def a_student_of(session, school_id, mark):
    """Return a student who is nobody of the cast: what is done to them shows to none of the cast."""
    address = f"{new_secret()[:12]}@school.test".lower()
    name = said_of(mark, "name")
    return kept(session, User(school_id=school_id, role=Role.STUDENT, email=address, first_name=name))


def a_spare_school(session, user, mark):
    """Return a school that nobody of the cast is at, so that it can be put away."""
    slug = new_secret()[:12].lower().replace("_", "x").replace("-", "x")
    return kept(session, School(name=f"{said_of(mark, 'school')} school", slug=slug, time_zone="Europe/Berlin"))


def a_log_entry(session, user, mark):
    """Return an entry of the audit log of the person's school."""
    viewer = viewer_for(session, user.id)
    record(session, viewer, "test.sampled", school_id=school_of(session, user).id)
    session.commit()
    newest = select(AuditEntry).order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc()).limit(1)
    row = session.scalars(newest).one()
    return Sample(str(row.id), row)


def a_course(session, user, mark):
    """Return a published course: one that staff write, or one that a class of the student's takes."""
    school, student = school_of(session, user), user.role is Role.STUDENT
    title = f"{said_of(mark, 'course')} course"
    course = Course(school_id=school.id, owner_id=None if student else user.id, title=title, published=True)
    made = kept(session, course)
    if student:
        group = a_class(session, user, mark).row
        session.add(ClassCourse(class_id=group.id, course_id=course.id, school_id=school.id))
        session.flush()
    return made


def a_lesson(session, user, mark):
    course = a_course(session, user, mark).row
    where = {"school_id": course.school_id, "course_id": course.id}
    return kept(
        session, Lesson(**where, position=1, title=said_of(mark, "course"), body=mark_of_text(mark), published=True)
    )


def an_image(session, user, mark):
    """Return a picture of a lesson, with its file where pictures are kept."""
    lesson = a_lesson(session, user, mark).row
    folder = session.info["exports_folder"].parent / "lesson-images"
    folder.mkdir(parents=True, exist_ok=True)
    what = {"name": mark_of_text(mark).lower(), "kind": "png", "digest": new_secret()[:43], "width": 4, "height": 4}
    made = kept(session, LessonImage(school_id=lesson.school_id, lesson_id=lesson.id, size_bytes=9, **what))
    (folder / made.row.file_name).write_text(f"{said_of(mark, 'course')}\r\n")
    return made


def a_quiz(session, user, mark):
    course = a_course(session, user, mark).row
    where = {"school_id": course.school_id, "course_id": course.id}
    quiz = kept(session, Quiz(**where, title=said_of(mark, "course"), published=True))
    version = kept(session, QuizVersion(quiz_id=quiz.row.id, number=1)).row
    text = {"text": mark_of_text(mark), "answer": "yes", "choices": []}
    key = new_id()
    session.add(Question(id=key, origin_id=key, version_id=version.id, position=0, kind=QuestionKind.TEXT, **text))
    session.flush()
    return quiz


def mark_of_text(mark):
    return f"{said_of(mark, 'course')} text"


def version_of(session, quiz):
    return session.scalars(select(QuizVersion).where(QuizVersion.quiz_id == quiz.id)).one()


def a_question(session, user, mark):
    version = version_of(session, a_quiz(session, user, mark).row)
    question = session.scalars(select(Question).where(Question.version_id == version.id)).one()
    return Sample(str(question.id), question)


def an_attempt(session, user, mark):
    quiz = a_quiz(session, user, mark).row
    where = {"school_id": quiz.school_id, "course_id": quiz.course_id, "quiz_id": quiz.id}
    if user.role is Role.STUDENT:
        return kept(session, Attempt(user_id=user.id, version_id=version_of(session, quiz).id, **where))
    done = {"submitted_at": BEGIN, "score_points": 0, "max_points": 1, "score_hundredths": 0}
    whose = a_pupil(session, user, mark).row.id
    return kept(session, Attempt(user_id=whose, version_id=version_of(session, quiz).id, **where, **done))


def a_student(session, user, mark):
    return Sample(str(user.id), user)


def a_pupil(session, user, mark):
    """Return a student in a class: the person, or one whom they look after."""
    if user.role is Role.STUDENT:
        a_class(session, user, mark)
        return Sample(str(user.id), user)
    group = a_class(session, user, mark).row
    made = a_student_of(session, group.school_id, mark)
    session.add(Enrolment(class_id=group.id, user_id=made.row.id, school_id=group.school_id))
    session.flush()
    return made


def a_roster(session, user, mark):
    """Return a roster that waits to be applied, with a row that was refused; managers of its school see it."""
    school, said = school_of(session, user), said_of(mark, "class")
    roster = kept(
        session,
        RosterImport(
            school_id=school.id,
            user_id=user.id,
            source=said,
            title=f"{said}.zip",
            file_format=RosterFormat.ONEROSTER,
            status=RosterStatus.READY,
            found={"notes": [said], "against": []},
            counts={"verdicts": {"person": {"refused": 1}}, "standing": {"person": 0, "member": 0}},
            expires_at=datetime.now(UTC) + timedelta(days=1),
        ),
    )
    row = {"file": "users.csv", "line": 2, "kind": "person", "key": said, "unread": True, "reason": said}
    session.add(RosterRow(import_id=roster.row.id, place=1, verdict="refused", fresh_id=new_id(), **row))
    session.flush()
    return roster


def a_data_request(session, user, mark):
    """Return an erasure that can still be cancelled."""
    whose = {**owned(user), "kind": RequestKind.ERASURE, "subject_hash": b"s" * 32}
    later = datetime.now(UTC) + timedelta(days=9)
    return kept(session, DataRequest(**whose, due_at=later, runs_at=later))


def a_data_file(session, user, mark):
    """Return an export of all of somebody's data that is ready, with its file beside the other exports."""
    folder = session.info["exports_folder"].parent / "privacy"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{new_secret()}.zip"
    (folder / name).write_text(f"{mark}\r\n")
    whose = {**owned(user), "kind": RequestKind.EXPORT, "subject_hash": b"s" * 32, "status": RequestStatus.READY}
    later = datetime.now(UTC) + timedelta(days=1)
    return kept(session, DataRequest(**whose, due_at=later, expires_at=later, file_name=name, size_bytes=9))


def a_certificate(session, user, mark):
    now = datetime.now(UTC)
    given = {"school_id": user.school_id, "asked_at": now, "erased_at": now, "done": {"slots": {"deleted": 1}}}
    return kept(session, ErasureCertificate(id=new_id(), **given))


def a_school_slug(session, user, mark):
    """Return the short name of a school that signs in by accounts of its own; its provider does not answer."""
    school = school_of(session, user)
    # Made anew each time: the endpoints that change it or take it away are tried, too.
    session.execute(delete(SchoolProvider).where(SchoolProvider.school_id == school.id))
    given = {"issuer": "https://127.0.0.1:9", "client_id": "x", "role_map": []}
    session.execute(insert(SchoolProvider).values(school_id=school.id, **given))
    return Sample(school.slug)


def an_identity(session, user, mark):
    """Return a link to the school's account."""
    who = {"user_id": user.id, "school_id": school_of(session, user).id, "subject": f"{mark} {new_secret()[:8]}"}
    return kept(session, SchoolIdentity(**who, issuer="https://127.0.0.1:9"))


def an_alert(session, user, mark):
    """Return an alert that is open; it is nobody's, and admins look after it."""
    said = {"severity": Severity.INFO, "value": 1.0, "threshold": 0.0, "triggered_at": BEGIN}
    return kept(session, Alert(rule_key=f"sample-{new_secret()[:8]}", **said))


def an_alert_rule(session, user, mark):
    return Sample("disk")


def a_static_file(session, user, mark):
    return Sample("img/mark.svg")


# By the name of the parameter in the address.
MAKERS: dict[str, Maker] = {
    "alert_id": an_alert,
    "any_school_id": a_spare_school,
    "certificate_id": a_certificate,
    "data_file_id": a_data_file,
    "request_id": a_data_request,
    "attempt_id": an_attempt,
    "course_id": a_course,
    "image_id": an_image,
    "lesson_id": a_lesson,
    "question_id": a_question,
    "quiz_id": a_quiz,
    "category_id": a_category,
    "class_id": a_class,
    "enrolment_id": an_enrolment,
    "holiday_id": a_holiday,
    "identity_id": an_identity,
    "term_id": a_term,
    "event_id": an_event,
    "export_id": an_export,
    "feed_id": a_feed,
    "filename": a_static_file,
    "goal_id": a_goal,
    "import_id": an_import,
    "offer_id": an_offer,
    "job_name": a_job,
    "report_token": a_report_token,
    "roster_id": a_roster,
    "rule_key": an_alert_rule,
    "run_id": a_run,
    "link_secret": a_password_link,
    "secret": a_feed_secret,
    "school_id": a_school,
    "school_slug": a_school_slug,
    "session_id": a_session,
    "slot_id": a_slot,
    "student_id": a_pupil,
    "task_id": a_task,
    "token_id": a_token,
    "undo_id": an_undo,
    "user_id": a_person,
    "unsubscribe_token": an_unsubscribe_token,
    "window_id": a_window,
}
NOT_IDS = {
    "school_slug": ("no-such-school", "%00"),
    "filename": ("no/such/file.css", "..%2f..%2fwsgi.py"),
    "secret": ("x" * 43, "%00"),
    "link_secret": ("x" * 43, "%00"),
    "unsubscribe_token": ("x" * 52, "%00"),
    "report_token": ("x" * 48, "%00"),
    "job_name": ("no-such-job", "%00"),
    "rule_key": ("no-such-rule", "no/such"),
}

# What to send so that an endpoint with a row in its address succeeds; those not named here need nothing. UNIQUE
# stands for a text that nobody has sent before, STUDENT for the id of a student of the row's school, COURSE for that
# of a course which whoever asks may give to a class there.
PAYLOADS: dict[str, dict[str, Any]] = {
    "school_sign_in.save": {"issuer": "https://a.test", "client_id": "x"},
    "health.change_rule": {"enabled": "true", "threshold": "90", "hold_minutes": "0", "severity": "critical"},
    "compliance.change_retention": {"grace_days": "7", "consent_months": "12"},
    "learning.change_course": {"title": "Another title"},
    "learning.publish_course": {"published": "true"},
    "learning.create_lesson": {"title": "A lesson"},
    "learning.change_lesson": {"title": "Another title"},
    "learning.add_image": {"title": "Another title", "image": PICTURE},
    "learning.note_position": {"position": "500"},
    "learning.create_quiz": {"title": "A quiz"},
    "learning.change_quiz": {"title": "Another title"},
    "learning.create_question": {"kind": "text", "text": "Why?", "answer": "Because"},
    "learning.change_question": {"kind": "text", "text": "How?", "answer": "So"},
    "api_learning.change_course": {"title": "Another title"},
    "api_learning.give_course": {"course_id": "COURSE"},
    "api_learning.take_course": {"course_id": "COURSE"},
    "api_learning.create_lesson": {"title": "A lesson"},
    "api_learning.change_lesson": {"title": "Another title"},
    "api_learning.set_progress": {"percent": 50},
    "api_learning.create_quiz": {"title": "A quiz"},
    "api_learning.change_quiz": {"title": "Another title"},
    "rosters.columns": {"email": "E-Mail"},
    "classes.change_class": {"name": "UNIQUE"},
    "classes.enrol": {"user_ids": ["STUDENT"]},
    "api_classes.change_class": {"name": "UNIQUE"},
    "api_classes.enrol": {"user_ids": ["STUDENT"]},
    "api_classes.change_enrolments": {"user_ids": ["STUDENT"], "outcome": "pass"},
    "api_classes.unenrol": {"user_ids": ["STUDENT"]},
    "rest.change_term": {"name": "UNIQUE", "starts_on": "2026-09-01", "ends_on": "2026-12-18"},
    "rest.change_holiday": {"name": "UNIQUE", "starts_on": "2026-10-19", "ends_on": "2026-10-30"},
    "goal_offers.offer": {"name": "UNIQUE", "target_type": "minutes", "target_value": "60", "time_period": "weekly"},
    "goals.change_goal": {"name": "Another name", "target_value": "90"},
    "api_goals.change_goal": {"name": "Another name"},
    "points.set_rules": POINTS,
    "api_points.set_rules": {name: int(worth) for name, worth in POINTS.items()},
    "admin.change_user": {"email": "ADDRESS", "role": "student"},
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
# The same for what stands behind the question mark of an address that is posted to.
QUERIES: dict[str, dict[str, Any]] = {"classes.enrol_again": {"user_ids": "STUDENT"}}


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
TERM_DATES = {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 12, 18)}
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
    "ClassQuery.school_id": (Reference("GET", "/classes", a_school, "school_id", {}, **AS_MANAGER),),
    "ClassQuery.teacher_id": (Reference("GET", "/classes", a_colleague, "teacher_id", {}, **AS_MANAGER),),
    "WeekQuery.school_id": (Reference("GET", "/reports/weekly", a_school, "school_id", {}, **AS_MANAGER),),
    "TableQuery.school_id": (Reference("GET", "/reports/weekly.csv", a_school, "school_id", {}, **AS_MANAGER),),
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
