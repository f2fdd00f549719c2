"""People, their schools and classes, and how they come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select

from tests.security.samples.base import TERM_DATES, Sample, a_student_of, kept, said_of, school_of
from webapp.accounts.models import ApiToken, LinkPurpose, User, UserSession
from webapp.accounts.recovery.service import make_link
from webapp.accounts.school_sign_in.models import SchoolIdentity, SchoolProvider
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id
from webapp.imports.rosters.models import RosterFormat, RosterImport, RosterRow, RosterStatus
from webapp.rest.models import Holiday, Term
from webapp.schools.models import School


def a_session(session, user, mark):
    ends = datetime.now(UTC) + timedelta(days=1)
    secret = hash_secret(new_secret())
    return kept(session, UserSession(user_id=user.id, token_hash=secret, user_agent=mark, expires_at=ends))


def a_token(session, user, mark):
    name = f"{mark} {new_secret()[:8]}"
    return kept(session, ApiToken(user_id=user.id, name=name, token_hash=hash_secret(new_secret()), scopes="read"))


def a_password_link(session, user, mark):
    return Sample(make_link(session, user, LinkPurpose.RESET).secret)


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


def a_spare_school(session, user, mark):
    """Return a school that nobody of the cast is at, so that it can be put away."""
    slug = new_secret()[:12].lower().replace("_", "x").replace("-", "x")
    return kept(session, School(name=f"{said_of(mark, 'school')} school", slug=slug, time_zone="Europe/Berlin"))


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
