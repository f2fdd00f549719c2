"""The audit log grows only, and every entry is bound to the one before it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from webapp.audit import queries
from webapp.audit.models import AuditChain, AuditEntry
from webapp.audit.service import record
from webapp.audit.types import Break, Target
from webapp.core.origin import set_origin

WRITERS, EACH = 8, 6
# What somebody would do who wants to get around the guards; the tests undo it with their transaction.
GUARDS = {
    "sqlite": "DROP TRIGGER audit_entries_no_update",
    "postgresql": "ALTER TABLE audit_entries DISABLE TRIGGER USER",
}


def ours(cast):
    return cast.manager.viewer.school_id


def entries(session: Session, school_id) -> list[AuditEntry]:
    mine = select(AuditEntry).where(AuditEntry.chain_id == school_id).order_by(AuditEntry.place)
    return list(session.scalars(mine.execution_options(populate_existing=True)))


def breaks(session: Session) -> list[Break]:
    return [found for found in queries.verify(session) if isinstance(found, Break)]


def test_an_entry_says_who_did_what_to_whom_from_where(session, cast):
    set_origin("203.0.113.77")
    target = Target("user", cast.student.viewer.user_id)
    record(session, cast.manager.viewer, "user.deactivated", target=target, detail={"n": 1})
    session.commit()
    set_origin("")
    [entry] = entries(session, ours(cast))
    assert (entry.actor_id, entry.actor_role, entry.as_user_id) == (cast.manager.viewer.user_id, "manager", None)
    assert (entry.action, entry.target_kind, entry.target_id) == ("user.deactivated", *target)
    assert (entry.address, entry.detail, entry.place) == ("203.0.113.0/24", {"n": 1}, 1)


def test_what_is_undone_leaves_no_entry(session, cast):
    record(session, cast.manager.viewer, "a.first")
    session.rollback()
    record(session, cast.manager.viewer, "a.kept")
    with session.begin_nested():
        record(session, cast.manager.viewer, "a.nested")
    inner = session.begin_nested()
    record(session, cast.manager.viewer, "a.undone")
    inner.rollback()
    session.commit()
    record(session, cast.manager.viewer, "a.never_committed")
    session.close()
    session.commit()
    assert [entry.action for entry in entries(session, ours(cast))] == ["a.kept", "a.nested"]


@pytest.mark.parametrize("value", ["Ada Lovelace", "ada@school.test", "x" * 101, ["fine", "not fine"]])
def test_words_about_people_are_refused(session, cast, value):
    with pytest.raises(ValueError, match="A detail"):
        record(session, cast.manager.viewer, "user.changed", detail={"field": value})


def test_many_at_once_make_one_chain_without_a_gap(engine, cast):
    def write(number: int) -> None:
        for _ in range(EACH):
            with Session(engine) as session:
                for school in (cast.school, cast.other_school)[:: 1 if number % 2 else -1]:
                    record(session, cast.manager.viewer, "test.written", school_id=school.id, detail={"n": number})
                session.commit()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with Session(engine) as session:
        for school in (cast.school, cast.other_school):
            assert [entry.place for entry in entries(session, school.id)] == list(range(1, WRITERS * EACH + 1))
        assert breaks(session) == []


def test_the_database_refuses_to_change_an_entry(session, cast):
    record(session, cast.manager.viewer, "a.done")
    session.commit()
    mine = AuditEntry.chain_id == ours(cast)
    for change in (update(AuditEntry).where(mine).values(action="b.done"), delete(AuditEntry).where(mine)):
        with pytest.raises(DatabaseError, match="never changed"):
            session.execute(change)
        session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        with pytest.raises(DatabaseError, match="never changed"):
            session.execute(text("TRUNCATE audit_entries"))
        session.rollback()
    assert [entry.action for entry in entries(session, ours(cast))] == ["a.done"]


@pytest.mark.parametrize(
    ("what", "place"),
    [
        (update(AuditEntry).where(AuditEntry.place == 2).values(action="b.done"), 2),
        (update(AuditEntry).where(AuditEntry.place == 3).values(actor_id=uuid4()), 3),
        (update(AuditEntry).where(AuditEntry.place == 3).values(place=4), 3),
        (update(AuditChain).values(length=2), 4),
    ],
)
def test_whoever_gets_around_that_is_found_out(app, session, cast, what, place):
    for _ in range(3):
        record(session, cast.manager.viewer, "a.done")
    session.commit()
    session.execute(text(GUARDS[session.get_bind().dialect.name]))
    session.execute(what.where((AuditChain if "chains" in str(what) else AuditEntry).chain_id == ours(cast)))
    assert [(found.chain_id, found.place) for found in breaks(session)] == [(ours(cast), place)]
    session.rollback()
    assert breaks(session) == []
    session.commit()
    answer = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert answer.exit_code == 0
    assert "each as it was written" in answer.output


def test_the_command_fails_on_a_broken_chain(app, session, cast):
    record(session, cast.manager.viewer, "a.done")
    session.commit()
    mine = update(AuditChain).where(AuditChain.chain_id == ours(cast))
    session.execute(mine.values(length=2))
    session.commit()
    answer = app.test_cli_runner().invoke(args=["audit", "verify"])
    session.execute(mine.values(length=1))
    session.commit()
    assert answer.exit_code == 1
    assert f"Chain {ours(cast)} breaks at entry 2" in answer.output
