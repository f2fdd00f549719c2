"""The page of one student."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import redirect, url_for

from webapp.at_risk.queries import verdicts_of
from webapp.at_risk.routes.pages import shown
from webapp.at_risk.work import open_items
from webapp.core import clock
from webapp.core.inputs import PageInput
from webapp.core.paging import Page
from webapp.core.periods import last_days
from webapp.core.timezones import local_date
from webapp.core.words import minutes_text
from webapp.extensions import db
from webapp.goals.routes.cards import BADGES
from webapp.rollups.queries import range_figures
from webapp.students import charts, queries
from webapp.students.routes.blueprint import bp, student_shown
from webapp.students.types import ATTEMPTS_SHOWN, DAYS_SHOWN
from webapp.web.access import SIGNED_IN, STAFF, STUDENTS, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render, wants_fragment
from webapp.xp.queries import total as total_xp

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

    from webapp.core.permissions import Viewer
    from webapp.students.types import Student

WEEK: Final = 7


@bp.get("/students/me")
@access(STUDENTS, Reach.OWN)
def own() -> AnyResponse:
    """Lead a student to the page about themselves."""
    return redirect(url_for("students.show", student_id=viewer().user_id), 303)


@bp.get("/students/<uuid:student_id>")
@access(SIGNED_IN, Reach.CLASS)
def show(student_id: UUID) -> Response:
    """Show how a student is doing; a fragment request gets a page of their quizzes alone."""
    session, person, now = db.session(), viewer(), clock.now()
    student, asked = student_shown(student_id), parse_query(PageInput)
    quizzes = _quizzes(session, student, asked.offset, person)
    if wants_fragment():
        return render("students/_quizzes.html", **quizzes)
    return render(
        "students/student.html",
        is_own=person.user_id == student_id,
        standing=queries.standing(session, student),
        percent=charts.percent_text,
        badges=BADGES,
        goals=queries.goal_counts(session, person, student, now),
        xp=total_xp(session, student.person),
        you=queries.place_of(session, student, now),
        **quizzes,
        **_activity(session, student, now),
        **_work(session, student, now),
    )


@bp.get("/students/<uuid:student_id>/needs-help")
@access(STAFF, Reach.CLASS)
def risks(student_id: UUID) -> Response:
    """Show why a student may need help; their page fetches it when it stands, for their whole class is looked at."""
    session, person, now = db.session(), viewer(), clock.now()
    student = student_shown(student_id)
    found = [shown(row) for row in verdicts_of(session, person, student.id, now)]
    return render("students/risks.html", "students/_risks.html", student=student, risks=found)


def _quizzes(session: Session, student: Student, offset: int, reader: Viewer) -> dict[str, Any]:
    return {
        "student": student,
        "attempts": queries.attempts(session, student, Page(limit=ATTEMPTS_SHOWN, offset=offset), reader),
        "page_url": lambda to: url_for("students.show", student_id=student.id, offset=to or None, _anchor="quizzes"),
    }


def _activity(session: Session, student: Student, now: datetime) -> dict[str, Any]:
    """Return when the student was active, what they planned and studied, and their week's XP."""
    active = queries.active_days(session, student, now)
    dates = last_days(local_date(now, student.person.zone), DAYS_SHOWN)
    days = range_figures(session, student.person, dates, now).days
    week = days[-WEEK:]
    return {
        "active": active,
        "active_sentence": charts.active_sentence(active),
        "days": days,
        "minutes": minutes_text,
        "minutes_chart": charts.minutes_chart(days),
        "minutes_sentence": charts.minutes_sentence(days),
        "week": week,
        "week_xp": sum(day.xp for day in week),
        "xp_chart": charts.xp_chart(week),
    }


def _work(session: Session, student: Student, now: datetime) -> dict[str, Any]:
    """Return what is due and not done, and what was done last."""
    classes = [each.id for each in student.classes]
    return {
        "open_items": open_items(session, student.id, classes, student.school_zone, now) if classes else [],
        "recent": queries.recent_work(session, student),
    }
