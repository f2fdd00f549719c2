"""What people say about leaderboards: under which name they stand there, and whether."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.core.errors import InvalidInputError
from webapp.core.text import folded
from webapp.leaderboard.access import load_student
from webapp.rollups.marks import touch
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.leaderboard.types import ChoiceInput

LONGEST_KEY: Final = 90
TAKEN: Final = "Somebody at your school has this nickname already."


def choose(session: Session, user_id: UUID, given: ChoiceInput) -> User:
    """Set those of the fields that are given; leaderboards show it from the end of the transaction on.

    InvalidInputError names `nickname` when somebody of the school has it.
    """
    person = _load(session, user_id)
    if "nickname" in given.model_fields_set:
        _set_nickname(session, person, given.nickname)
    if "on_leaderboard" in given.model_fields_set:
        person.on_leaderboard = given.on_leaderboard
    session.flush()
    touch(session, user_id)
    return person


def reset_nickname(session: Session, viewer: Viewer, user_id: UUID) -> User:
    """Take the nickname of a student away whom the viewer looks after; the full name stands instead."""
    student = load_student(session, viewer, user_id)
    if student.nickname is not None:
        student.nickname = student.nickname_key = None
        session.flush()
        touch(session, user_id)
        record(session, viewer, "nickname.reset", target=("user", user_id), school_id=student.school_id)
    return student


def _load(session: Session, user_id: UUID) -> User:
    statement = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return session.execute(statement.execution_options(populate_existing=True)).scalar_one()


def _set_nickname(session: Session, person: User, nickname: str | None) -> None:
    key = folded(nickname)[:LONGEST_KEY] if nickname else None
    if key and person.school_id:
        # Whoever else takes a nickname at this school waits, so that the search finds theirs.
        session.execute(select(School.id).where(School.id == person.school_id).with_for_update(key_share=True))
        others = (User.school_id == person.school_id, User.nickname_key == key, User.id != person.id)
        if session.execute(select(User.id).where(*others)).first():
            raise InvalidInputError.of("nickname", TAKEN)
    person.nickname, person.nickname_key = nickname, key
