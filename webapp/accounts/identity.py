"""Finding the viewer behind a session or a token, in one statement; every signed-in request pays for this."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select

from webapp.accounts.models import ApiToken, User, UserSession
from webapp.core import clock
from webapp.core.permissions import Role, Viewer
from webapp.db.base import table_of
from webapp.db.prepared import Prepared
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy import Connection, Row, Select
    from sqlalchemy.orm import Session

IDLE_LIFETIME = timedelta(days=3)
ABSOLUTE_LIFETIME = timedelta(days=14)
DEFAULT_ZONE = "UTC"

_users = table_of(User)
_schools = table_of(School)
_sessions = table_of(UserSession)
_tokens = table_of(ApiToken)

# Columns are named once, and the statements are made once: building them for each request would cost more
# than the database takes to answer.
_PERSON = (
    _users.c.id,
    _users.c.role,
    _users.c.school_id,
    _users.c.time_zone,
    _users.c.stats_version,
    _users.c.first_name,
    _users.c.last_name,
    _users.c.email,
    _users.c.theme,
    _users.c.shortcuts_enabled,
    _users.c.is_demo,
    _schools.c.time_zone.label("school_zone"),
    _schools.c.week_start,
    _schools.c.name.label("school_name"),
    _schools.c.settings_version,
)


def _person_behind(*secret_columns: Any) -> Select[Any]:
    return (
        select(*_PERSON, *secret_columns)
        .join_from(_users, _schools, _schools.c.id == _users.c.school_id, isouter=True)
        .where(_users.c.active, _schools.c.archived_at.is_(None))
    )


BY_SESSION = Prepared(
    _person_behind(_sessions.c.id.label("session_id"), _sessions.c.impersonator_id)
    .join(_sessions, _sessions.c.user_id == _users.c.id)
    .where(
        _sessions.c.token_hash == bindparam("token_hash"),
        _sessions.c.revoked_at.is_(None),
        _sessions.c.expires_at > bindparam("now"),
        _sessions.c.last_seen_at > bindparam("idle_limit"),
    )
)
BY_TOKEN = Prepared(
    _person_behind(_tokens.c.id.label("token_id"), _tokens.c.scopes)
    .join(_tokens, _tokens.c.user_id == _users.c.id)
    .where(
        _tokens.c.token_hash == bindparam("token_hash"),
        _tokens.c.revoked_at.is_(None),
        or_(_tokens.c.expires_at.is_(None), _tokens.c.expires_at > bindparam("now")),
    )
)


def viewer_of_session(connection: Connection, token_hash: bytes, *, demo: bool) -> Viewer | None:
    """Return who is signed in with the session that has this hash; None when it ended or the person may not enter.

    `demo` says whether demo people may sign in here.
    """
    moment = clock.now()
    values = {"token_hash": token_hash, "now": moment, "idle_limit": moment - IDLE_LIFETIME}
    row = next(iter(BY_SESSION.rows(connection, values)), None)
    if row is None or (row.is_demo and not demo):
        return None
    return _viewer(row, session_id=row.session_id, impersonator_id=row.impersonator_id)


def viewer_of_token(connection: Connection, token_hash: bytes, *, demo: bool) -> Viewer | None:
    """Return whom the token with this hash acts for, with its scopes; None when it is no longer good."""
    row = next(iter(BY_TOKEN.rows(connection, {"token_hash": token_hash, "now": clock.now()})), None)
    if row is None or (row.is_demo and not demo):
        return None
    return _viewer(row, token_id=row.token_id, scopes=frozenset(row.scopes.split()))


def viewer_for(session: Session, user_id: UUID) -> Viewer | None:
    """Return the viewer that a person is to jobs and commands, which act without a session."""
    row = session.execute(_person_behind().where(_users.c.id == user_id)).one_or_none()
    return _viewer(row) if row else None


def viewers_for(session: Session, user_ids: Collection[UUID], *, demo: bool) -> dict[UUID, Viewer]:
    """Return, by id, the viewers that several people are to jobs, in one statement; who may not enter is missing."""
    rows = session.execute(_person_behind().where(_users.c.id.in_(user_ids)))
    return {row.id: _viewer(row) for row in rows if demo or not row.is_demo}


def _viewer(row: Row[Any], **secret: Any) -> Viewer:
    return Viewer(
        user_id=row.id,
        role=Role(row.role),
        school_id=row.school_id,
        zone=row.time_zone or row.school_zone or DEFAULT_ZONE,
        week_start=row.week_start or 0,
        stats_version=row.stats_version,
        name=f"{row.first_name} {row.last_name}".strip() or row.email,
        email=row.email,
        theme=str(row.theme),
        shortcuts_enabled=row.shortcuts_enabled,
        school_name=row.school_name,
        is_demo=row.is_demo,
        settings_version=row.settings_version or 0,
        **secret,
    )
