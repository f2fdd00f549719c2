"""What all samples are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.core.permissions import Role
from webapp.core.secrets import new_secret
from webapp.schools.models import School

BEGIN = datetime(2026, 11, 18, 9, tzinfo=UTC)
END = BEGIN + timedelta(hours=1)
TIMES = {"starts_at": "2026-11-19T09:00:00Z", "ends_at": "2026-11-19T10:00:00Z"}
SENT = Path(__file__).parents[1] / "sent"


@dataclass(frozen=True)
class Sample:
    """What stands in the address, and the row behind it (None for what is no row)."""

    value: str
    row: Any = None


Maker = Callable[[Any, Any, str], Sample]  # session, user, mark → sample


def kept(session: Any, row: Any) -> Sample:
    session.add(row)
    session.flush()
    return Sample(str(row.id), row)


def owned(user: Any) -> dict[str, Any]:
    return {"user_id": user.id, "school_id": user.school_id}


def school_of(session, user):
    """Return the school that somebody looks after; for an admin, who looks after all, the first one."""
    wanted = School.id == user.school_id if user.school_id else School.slug == "northfield"
    return session.scalars(select(School).where(wanted)).one()


def said_of(mark, what):
    """Return the mark of something that others of the school see as well, such as the name of a class."""
    return mark.replace("-canary", f"_{what}-canary")


def a_student_of(session, school_id, mark):
    """Return a student who is nobody of the cast: what is done to them shows to none of the cast."""
    address = f"{new_secret()[:12]}@school.test".lower()
    name = said_of(mark, "name")
    return kept(session, User(school_id=school_id, role=Role.STUDENT, email=address, first_name=name))


TERM_DATES = {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 12, 18)}
