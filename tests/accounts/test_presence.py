from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import create_engine, select

from webapp.accounts import presence as module
from webapp.accounts.models import ApiToken, UserSession
from webapp.accounts.presence import Presence

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def kept_session(session, cast, seen):
    made = UserSession(
        user_id=cast.student.id, token_hash=b"s" * 32, last_seen_at=seen, expires_at=seen + timedelta(days=14)
    )
    session.add(made)
    session.commit()
    return made


def test_what_was_seen_is_written_at_the_flush(cast, session, engine, clock_at):
    found = kept_session(session, cast, NOON - timedelta(hours=1))
    token = ApiToken(user_id=cast.student.id, name="x", token_hash=b"t" * 32, scopes="read")
    session.add(token)
    session.commit()
    clock_at(NOON)
    presence = Presence(engine, writes_itself=False)
    presence.note(session_id=found.id, token_id=None)
    presence.note(session_id=None, token_id=token.id)
    presence.flush()
    session.expire_all()
    assert (found.last_seen_at, token.last_used_at) == (NOON, NOON)


def test_a_slower_process_never_sets_the_clock_back(cast, session, engine, clock_at):
    found = kept_session(session, cast, NOON)
    clock_at(NOON - timedelta(minutes=5))
    presence = Presence(engine, writes_itself=False)
    presence.note(session_id=found.id, token_id=None)
    presence.flush()
    session.expire_all()
    assert found.last_seen_at == NOON


def test_a_vanished_session_does_no_harm(app, engine):
    presence = Presence(engine, writes_itself=False)
    presence.note(session_id=uuid4(), token_id=None)
    presence.flush()


def test_nothing_is_lost_while_the_database_is_away(cast, session, engine, clock_at, tmp_path):
    found = kept_session(session, cast, NOON - timedelta(hours=1))
    clock_at(NOON)
    presence = Presence(create_engine(f"sqlite:///{tmp_path}/no/such/folder.db"), writes_itself=False)
    presence.note(session_id=found.id, token_id=None)
    presence.flush()
    presence._engine = engine
    presence.flush()
    session.expire_all()
    assert found.last_seen_at == NOON


def test_the_thread_starts_with_the_first_request_and_writes(cast, session, engine, monkeypatch):
    found = kept_session(session, cast, datetime.now(UTC) - timedelta(hours=1))
    before = found.last_seen_at
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.02)
    presence = Presence(engine, writes_itself=True)
    assert presence._thread is None
    presence.note(session_id=found.id, token_id=None)
    assert presence._thread.daemon
    for _ in range(250):
        session.expire_all()
        seen = session.scalars(select(UserSession.last_seen_at)).one()
        session.rollback()
        if seen > before:
            break
        presence._thread.join(0.02)
    assert seen > before
    presence.stop()
