"""Reading schools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.schools.models import School

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def school_by_slug(session: Session, slug: str) -> School | None:
    """Return the school with this slug; for commands, which act for the whole installation."""
    return session.scalar(select(School).where(School.slug == slug))
