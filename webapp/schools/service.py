"""Making schools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core.errors import InvalidInputError
from webapp.schools.models import School
from webapp.schools.queries import school_by_slug

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.schools.types import SchoolInput


def create_school(session: Session, given: SchoolInput) -> School:
    """Add a school; raise InvalidInputError when its slug is taken."""
    if school_by_slug(session, given.slug) is not None:
        raise InvalidInputError.of("slug", "Another school has this short name already.")
    made = School(name=given.name, slug=given.slug, time_zone=given.time_zone, week_start=given.week_start)
    session.add(made)
    session.flush()
    return made
