"""Students by lessons, and students by quizzes: a part of a large table, at the cost of that part.

The caller has loaded the class for the viewer. Six statements for any number of students and columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from webapp.accounts.models import User
from webapp.classes.access import in_force
from webapp.classes.models import Enrolment
from webapp.classes.queries import IN_ORDER
from webapp.core.paging import Listing
from webapp.core.ratios import ratio
from webapp.learning.models import Attempt, ClassCourse, Course, Lesson, LessonProgress, Quiz
from webapp.students.types import Cell, Matrix, MatrixColumn, MatrixRow, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.core.paging import Page

HUNDREDTHS = 100


def matrix(session: Session, sheet: Sheet, class_id: UUID, on: date, rows: Page, columns: Page) -> Matrix:
    """Return a part of the table of a class: the students enrolled on the date by name, and what they have reached.

    Lessons give how far each is read, quizzes the best score, both in percent. Columns are in the order of courses,
    then of lessons and quizzes. A row's sums are over all columns, not only those shown.
    """
    students, heads = roster(session, class_id, on, rows), _columns(session, sheet, class_id, columns)
    people, ids = [row[0] for row in students.items], [head.id for head in heads.items]
    cells = _cells(session, sheet, people, ids)
    sums = _sums(session, sheet, class_id, people)
    return Matrix(
        sheet=sheet,
        columns=heads,
        rows=Listing(
            [
                MatrixRow(user_id, name, tuple(cells.get((user_id, key)) for key in ids), *sums.get(user_id, (0, None)))
                for user_id, name in students.items
            ],
            students.total,
            students.limit,
            students.offset,
        ),
    )


def roster(session: Session, class_id: UUID, on: date, page: Page) -> Listing[tuple[UUID, str]]:
    """Return one page of the students with an active account who are enrolled in a class on a date, by name."""
    here = (Enrolment.class_id == class_id, in_force(on), Enrolment.open_account)
    total = session.execute(select(func.count()).select_from(Enrolment).where(*here)).scalar_one()
    statement = (
        select(User.id, User.first_name, User.last_name, User.email)
        .select_from(Enrolment)
        .join(User, User.id == Enrolment.user_id)
        .where(*here)
        .order_by(*IN_ORDER)
    )
    found = session.execute(statement.limit(page.limit).offset(page.offset))
    people = [(row[0], f"{row[1]} {row[2]}".strip() or row[3]) for row in found]
    return Listing(people, total, page.limit, page.offset)


def _columns(session: Session, sheet: Sheet, class_id: UUID, page: Page) -> Listing[MatrixColumn]:
    part = _part(sheet)
    wanted = (ClassCourse.class_id == class_id, *_standing(part))
    counted = _of_courses(select(func.count()).select_from(part), part)
    total = session.execute(counted.where(*wanted)).scalar_one()
    names: tuple[Any, ...] = (part.id, part.title, Course.id, Course.title)
    order = Lesson.position if part is Lesson else Quiz.created_at
    statement = _of_courses(select(*names), part).where(*wanted).order_by(Course.title, Course.id, order, part.id)
    found = session.execute(statement.limit(page.limit).offset(page.offset))
    return Listing([MatrixColumn(*row) for row in found], total, page.limit, page.offset)


def _of_courses(statement: Select[Any], part: type[Lesson | Quiz]) -> Select[Any]:
    return statement.join(Course, Course.id == part.course_id).join(ClassCourse, ClassCourse.course_id == Course.id)


def _part(sheet: Sheet) -> type[Lesson | Quiz]:
    return Lesson if sheet is Sheet.LESSONS else Quiz


def _standing(part: type[Lesson | Quiz]) -> tuple[Any, ...]:
    return (part.published, part.deleted_at.is_(None), Course.published, Course.deleted_at.is_(None))


def _cells(
    session: Session, sheet: Sheet, people: Sequence[UUID], ids: Sequence[UUID]
) -> dict[tuple[UUID, UUID], Cell]:
    if not people or not ids:
        return {}
    if sheet is Sheet.LESSONS:
        columns = (LessonProgress.user_id, LessonProgress.lesson_id, LessonProgress.percent)
        mine = (LessonProgress.user_id.in_(people), LessonProgress.lesson_id.in_(ids))
        return {(row[0], row[1]): Cell(row[2]) for row in session.execute(select(*columns).where(*mine))}
    best = select(Attempt.user_id, Attempt.quiz_id, func.max(Attempt.score_hundredths), func.count())
    found = session.execute(
        best.where(Attempt.quiz_id.in_(ids), Attempt.user_id.in_(people), Attempt.submitted_at.is_not(None)).group_by(
            Attempt.user_id, Attempt.quiz_id
        )
    )
    return {(row[0], row[1]): Cell(None if row[2] is None else row[2] / HUNDREDTHS, row[3]) for row in found}


def _sums(
    session: Session, sheet: Sheet, class_id: UUID, people: Sequence[UUID]
) -> dict[UUID, tuple[int, float | None]]:
    """Return for each student how many columns are done, and the mean of the scores (None for lessons)."""
    if not people:
        return {}
    if sheet is Sheet.LESSONS:
        done = case((LessonProgress.completed_at.is_not(None), 1), else_=0)
        statement = (
            select(LessonProgress.user_id, func.sum(done))
            .join(Lesson, Lesson.id == LessonProgress.lesson_id)
            .join(Course, Course.id == Lesson.course_id)
            .join(ClassCourse, and_(ClassCourse.course_id == Course.id, ClassCourse.class_id == class_id))
            .where(LessonProgress.user_id.in_(people), *_standing(Lesson))
            .group_by(LessonProgress.user_id)
        )
        return {row[0]: (int(row[1]), None) for row in session.execute(statement)}
    return _mean_scores(session, class_id, people)


def _mean_scores(session: Session, class_id: UUID, people: Sequence[UUID]) -> dict[UUID, tuple[int, float | None]]:
    best = (
        select(Attempt.user_id, func.max(Attempt.score_hundredths).label("best"))
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .join(Course, Course.id == Quiz.course_id)
        .join(ClassCourse, and_(ClassCourse.course_id == Course.id, ClassCourse.class_id == class_id))
        .where(Attempt.user_id.in_(people), Attempt.submitted_at.is_not(None), *_standing(Quiz))
        .group_by(Attempt.user_id, Attempt.quiz_id)
        .subquery("best")
    )
    statement = select(best.c.user_id, func.count(), func.sum(best.c.best), func.count(best.c.best))
    return {
        row[0]: (row[1], ratio(int(row[2]), HUNDREDTHS * row[3], 2) if row[3] else None)
        for row in session.execute(statement.group_by(best.c.user_id))
    }
