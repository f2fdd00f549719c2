"""Looking at classes again, changing what a school looks for, and writing to students."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exists, func, insert, select

from webapp.at_risk import queries
from webapp.at_risk.models import RiskClass, RiskRules, RiskScore, StudentMessage
from webapp.at_risk.signals import scope_of
from webapp.at_risk.types import MOST_A_DAY
from webapp.audit.service import record
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core import clock
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.mail.service import queue_mail
from webapp.mail.types import is_address
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.at_risk.types import MessageForm, RecipientRow, RiskCounts, RiskRow, RulesForm
    from webapp.core.permissions import Viewer
    from webapp.mail.types import Mail

    # Begins a transaction that ends with the block.
    Transaction = Callable[[], AbstractContextManager[Session]]
    # Makes the mail to one student of what was written; the key names the occasion.
    Writer = Callable[[RecipientRow, str], Mail]

A_DAY: Final = timedelta(days=1)


# ---------------------------------------------------------------- looking again


def classes_to_look_at(session: Session, school_id: UUID | None = None) -> list[UUID]:
    """Return the classes in use in which anybody is enrolled: of one school, or of all."""
    has_students = exists().where(Enrolment.class_id == ClassGroup.id)
    statement = select(ClassGroup.id).where(ClassGroup.archived_at.is_(None), has_students).order_by(ClassGroup.id)
    return list(session.scalars(statement if school_id is None else statement.where(ClassGroup.school_id == school_id)))


def refresh_class(reading: Transaction, writing: Transaction, class_id: UUID) -> int:
    """Look at all students of a class as of now, and keep what was found; return how many are at risk.

    It reads before it writes, so that on SQLite others need not wait while it counts. Run twice, or beside another,
    it leaves what the last to write has found.
    """
    now = clock.now()
    with reading() as session:
        school_id = session.scalar(select(ClassGroup.school_id).where(ClassGroup.id == class_id))
        if school_id is None:
            return 0
        found, rows = queries.by_class(session, scope_of(session, school_id, [class_id], now))[class_id]
    with writing() as session:
        if session.get(ClassGroup, class_id) is None:
            return 0
        _keep(session, school_id, class_id, found, rows, now)
    return found.at_risk


def _keep(
    session: Session, school_id: UUID, class_id: UUID, found: RiskCounts, rows: list[RiskRow], now: datetime
) -> None:
    counts = {**asdict(found), "as_of": now}
    whose = {"class_id": class_id, "school_id": school_id}
    # First, for its lock: who comes at the same time waits here.
    upsert(session, table_of(RiskClass), [whose | counts], keys=["class_id"], update=list(counts))
    session.execute(delete(RiskScore).where(RiskScore.class_id == class_id).execution_options(**_PLAIN))
    if rows:
        session.execute(insert(table_of(RiskScore)), [whose | _score(row) for row in rows])


def _score(row: RiskRow) -> dict[str, Any]:
    verdict = row.verdict
    return {
        "user_id": row.user_id,
        "score": verdict.score,
        "level": verdict.level,
        "reasons": queries.written(verdict),
    }


# ---------------------------------------------------------------- rules


def change_rules(session: Session, viewer: Viewer, school_id: UUID, given: RulesForm) -> None:
    """Set from which figures on a school looks at a student; NotFoundError unless the viewer runs the school."""
    school = session.get(School, school_id)
    runs = viewer.role is Role.ADMIN or (viewer.role is Role.MANAGER and viewer.school_id == school_id)
    if school is None or not runs:
        raise NotFoundError
    values = given.model_dump()
    row = {"school_id": school_id, "changed_at": clock.now(), **values}
    upsert(session, table_of(RiskRules), [row], keys=["school_id"], update=["changed_at", *values])
    said = {name: value for name, value in values.items() if value is not None}
    record(session, viewer, "risk_rules.changed", target=("school", school_id), school_id=school_id, detail=said)


# ---------------------------------------------------------------- writing to students


def send_message(session: Session, viewer: Viewer, given: MessageForm, write: Writer) -> int:
    """Queue a mail to each of some students in the viewer's classes; return how many, 0 where it was sent before.

    Raises NotFoundError for anybody else, InvalidInputError when it would be more than a day allows.
    """
    now = clock.now()
    people = queries.recipients(session, viewer, given.user_ids, now)
    if session.get(StudentMessage, given.id) is not None:
        return 0
    refused = [person.name for person in people if not is_address(person.email)]
    if refused:
        raise InvalidInputError.of("user_ids", f"No mail can be sent to {', '.join(refused)}: leave them out.")
    _refuse_too_many(session, viewer, len(people), now)
    school_id = people[0].school_id
    session.add(StudentMessage(id=given.id, school_id=school_id, sender_id=viewer.user_id, recipients=len(people)))
    session.flush()
    queued = sum(queue_mail(session, write(person, f"student-message:{given.id}:{person.id}")) for person in people)
    detail: dict[str, Any] = {"recipients": [person.id for person in people]}
    record(session, viewer, "message.sent", target=("message", given.id), school_id=school_id, detail=detail)
    return queued


def _refuse_too_many(session: Session, viewer: Viewer, more: int, now: datetime) -> None:
    sent = select(func.coalesce(func.sum(StudentMessage.recipients), 0)).where(
        StudentMessage.sender_id == viewer.user_id, StudentMessage.created_at > now - A_DAY
    )
    left = MOST_A_DAY - session.execute(sent).scalar_one()
    if more > left:
        words = (
            f"You can write to {MOST_A_DAY} students within 24 hours; {left} are left."
            if left > 0
            else (f"You have written to {MOST_A_DAY} students within 24 hours. Send this tomorrow.")
        )
        raise InvalidInputError.of("user_ids", words)


_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}
