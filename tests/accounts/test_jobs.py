from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from webapp.accounts.jobs import expire_sessions
from webapp.accounts.models import ApiToken, IdempotencyKey, SignInFailure, UserSession

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


def days(count):
    return NOW - timedelta(days=count)


def test_what_is_long_past_goes_and_the_rest_stays(cast, session, clock_at):
    clock_at(NOW)
    mine = {"user_id": cast.student.id}
    sessions = {
        "live": {"expires_at": days(-3), "last_seen_at": days(0)},
        "ended lately": {"expires_at": days(29), "last_seen_at": days(30)},
        "ended long ago": {"expires_at": days(31), "last_seen_at": days(32)},
        "revoked long ago": {"expires_at": days(25), "last_seen_at": days(32), "revoked_at": days(31)},
        "idle long ago": {"expires_at": days(24), "last_seen_at": days(34)},
    }
    for number, (agent, fields) in enumerate(sessions.items()):
        session.add(UserSession(**mine, token_hash=bytes([number]) * 32, user_agent=agent, **fields))
    tokens = {
        "endless": {},
        "ended lately": {"expires_at": days(89)},
        "ended long ago": {"expires_at": days(91)},
        "revoked long ago": {"revoked_at": days(91)},
    }
    for number, (name, fields) in enumerate(tokens.items()):
        session.add(ApiToken(**mine, token_hash=bytes([number]) * 32, name=name, scopes="read", **fields))
    for minutes in (30, 90):
        failed_at = NOW - timedelta(minutes=minutes)
        session.add(SignInFailure(account_hash=bytes(32), address=str(minutes), failed_at=failed_at))
    for hours in (1, 25):
        created_at = NOW - timedelta(hours=hours)
        session.add(
            IdempotencyKey(**mine, key=str(hours), request_hash=bytes(32), status=200, body="", created_at=created_at)
        )
    session.commit()
    assert expire_sessions(session) == 7
    session.commit()
    assert set(session.scalars(select(UserSession.user_agent))) == {"live", "ended lately"}
    assert set(session.scalars(select(ApiToken.name))) == {"endless", "ended lately"}
    assert session.scalars(select(SignInFailure.address)).all() == ["30"]
    assert session.scalars(select(IdempotencyKey.key)).all() == ["1"]
    assert expire_sessions(session) == 0
