"""Writing a school's people, classes and enrolments as OneRoster 1.1 or 1.2, in one pass and little memory.

Ids are our own, under a source of our own, so that reading the file back changes nothing.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core.permissions import Role
from webapp.core.tables import Column, csv_lines
from webapp.imports.rosters.planning.frame import own_source
from webapp.rest.models import Term
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

AT_ONCE: Final = 5_000
ROLES: Final = {
    "1.1": {Role.MANAGER: "administrator", Role.TEACHER: "teacher", Role.STUDENT: "student"},
    "1.2": {Role.MANAGER: "siteAdministrator", Role.TEACHER: "teacher", Role.STUDENT: "student"},
}
_NOTHING: Final = ("status", "dateLastModified")


@dataclass(frozen=True)
class _File:
    name: str
    columns: Sequence[Column[Any]]
    rows: Iterator[Any]


class _Pipe(io.RawIOBase):
    """Takes what the zip writes and gives it away piece by piece; it cannot be wound back."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found


def zip_pieces(session: Session, school_id: UUID, version: str) -> Iterator[bytes]:
    """Yield a OneRoster zip; the session must stay open, and should be of one instant."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in _files(session, school_id, version):
            with archive.open(f"{file.name}.csv", "w") as entry:
                for piece in csv_lines(file.columns, file.rows, bom=False):
                    entry.write(piece)
                    yield pipe.taken()
    yield pipe.taken()


def _files(session: Session, school_id: UUID, version: str) -> Iterator[_File]:
    school = session.execute(select(School).where(School.id == school_id)).scalar_one()
    bulk = ["academicSessions", "classes", "courses", "enrollments", "orgs", "users"]
    bulk += ["roles"] if version == "1.2" else []
    yield _manifest(version, own_source(school_id), bulk)
    yield _File("orgs", _columns("sourcedId", *_NOTHING, "name", "type", "identifier"), iter([_org(school)]))
    yield _File("academicSessions", _columns(*_SESSION), _sessions(session, school_id))
    yield _File("courses", _columns("sourcedId", *_NOTHING, "title", "orgSourcedId"), _courses(session, school_id))
    yield _File("classes", _columns(*_CLASS), _classes(session, school_id))
    yield _File("users", _columns(*(_USER if version == "1.1" else _USER_12)), _users(session, school_id, version))
    if version == "1.2":
        yield _File("roles", _columns(*_ROLE), _roles(session, school_id))
    yield _File("enrollments", _columns(*_ENROLMENT), _enrolments(session, school_id))


_SESSION = ("sourcedId", *_NOTHING, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear")
_CLASS = (
    *("sourcedId", *_NOTHING, "title", "grades", "courseSourcedId", "classCode", "classType", "location"),
    *("schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods"),
)
_REST = ("username", "userIds", "givenName", "familyName", "middleName", "identifier", "email", "sms", "phone")
_USER = (
    *("sourcedId", *_NOTHING, "enabledUser", "orgSourcedIds", "role", *_REST),
    *("agentSourcedIds", "grades", "password"),
)
_USER_12 = ("sourcedId", *_NOTHING, "enabledUser", *_REST, "agentSourcedIds", "grades", "primaryOrgSourcedId")
_ROLE = ("sourcedId", *_NOTHING, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId")
_ENROLMENT = (
    *("sourcedId", *_NOTHING, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary"),
    *("beginDate", "endDate"),
)


def _columns(*names: str) -> list[Column[Any]]:
    return [Column(name, name, lambda row, name=name: row.get(name, "")) for name in names]  # type: ignore[misc]


def _manifest(version: str, source: str, bulk: list[str]) -> _File:
    said = {"manifest.version": "1.0", "oneroster.version": version}
    said |= {f"file.{name}": "bulk" for name in bulk}
    said |= {"source.systemName": "Milepost", "source.systemCode": source}
    rows = ({"propertyName": name, "value": value} for name, value in said.items())
    return _File("manifest", _columns("propertyName", "value"), rows)


def _org(school: School) -> dict[str, Any]:
    return {"sourcedId": school.id, "name": school.name, "type": "school", "identifier": school.slug}


def _pages(session: Session, model: Any, school_id: UUID, *, most: Any = None) -> Iterator[Any]:
    """Yield a school's rows of a table in the order of their ids, some thousand at a time."""
    last: Any = None
    while True:
        page = select(model).where(model.school_id == school_id).order_by(model.id).limit(AT_ONCE)
        page = page.where(model.id > last) if last is not None else page
        found = session.scalars(page if most is None else page.where(most)).all()
        if not found:
            return
        yield from found
        last = found[-1].id
        session.expunge_all()


def _sessions(session: Session, school_id: UUID) -> Iterator[dict[str, Any]]:
    for term in _pages(session, Term, school_id):
        dates = {"startDate": term.starts_on, "endDate": term.ends_on, "schoolYear": term.ends_on.year}
        yield {"sourcedId": term.id, "title": term.name, "type": "term", **dates}


def _courses(session: Session, school_id: UUID) -> Iterator[dict[str, Any]]:
    """Yield a course for each class: OneRoster wants one, and ours are something else."""
    for group in _pages(session, ClassGroup, school_id, most=ClassGroup.archived_at.is_(None)):
        yield {"sourcedId": _course_key(group.id), "title": group.name, "orgSourcedId": school_id}


def _course_key(class_id: UUID) -> UUID:
    return uuid5(class_id, "course")


def _classes(session: Session, school_id: UUID) -> Iterator[dict[str, Any]]:
    for group in _pages(session, ClassGroup, school_id, most=ClassGroup.archived_at.is_(None)):
        where = {
            "schoolSourcedId": school_id,
            "termSourcedIds": group.term_id,
            "courseSourcedId": _course_key(group.id),
        }
        yield {"sourcedId": group.id, "title": group.name, "classType": "scheduled", **where}


def _users(session: Session, school_id: UUID, version: str) -> Iterator[dict[str, Any]]:
    for person in _pages(session, User, school_id, most=User.role != Role.ADMIN):
        yield {
            "sourcedId": person.id,
            "enabledUser": person.active,
            "orgSourcedIds": school_id,
            "primaryOrgSourcedId": school_id,
            "role": ROLES[version][person.role],
            "username": person.username or person.email,
            "givenName": person.first_name,
            "familyName": person.last_name,
            "email": person.email,
        }


def _roles(session: Session, school_id: UUID) -> Iterator[dict[str, Any]]:
    for person in _pages(session, User, school_id, most=User.role != Role.ADMIN):
        said = {"roleType": "primary", "role": ROLES["1.2"][person.role], "orgSourcedId": school_id}
        yield {"sourcedId": uuid5(person.id, "role"), "userSourcedId": person.id, **said}


def _enrolments(session: Session, school_id: UUID) -> Iterator[dict[str, Any]]:
    in_use = ClassGroup.archived_at.is_(None)
    classes = select(ClassGroup.id).where(ClassGroup.school_id == school_id, in_use)
    for row in _pages(session, Enrolment, school_id, most=Enrolment.class_id.in_(classes)):
        who = {"classSourcedId": row.class_id, "schoolSourcedId": school_id, "userSourcedId": row.user_id}
        yield {"sourcedId": row.id, **who, "role": "student", "beginDate": row.begins_on, "endDate": row.ends_on}
    taught = select(ClassTeacher).where(ClassTeacher.school_id == school_id, ClassTeacher.class_id.in_(classes))
    for row in session.scalars(taught.order_by(ClassTeacher.class_id, ClassTeacher.user_id)):
        who = {"classSourcedId": row.class_id, "schoolSourcedId": school_id, "userSourcedId": row.user_id}
        yield {"sourcedId": uuid5(row.class_id, str(row.user_id)), **who, "role": "teacher", "primary": "false"}
