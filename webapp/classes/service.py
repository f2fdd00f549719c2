"""Making, changing and ending classes, and who studies in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, insert, or_, select, update

from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.classes import hooks
from webapp.classes.access import load_class, load_enrolment
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.classes.queries import MAY_TEACH, class_row, enrolments_of, school_today
from webapp.classes.terms import set_term
from webapp.classes.types import ClassChange, EnrolmentInput
from webapp.core import clock
from webapp.core.errors import ConflictError, ForbiddenError, InvalidInputError
from webapp.core.permissions import Role
from webapp.db.base import new_id, table_of
from webapp.db.upsert import upsert
from webapp.rest.models import Term
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.audit.types import DetailValue
    from webapp.classes.types import (
        ClassInput,
        EnrolmentChange,
        EnrolmentForm,
        StudentRow,
        TermMove,
        UnenrolmentInput,
    )
    from webapp.core.permissions import Viewer

NOT_A_TEACHER = "Name teachers or managers of this school."
NOT_A_STUDENT = "Name students of this school."


def create_class(session: Session, viewer: Viewer, given: ClassInput) -> ClassGroup:
    """Make a class; InvalidInputError names what does not belong to its school. A teacher teaches what they make."""
    group = ClassGroup(
        school_id=_school(session, viewer, given.school_id),
        name=given.name,
        starts_on=given.starts_on,
        ends_on=given.ends_on,
        leaderboard_mode=given.leaderboard_mode,
    )
    set_term(session, group, given.term)
    session.add(group)
    session.flush()
    own = [viewer.user_id] if viewer.role is Role.TEACHER else []
    _add_teachers(session, group, {*given.teacher_ids, *own})
    return group


def change_class(session: Session, viewer: Viewer, class_id: UUID, change: ClassChange) -> ClassGroup:
    """Change the fields given. A teacher does not take themselves off here: `leave_class` does."""
    group = load_class(session, viewer, class_id)
    given = change.model_fields_set
    _refuse_other(change, id=group.id, school_id=group.school_id)
    if "students" in given:
        _refuse_other(change, students=class_row(session, viewer, class_id).students)
    for name in given & {"name", "starts_on", "ends_on", "leaderboard_mode"}:
        setattr(group, name, getattr(change, name))
    if group.starts_on and group.ends_on and group.ends_on < group.starts_on:
        raise InvalidInputError.of("ends_on", "The last date must not be before the first.")
    if "term" in given:
        set_term(session, group, change.term)
    if "archived" in given:
        group.archived_at = (group.archived_at or clock.now()) if change.archived else None
    session.flush()
    if "teacher_ids" in given:
        _set_teachers(session, viewer, group, set(change.teacher_ids))
    return group


def leave_class(session: Session, viewer: Viewer, class_id: UUID) -> ClassGroup:
    """Take the viewer off a class; ConflictError where nobody else would teach it. Who does not teach it stays so."""
    group = load_class(session, viewer, class_id)
    session.execute(select(ClassGroup.id).where(ClassGroup.id == group.id).with_for_update())
    teachers = set(session.scalars(select(ClassTeacher.user_id).where(ClassTeacher.class_id == group.id)))
    if viewer.user_id not in teachers:
        return group
    if teachers == {viewer.user_id}:
        raise ConflictError("You are its only teacher. Add another one first, or archive the class.")
    own = (ClassTeacher.class_id == group.id, ClassTeacher.user_id == viewer.user_id)
    session.execute(delete(ClassTeacher).where(*own).execution_options(synchronize_session=False))
    _record(session, viewer, "class.left", group)
    return group


def archive_class(session: Session, viewer: Viewer, class_id: UUID) -> ClassGroup:
    """Take a class out of use; everything of it stays, and it can be restored."""
    return change_class(session, viewer, class_id, ClassChange(archived=True))


def restore_class(session: Session, viewer: Viewer, class_id: UUID) -> ClassGroup:
    """Take an archived class into use again."""
    return change_class(session, viewer, class_id, ClassChange(archived=False))


def move_term(session: Session, viewer: Viewer, given: TermMove) -> int:
    """Take all classes of a term out of use, or into use again; return how many. Everything of them stays."""
    school_id = _school(session, viewer, given.school_id)
    in_use = ClassGroup.archived_at.is_(None)
    here = (ClassGroup.school_id == school_id, in_use if given.archived else ~in_use)
    named = or_(Term.name == given.term, ClassGroup.term_label == given.term)
    meant = select(ClassGroup.id).outerjoin(Term, Term.id == ClassGroup.term_id).where(*here, named)
    moment = clock.now() if given.archived else None
    moved = update(ClassGroup).where(ClassGroup.id.in_(meant)).values(archived_at=moment)
    found = session.scalars(moved.returning(ClassGroup.id).execution_options(synchronize_session=False)).all()
    session.expire_all()
    action = "class.term_archived" if given.archived else "class.term_restored"
    record(session, viewer, action, target=("school", school_id), school_id=school_id, detail={"classes": len(found)})
    return len(found)


def delete_class(session: Session, viewer: Viewer, class_id: UUID) -> bool:
    """Delete a class in which nobody was ever enrolled and nothing was done; archive any other.

    Return whether it is gone for good.
    """
    group = load_class(session, viewer, class_id)
    enrolled = session.scalar(select(exists().where(Enrolment.class_id == group.id)))
    if enrolled or hooks.has_history(session, group.id):
        group.archived_at = group.archived_at or clock.now()
        session.flush()
        return False
    session.delete(group)
    session.flush()
    return True


def enrol(session: Session, viewer: Viewer, class_id: UUID, given: EnrolmentInput) -> list[StudentRow]:
    """Enrol students, and return their enrolments by name.

    Those enrolled already get the dates that are given; those who had left are taken in again. InvalidInputError
    names anyone who is no student of the school; ConflictError when the class is archived.
    """
    group = load_class(session, viewer, class_id)
    if group.archived_at is not None:
        raise ConflictError("This class is archived. Restore it first.")
    user_ids = set(given.user_ids)
    session.execute(select(ClassGroup.id).where(ClassGroup.id == group.id).with_for_update(key_share=True))
    known = _enrolments(session, group, user_ids)
    _refuse_strangers(session, group.school_id, user_ids - {found.user_id for found in known})
    today = school_today(session, group.school_id)
    for found in known:
        _enrol_again(found, given, today)
    session.flush()
    _add_enrolments(session, group, sorted(user_ids - {found.user_id for found in known}), given)
    return enrolments_of(session, group.id, list(user_ids))


def unenrol(session: Session, viewer: Viewer, class_id: UUID, given: UnenrolmentInput) -> int:
    """Take students out of a class: with their last date, or as if they had never been in it; return how many.

    People who are not in the class are passed over. ConflictError when an enrolment to be removed has an outcome.
    """
    group = load_class(session, viewer, class_id)
    found = _enrolments(session, group, set(given.user_ids))
    if found and given.ends_on is None:
        _record(session, viewer, "class.enrolments_removed", group, {"people": [row.user_id.hex for row in found]})
    for enrolment in found:
        if given.ends_on is None:
            _remove(session, enrolment)
        else:
            _set_dates(enrolment, enrolment.begins_on, given.ends_on)
    session.flush()
    return len(found)


def change_enrolments(session: Session, viewer: Viewer, class_id: UUID, change: EnrolmentChange) -> list[StudentRow]:
    """Change the fields given of enrolments in a class, and return those; who is not in the class is passed over."""
    group = load_class(session, viewer, class_id)
    found = _enrolments(session, group, set(change.user_ids))
    given = change.model_fields_set
    for enrolment in found:
        if "outcome" in given:
            enrolment.outcome = change.outcome
        begins_on = change.begins_on if "begins_on" in given else enrolment.begins_on
        _set_dates(enrolment, begins_on, change.ends_on if "ends_on" in given else enrolment.ends_on)
    session.flush()
    fields: dict[str, DetailValue] = {"people": len(found), "fields": sorted(given - {"user_ids"})}
    _record(session, viewer, "class.enrolments_changed", group, fields)
    return enrolments_of(session, group.id, [row.user_id for row in found])


def change_enrolment(session: Session, viewer: Viewer, enrolment_id: UUID, given: EnrolmentForm) -> Enrolment:
    """Set dates and outcome of an enrolment."""
    enrolment = load_enrolment(session, viewer, enrolment_id)
    enrolment.outcome = given.outcome
    _set_dates(enrolment, given.begins_on, given.ends_on)
    session.flush()
    return enrolment


def remove_enrolment(session: Session, viewer: Viewer, enrolment_id: UUID) -> tuple[UUID, EnrolmentInput]:
    """Remove an enrolment; return its class, and with what `enrol` brings it back."""
    enrolment = load_enrolment(session, viewer, enrolment_id)
    dates = {name: getattr(enrolment, name) for name in ("begins_on", "ends_on") if getattr(enrolment, name)}
    way_back = EnrolmentInput(user_ids=[enrolment.user_id], **dates)
    class_id = enrolment.class_id
    detail = {"people": [enrolment.user_id.hex]}
    target = ("class", class_id)
    record(session, viewer, "class.enrolments_removed", target=target, school_id=enrolment.school_id, detail=detail)
    _remove(session, enrolment)
    session.flush()
    return class_id, way_back


def _school(session: Session, viewer: Viewer, wanted: UUID | None) -> UUID:
    if viewer.role is not Role.ADMIN:
        if viewer.school_id is None or wanted not in {None, viewer.school_id}:
            raise InvalidInputError.of("school_id", "This is not your school.")
        return viewer.school_id
    found = session.execute(select(School.id).where(School.id == wanted)).scalar_one_or_none()
    if found is None:
        raise InvalidInputError.of("school_id", "Name one of the schools." if wanted else "Say in which school.")
    return found


def _set_teachers(session: Session, viewer: Viewer, group: ClassGroup, wanted: set[UUID]) -> None:
    if viewer.role is Role.TEACHER and viewer.user_id not in wanted:
        raise InvalidInputError.of("teacher_ids", "You would no longer see this class: leave it instead.")
    present = set(session.scalars(select(ClassTeacher.user_id).where(ClassTeacher.class_id == group.id)))
    gone = (ClassTeacher.class_id == group.id, ClassTeacher.user_id.in_(present - wanted))
    session.execute(delete(ClassTeacher).where(*gone).execution_options(synchronize_session=False))
    _add_teachers(session, group, wanted - present)
    if wanted != present:
        detail = {"added": sorted(map(str, wanted - present)), "removed": sorted(map(str, present - wanted))}
        _record(session, viewer, "class.teachers_changed", group, detail)


def _add_teachers(session: Session, group: ClassGroup, user_ids: set[UUID]) -> None:
    conditions = (User.school_id == group.school_id, User.role.in_(MAY_TEACH), User.active, User.id.in_(user_ids))
    if set(session.scalars(select(User.id).where(*conditions))) != user_ids:
        raise InvalidInputError.of("teacher_ids", NOT_A_TEACHER)
    rows = [{"class_id": group.id, "user_id": key, "school_id": group.school_id} for key in sorted(user_ids)]
    upsert(session, table_of(ClassTeacher), rows, keys=("class_id", "user_id"), update=())


def _enrolments(session: Session, group: ClassGroup, user_ids: set[UUID]) -> Sequence[Enrolment]:
    wanted = (Enrolment.class_id == group.id, Enrolment.user_id.in_(user_ids))
    statement = select(Enrolment).where(*wanted).order_by(Enrolment.id)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def _refuse_strangers(session: Session, school_id: UUID, user_ids: set[UUID]) -> None:
    conditions = (User.school_id == school_id, User.role == Role.STUDENT, User.active, User.id.in_(user_ids))
    if set(session.scalars(select(User.id).where(*conditions))) != user_ids:
        raise InvalidInputError.of("user_ids", NOT_A_STUDENT)


def _add_enrolments(session: Session, group: ClassGroup, user_ids: Sequence[UUID], given: EnrolmentInput) -> None:
    same = {"school_id": group.school_id, "class_id": group.id, "created_at": clock.now()}
    dates = {"begins_on": given.begins_on, "ends_on": given.ends_on}
    if user_ids:
        session.execute(insert(Enrolment), [{"id": new_id(), "user_id": key, **same, **dates} for key in user_ids])


def _enrol_again(enrolment: Enrolment, given: EnrolmentInput, today: date) -> None:
    left = enrolment.ends_on is not None and enrolment.ends_on < today
    begins_on = given.begins_on if "begins_on" in given.model_fields_set else enrolment.begins_on
    ends_on = given.ends_on if "ends_on" in given.model_fields_set or left else enrolment.ends_on
    _set_dates(enrolment, begins_on, ends_on)


def _set_dates(enrolment: Enrolment, begins_on: date | None, ends_on: date | None) -> None:
    if begins_on and ends_on and ends_on < begins_on:
        raise InvalidInputError.of("ends_on", "The last date must not be before the first.")
    enrolment.begins_on, enrolment.ends_on = begins_on, ends_on


def _remove(session: Session, enrolment: Enrolment) -> None:
    if enrolment.outcome is not None:
        raise ConflictError(
            "An enrolment with an outcome is kept. Give it a last date, or take the outcome back first."
        )
    session.delete(enrolment)


def _refuse_other(change: ClassChange, **present: object) -> None:
    """Raise ForbiddenError when the change holds another value than the present one for any of the fields."""
    for name, value in present.items():
        if name in change.model_fields_set and getattr(change, name) != value:
            raise ForbiddenError(f"“{name}” cannot be changed in this way.")


def _record(
    session: Session, viewer: Viewer, action: str, group: ClassGroup, detail: Mapping[str, DetailValue] | None = None
) -> None:
    record(session, viewer, action, target=("class", group.id), school_id=group.school_id, detail=detail)
