"""Reading classes. Each list costs the same few statements, however long it is."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from webapp.accounts.models import User
from webapp.classes.access import belongs_to, in_force, load_class, looked_after
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.classes.types import CandidateRow, ClassRow, EnrolmentState, PersonRow, StudentRow
from webapp.core import clock, timezones
from webapp.core.errors import NotFoundError
from webapp.core.paging import Listing
from webapp.core.permissions import Role
from webapp.core.text import folded
from webapp.rest.models import Term
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassFilter, EnrolmentFilter
    from webapp.core.permissions import Viewer

CANDIDATES = 20
MAY_TEACH = (Role.TEACHER, Role.MANAGER)
_BY_NAME = (ClassGroup.search_text, ClassGroup.id)
_PEOPLE = (User.last_name, User.first_name, User.id)
# Of the students of one class: an index has them so.
IN_ORDER = (Enrolment.name_key, Enrolment.user_id)
_COLUMNS: tuple[Any, ...] = (
    *(ClassGroup.id, ClassGroup.school_id, School.name, School.time_zone, ClassGroup.name),
    func.coalesce(Term.name, ClassGroup.term_label),
    *(ClassGroup.starts_on, ClassGroup.ends_on, ClassGroup.leaderboard_mode, ClassGroup.archived_at.is_not(None)),
)
_STUDENT: tuple[Any, ...] = (
    *(User.id, User.first_name, User.last_name, User.email, func.coalesce(User.time_zone, School.time_zone)),
    *(Enrolment.id, Enrolment.begins_on, Enrolment.ends_on, Enrolment.outcome, User.active),
)


def classes(session: Session, viewer: Viewer, filters: ClassFilter) -> Listing[ClassRow]:
    """Return one page of the classes that the viewer looks after, by name; four statements."""
    conditions = [looked_after(viewer), *_conditions(filters)]
    counted = select(func.count()).select_from(ClassGroup).outerjoin(Term, Term.id == ClassGroup.term_id)
    total = session.execute(counted.where(*conditions)).scalar_one()
    page = _class_rows().where(*conditions).order_by(*_BY_NAME).limit(filters.limit).offset(filters.offset)
    return Listing(_complete(session, session.execute(page).all()), total, filters.limit, filters.offset)


def classes_of(session: Session, viewer: Viewer) -> list[ClassRow]:
    """Return every class in use that the viewer looks after, or studies in today, by name; three statements."""
    statement = _class_rows().where(belongs_to(viewer), ClassGroup.archived_at.is_(None)).order_by(*_BY_NAME)
    return _complete(session, session.execute(statement).all())


def class_row(session: Session, viewer: Viewer, class_id: UUID) -> ClassRow:
    """Return a class that the viewer looks after, or raise NotFoundError."""
    found = session.execute(_class_rows().where(ClassGroup.id == class_id, looked_after(viewer))).all()
    if not found:
        raise NotFoundError
    return _complete(session, found)[0]


def students_in(session: Session, class_id: UUID, on: date) -> list[StudentRow]:
    """Return the students with an active account who are enrolled in the class on a date of the school, by name."""
    conditions = (Enrolment.class_id == class_id, in_force(on), Enrolment.open_account)
    return [_student(row) for row in session.execute(_students().where(*conditions).order_by(*IN_ORDER))]


def enrolments(session: Session, viewer: Viewer, class_id: UUID, filters: EnrolmentFilter) -> Listing[StudentRow]:
    """Return one page of the students of a class that the viewer looks after, by name, or raise NotFoundError."""
    found = load_class(session, viewer, class_id)
    return enrolments_in(session, class_id, school_today(session, found.school_id), filters)


def enrolments_in(session: Session, class_id: UUID, today: date, filters: EnrolmentFilter) -> Listing[StudentRow]:
    """Return one page of the students of a class that was loaded for the viewer, by name; two statements.

    Closed accounts are among them; `today` is the date at the school.
    """
    conditions = [Enrolment.class_id == class_id, *_states(filters.state, today)]
    counted = select(func.count()).select_from(Enrolment)
    if filters.q:
        conditions.append(_named(filters.q))
        counted = counted.join(User, User.id == Enrolment.user_id)
    total = session.execute(counted.where(*conditions)).scalar_one()
    page = _students().where(*conditions).order_by(*IN_ORDER).limit(filters.limit).offset(filters.offset)
    rows = [_student(row) for row in session.execute(page)]
    return Listing(rows, total, filters.limit, filters.offset)


def enrolments_of(session: Session, class_id: UUID, user_ids: Sequence[UUID]) -> list[StudentRow]:
    """Return the enrolments of some people in a class that was loaded for the viewer, by name."""
    conditions = (Enrolment.class_id == class_id, Enrolment.user_id.in_(user_ids))
    return [_student(row) for row in session.execute(_students().where(*conditions).order_by(*IN_ORDER))]


def candidates(session: Session, school_id: UUID, class_id: UUID, q: str) -> list[CandidateRow]:
    """Return the first students of a school who match the text and are not in the class."""
    here = select(Enrolment.user_id).where(Enrolment.class_id == class_id)
    conditions = (User.school_id == school_id, User.role == Role.STUDENT, User.active, User.id.not_in(here))
    columns = (User.id, User.first_name, User.last_name, User.email)
    statement = select(*columns).where(*conditions, _named(q)).order_by(*_PEOPLE).limit(CANDIDATES)
    return [CandidateRow(row[0], _full_name(row[1:]), row[3]) for row in session.execute(statement)]


def possible_teachers(session: Session, school_id: UUID) -> list[PersonRow]:
    """Return who can teach a class of the school: its teachers and managers with an active account, by name."""
    columns = (User.id, User.first_name, User.last_name, User.email)
    conditions = (User.school_id == school_id, User.role.in_(MAY_TEACH), User.active)
    statement = select(*columns).where(*conditions).order_by(*_PEOPLE)
    return [PersonRow(row[0], _full_name(row[1:])) for row in session.execute(statement)]


def schools(session: Session) -> list[PersonRow]:
    """Return id and name of every school in use, by name; for admins."""
    statement = select(School.id, School.name).where(School.archived_at.is_(None)).order_by(School.name, School.id)
    return [PersonRow(*row) for row in session.execute(statement)]


def terms_of(session: Session, school_id: UUID) -> list[str]:
    """Return the names of a school's terms, the latest first."""
    return list(session.scalars(select(Term.name).where(Term.school_id == school_id).order_by(Term.starts_on.desc())))


def terms_in_use(session: Session, viewer: Viewer) -> list[str]:
    """Return the terms of the classes that the viewer looks after."""
    name = func.coalesce(Term.name, ClassGroup.term_label)
    statement = select(name).select_from(ClassGroup).outerjoin(Term, Term.id == ClassGroup.term_id)
    return sorted(filter(None, session.scalars(statement.where(looked_after(viewer)).distinct())))


def school_today(session: Session, school_id: UUID) -> date:
    """Return the date at a school."""
    zone = session.execute(select(School.time_zone).where(School.id == school_id)).scalar_one()
    return timezones.local_date(clock.now(), zone)


def _class_rows() -> Select[Any]:
    return (
        select(*_COLUMNS).join(School, School.id == ClassGroup.school_id).outerjoin(Term, Term.id == ClassGroup.term_id)
    )


def _conditions(filters: ClassFilter) -> Iterable[ColumnElement[bool]]:
    yield ClassGroup.archived_at.is_not(None) if filters.archived else ClassGroup.archived_at.is_(None)
    if filters.q:
        yield ClassGroup.search_text.contains(folded(filters.q), autoescape=True)
    if filters.term:
        yield or_(Term.name == filters.term, ClassGroup.term_label == filters.term)
    if filters.school_id:
        yield ClassGroup.school_id == filters.school_id
    if filters.teacher_id:
        teachers = select(ClassTeacher.class_id).where(ClassTeacher.user_id == filters.teacher_id)
        yield ClassGroup.id.in_(teachers)


def _complete(session: Session, found: Sequence[Any]) -> list[ClassRow]:
    """Add teachers and numbers of students to classes."""
    rows = [ClassRow(*row) for row in found]
    if not rows:
        return []
    teachers, counts = _teachers(session, [row.id for row in rows]), _counts(session, rows)
    return [replace(row, teachers=teachers.get(row.id, ()), students=counts.get(row.id, 0)) for row in rows]


def _teachers(session: Session, class_ids: Sequence[UUID]) -> dict[UUID, tuple[PersonRow, ...]]:
    statement = (
        select(ClassTeacher.class_id, User.id, User.first_name, User.last_name, User.email)
        .join(User, User.id == ClassTeacher.user_id)
        .where(ClassTeacher.class_id.in_(class_ids))
        .order_by(ClassTeacher.class_id, *_PEOPLE)
    )
    grouped = groupby(session.execute(statement), key=lambda row: row[0])
    return {class_id: tuple(PersonRow(row[1], _full_name(row[2:])) for row in group) for class_id, group in grouped}


def _counts(session: Session, rows: Sequence[ClassRow]) -> dict[UUID, int]:
    now, dates = clock.now(), dict[Any, list[Any]]()
    for row in rows:
        dates.setdefault(timezones.local_date(now, row.school_zone), []).append(row.id)
    counted = (and_(Enrolment.class_id.in_(class_ids), in_force(day)) for day, class_ids in dates.items())
    statement = select(Enrolment.class_id, func.count()).where(or_(*counted)).group_by(Enrolment.class_id)
    return dict(session.execute(statement).all())


def _students() -> Select[Any]:
    return (
        select(*_STUDENT)
        .select_from(Enrolment)
        .join(User, User.id == Enrolment.user_id)
        .join(School, School.id == Enrolment.school_id)
    )


def _student(row: Any) -> StudentRow:
    return StudentRow(row[0], _full_name(row[1:4]), *row[3:])


def _full_name(parts: Sequence[str]) -> str:
    """Return the name made of a first name, a last name and the address that stands in for both."""
    return f"{parts[0]} {parts[1]}".strip() or parts[2]


def _states(state: EnrolmentState, today: date) -> Iterable[ColumnElement[bool]]:
    if state is EnrolmentState.CURRENT:
        yield in_force(today)
    elif state is EnrolmentState.UPCOMING:
        yield Enrolment.begins_on > today
    elif state is EnrolmentState.ENDED:
        yield Enrolment.ends_on < today


def _named(text: str) -> ColumnElement[bool]:
    """Say that a person's name holds the text, or that their address begins with it.

    Neither database folds the case of every letter by itself, so that letters beyond ASCII are tried as typed and
    with capitals.
    """
    name = User.first_name + " " + User.last_name
    return or_(
        func.lower(name).contains(text.lower(), autoescape=True),
        name.contains(text, autoescape=True),
        name.contains(text.title(), autoescape=True),
        User.email.startswith(text.lower(), autoescape=True),
    )
