"""What one person sees: what is held of them, their requests, consents, and who read about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select

from webapp.accounts.models import User
from webapp.classes.models import ClassTeacher, Enrolment
from webapp.compliance.access import administered, may_act_for
from webapp.compliance.models import Consent, DataRequest, Disclosure, ErasureCertificate, Purpose, RequestStatus
from webapp.compliance.service.personal import parts_of
from webapp.compliance.types import PENDING, ConsentRow, DisclosureRow, HeldRow, RequestRow
from webapp.core import clock
from webapp.core.errors import NotFoundError
from webapp.core.paging import Listing, Page
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

_COLUMNS: Final[tuple[Any, ...]] = (
    *(DataRequest.id, DataRequest.kind, DataRequest.status, DataRequest.by_staff, DataRequest.asked_at),
    *(DataRequest.due_at, DataRequest.runs_at, DataRequest.finished_at, DataRequest.percent),
    *(DataRequest.size_bytes, DataRequest.problem, DataRequest.expires_at),
)
_WIDTH: Final = len(_COLUMNS)
_READING: Final[tuple[Any, ...]] = (
    *(Disclosure.kind, Disclosure.read_on, Disclosure.times, Disclosure.viewer_role),
    *(Disclosure.user_id.is_(None) & Disclosure.class_id.is_(None), Disclosure.narrowed),
)
MOST_REQUESTS: Final = 50


def held(session: Session, viewer: Viewer) -> list[HeldRow]:
    """Return what is held of the viewer, table by table, with why and for how long; empty tables are left out."""
    parts = parts_of(session, viewer.user_id, viewer.email)
    rows = [(part.table.name, part.rule.why, part.rule.kept, part.rows, part.rule.erasing.value) for part in parts]
    return sorted((HeldRow(*row) for row in rows), key=lambda row: row.name)


def requests(session: Session, viewer: Viewer) -> list[RequestRow]:
    """Return the viewer's newest requests."""
    mine = select(*_COLUMNS).where(DataRequest.user_id == viewer.user_id)
    rows = session.execute(mine.order_by(DataRequest.asked_at.desc(), DataRequest.id.desc()).limit(MOST_REQUESTS))
    return [RequestRow(*row) for row in rows]


def consents(session: Session, viewer: Viewer) -> list[ConsentRow]:
    """Return how the viewer stands to each purpose."""
    mine = select(Consent.purpose, Consent.given_at, Consent.recorded_by)
    standing = mine.where(Consent.user_id == viewer.user_id, Consent.withdrawn_at.is_(None))
    found = {purpose: (given_at, by is not None) for purpose, given_at, by in session.execute(standing)}
    return [ConsentRow(purpose, *found.get(purpose, (None, False))) for purpose in Purpose]


def disclosures(session: Session, viewer: Viewer, page: Page) -> Listing[DisclosureRow]:
    """Return who read about the viewer, newest first, by role: who reads a record acts for the school."""
    return _readings(session, select(*_READING), about(viewer.user_id), page)


def disclosures_of(session: Session, user_id: UUID, page: Page) -> Listing[DisclosureRow]:
    """Return who read about a pupil, newest first, with names; the caller has checked that they may know."""
    named = select(*_READING, User.first_name, User.last_name, User.email)
    joined = named.join(User, User.id == Disclosure.viewer_id, isouter=True)
    return _readings(session, joined, about(user_id), page)


def about(user_id: UUID) -> ColumnElement[bool]:
    """Return the condition for readings of a pupil's own record, and of lists on which they may have stood.

    These are lists of classes on the days they were enrolled, and of people of their school: those that teachers read
    show pupils of their own classes alone.
    """
    enrolled = (
        select(Enrolment.class_id)
        .where(
            Enrolment.user_id == user_id,
            Enrolment.class_id == Disclosure.class_id,
            or_(Enrolment.begins_on.is_(None), Enrolment.begins_on <= Disclosure.read_on),
            or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= Disclosure.read_on),
        )
        .correlate(Disclosure)
    )
    classes = select(Enrolment.class_id).where(Enrolment.user_id == user_id)
    is_list = Disclosure.user_id.is_(None) & Disclosure.class_id.is_(None)
    own_school = select(User.school_id).where(User.id == user_id).scalar_subquery()
    here = or_(Disclosure.school_id == own_school, Disclosure.school_id.is_(None))
    taught = (
        select(ClassTeacher.class_id)
        .join(Enrolment, Enrolment.class_id == ClassTeacher.class_id)
        .where(ClassTeacher.user_id == Disclosure.viewer_id, Enrolment.user_id == user_id)
        .correlate(Disclosure)
    )
    of_teacher = Disclosure.viewer_role == Role.TEACHER.value
    return or_(
        Disclosure.user_id == user_id,
        Disclosure.class_id.in_(classes) & enrolled.exists(),
        is_list & here & (~of_teacher | taught.exists()),
    )


def ready_file(session: Session, viewer: Viewer, request_id: UUID) -> tuple[str, UUID | None]:
    """Return the name of a finished export's file and whom it is about; for them, or the staff who asked for it."""
    theirs = or_(DataRequest.user_id == viewer.user_id, (DataRequest.asked_by == viewer.user_id) & administered(viewer))
    ready = (DataRequest.status == RequestStatus.READY, DataRequest.expires_at > clock.now())
    found = select(DataRequest.file_name, DataRequest.user_id).where(DataRequest.id == request_id, theirs, *ready)
    row = session.execute(found).one_or_none()
    if row is None or row.file_name is None:
        raise NotFoundError("The file is gone, or not yours. Ask for a new export.")
    return row.file_name, row.user_id


def certificate(session: Session, certificate_id: UUID) -> ErasureCertificate:
    """Return a certificate to whoever knows its number, or raise NotFoundError; it names nobody."""
    found = session.get(ErasureCertificate, certificate_id)
    if found is None:
        raise NotFoundError
    return found


def handled(session: Session, viewer: Viewer, page: Page, *, only_open: bool) -> Listing[RequestRow]:
    """Return the requests that the viewer handles, the newest first."""
    named = select(*_COLUMNS, User.first_name, User.last_name, User.email)
    wanted: list[Any] = [administered(viewer)]
    if only_open:
        wanted.append(DataRequest.status.in_(PENDING))
    joined = named.join(User, User.id == DataRequest.user_id, isouter=True).where(*wanted)
    ordered = joined.order_by(DataRequest.asked_at.desc(), DataRequest.id.desc())
    found = session.execute(ordered.limit(page.limit).offset(page.offset))
    rows = [RequestRow(*(*row[:_WIDTH], _name(row[_WIDTH:]), row[_WIDTH + 2])) for row in found]
    total = session.scalar(select(func.count()).select_from(DataRequest).where(*wanted)) or 0
    return Listing(rows, total, page.limit, page.offset)


def subject(session: Session, viewer: Viewer, user_id: UUID) -> User:
    """Return somebody whom the viewer administers, or raise NotFoundError."""
    found = session.get(User, user_id)
    if found is None or not may_act_for(viewer, found):
        raise NotFoundError
    return found


def _name(person: Sequence[Any]) -> str | None:
    first, last, email = person
    full: str | None = f"{first or ''} {last or ''}".strip() or email
    return full


def _readings(session: Session, statement: Any, whose: ColumnElement[bool], page: Page) -> Listing[DisclosureRow]:
    ordered = statement.where(whose).order_by(Disclosure.read_on.desc(), Disclosure.last_at.desc(), Disclosure.key)
    found = session.execute(ordered.limit(page.limit).offset(page.offset))
    width = len(_READING)
    rows = [DisclosureRow(*(*row[:width], _name(row[width:]) if row[width:] else None)) for row in found]
    total = session.scalar(select(func.count()).select_from(Disclosure).where(whose)) or 0
    return Listing(rows, total, page.limit, page.offset)
