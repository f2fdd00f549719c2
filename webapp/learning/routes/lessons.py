"""Lessons: reading, being through with one, writing, and putting them in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import url_for
from pydantic import Field

from webapp.core.errors import ConflictError, InvalidInputError
from webapp.core.inputs import Input
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.markdown import rendered
from webapp.learning.pictures import MAXIMUM_BYTES
from webapp.learning.routes.blueprint import Shift, bp, course_context, field_errors, typed
from webapp.learning.types import LessonChange, LessonInput
from webapp.web.access import SIGNED_IN, STAFF, STUDENTS, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done
from webapp.xp.queries import given_for
from webapp.xp.rules import points_for_lesson, rules_of
from webapp.xp.wording import held_back_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import FieldError
    from webapp.learning.types import CourseRow, LessonRow

LIST = "learning/_lesson_list.html"


class Reading(Input):
    """Where somebody reads, in thousandths of the way down."""

    position: Annotated[int, Field(ge=0, le=1000)]


@bp.get("/lessons/<uuid:lesson_id>")
@access(SIGNED_IN, Reach.CLASS)
def lesson(lesson_id: UUID) -> Response:
    """Show a lesson; students go on where they stopped reading."""
    session, person = db.session(), viewer()
    found = queries.lesson(session, person, lesson_id)
    lessons = queries.outline(session, person, found.course_id)
    place = [each.id for each in lessons].index(lesson_id)
    quizzes = queries.quizzes(session, person, found.course_id, queries.ALL).items
    return render(
        "learning/lesson.html",
        lesson=found,
        course=queries.course(session, person, found.course_id),
        body=rendered(found.body),
        before=lessons[place - 1] if place else None,
        after=lessons[place + 1] if place + 1 < len(lessons) else None,
        quizzes=[quiz for quiz in quizzes if quiz.lesson_id == lesson_id],
        may_write=person.is_staff and queries.may_write(session, person, found.course_id),
        is_student=not person.is_staff,
        points=points_for_lesson(rules_of(session, person.school_id)),
    )


@bp.post("/lessons/<uuid:lesson_id>/complete")
@access(STUDENTS, Reach.CLASS)
def complete_lesson(lesson_id: UUID) -> Response:
    """Be through with a lesson; doing it again changes nothing."""
    person = viewer()
    progress = service.set_progress(db.session(), person, lesson_id, 100)
    points, why_not = given_for(db.session(), person.user_id, progress.id)
    way_back = url_for("learning.reopen_lesson", lesson_id=lesson_id)
    toast = " ".join(filter(None, (f"Lesson completed: {points} points.", held_back_text(why_not))))
    return done(url_for("learning.lesson", lesson_id=lesson_id), toast=toast, undo=way_back, leave=True)


@bp.post("/lessons/<uuid:lesson_id>/reopen")
@access(STUDENTS, Reach.CLASS)
def reopen_lesson(lesson_id: UUID) -> Response:
    """Be no longer through with a lesson; its points go back."""
    service.set_progress(db.session(), viewer(), lesson_id, 99)
    return done(url_for("learning.lesson", lesson_id=lesson_id), toast="The lesson is open again.", leave=True)


@bp.post("/lessons/<uuid:lesson_id>/position")
@access(STUDENTS, Reach.CLASS)
def note_position(lesson_id: UUID) -> Response:
    """Remember where the viewer reads."""
    service.note_reading(db.session(), viewer(), lesson_id, parse_form(Reading).position)
    return done(url_for("learning.lesson", lesson_id=lesson_id))


# ------------------------------------------------------------------ writing


@bp.get("/courses/<uuid:course_id>/lessons/new")
@access(STAFF, Reach.CLASS)
def new_lesson(course_id: UUID) -> Response:
    """Show the form of a new lesson."""
    return lesson_form(queries.course(db.session(), viewer(), course_id), None)


@bp.post("/courses/<uuid:course_id>/lessons")
@access(STAFF, Reach.CLASS)
def create_lesson(course_id: UUID) -> Response:
    """Make a lesson, the last one of the course."""
    course = queries.course(db.session(), viewer(), course_id)
    try:
        made = service.create_lesson(db.session(), viewer(), course_id, parse_form(LessonInput))
    except (InvalidInputError, ConflictError) as error:
        return lesson_form(course, None, field_errors(error))
    return done(url_for("learning.course", course_id=course_id), toast=f"Added “{made.title}”.", leave=True)


@bp.get("/lessons/<uuid:lesson_id>/edit")
@access(STAFF, Reach.CLASS)
def edit_lesson(lesson_id: UUID) -> Response:
    """Show the form of a lesson."""
    found = queries.lesson(db.session(), viewer(), lesson_id)
    return lesson_form(queries.course(db.session(), viewer(), found.course_id), found)


@bp.post("/lessons/<uuid:lesson_id>/edit")
@access(STAFF, Reach.CLASS)
def change_lesson(lesson_id: UUID) -> Response:
    """Change a lesson."""
    session, person = db.session(), viewer()
    before = queries.lesson(session, person, lesson_id)
    try:
        given = parse_form(LessonInput)
        change = LessonChange(title=given.title, body=given.body, published=given.published)
        changed = service.change_lesson(session, person, lesson_id, change)
    except (InvalidInputError, ConflictError) as error:
        return lesson_form(queries.course(session, person, before.course_id), before, field_errors(error))
    return done(url_for("learning.lesson", lesson_id=lesson_id), toast=f"Saved “{changed.title}”.", leave=True)


@bp.post("/lessons/<uuid:lesson_id>/move")
@access(STAFF, Reach.CLASS)
def move_lesson(lesson_id: UUID) -> Response:
    """Put a lesson further up or down."""
    moved = service.shift_lesson(db.session(), viewer(), lesson_id, parse_form(Shift).by)
    return _list(moved.course_id)


@bp.post("/lessons/<uuid:lesson_id>/delete")
@access(STAFF, Reach.CLASS)
def delete_lesson(lesson_id: UUID) -> Response:
    """Delete a lesson; the toast can undo it."""
    deleted = service.delete_lesson(db.session(), viewer(), lesson_id)
    way_back = url_for("learning.restore_lesson", lesson_id=lesson_id)
    return _list(deleted.course_id, f"Deleted “{deleted.title}”.", way_back)


@bp.post("/lessons/<uuid:lesson_id>/restore")
@access(STAFF, Reach.CLASS)
def restore_lesson(lesson_id: UUID) -> Response:
    """Bring a deleted lesson back."""
    restored = service.restore_lesson(db.session(), viewer(), lesson_id)
    here = url_for("learning.course", course_id=restored.course_id)
    return done(here, toast=f"“{restored.title}” is back.", leave=True)


def _list(course_id: UUID, toast: str | None = None, undo: str | None = None) -> Response:
    here = url_for("learning.course", course_id=course_id)
    return done(here, partial=LIST, context=course_context(course_id), toast=toast, undo=undo)


def lesson_form(course: CourseRow, lesson: LessonRow | None, errors: Sequence[FieldError] = ()) -> Response:
    """Render the form of a lesson, none when new, with what was typed."""
    shown = {name: getattr(lesson, name) if lesson else None for name in ("title", "body", "published")}
    status = 422 if errors else 200
    values = typed(**shown)
    images = queries.images(db.session(), viewer(), lesson.id) if lesson else []
    shown_as = [(image, service.markdown_of(image)) for image in images]
    pictures = {"images": shown_as, "megabytes": MAXIMUM_BYTES // 1_000_000}
    what = {"course": course, "lesson": lesson, "values": values, "errors": errors}
    return render("learning/lesson_form.html", status=status, **what, **pictures)
