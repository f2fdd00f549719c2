"""People and schools as JSON: for admins, for managers within their school, and for oneself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from webapp.accounts.types import Zone
from webapp.admin.queries import people, person
from webapp.admin.queries import schools as school_queries
from webapp.admin.routes.bulk import invite
from webapp.admin.routes.users import AS_SEEN, KEPT_SECONDS, list_key
from webapp.admin.service import people as service
from webapp.admin.service import schools as school_service
from webapp.admin.types import NewPerson, PersonChange, PersonFilter
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.mail.jobs import send_soon
from webapp.schools.models import LeaderboardMode
from webapp.schools.service import archive_school as put_away
from webapp.schools.service import create_school as add_school
from webapp.schools.service import load_school
from webapp.schools.types import SchoolChange, SchoolFilter, SchoolInput
from webapp.web.access import ADMINS, MANAGERS, SIGNED_IN, Reach, access
from webapp.web.api import Answer, Count, Instant, ListAnswer, api_blueprint, give_kept, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response

    from webapp.admin.types import PersonDetail, PersonRow
    from webapp.core.paging import Listing
    from webapp.core.permissions import Viewer
    from webapp.schools.types import SchoolRow

bp = api_blueprint("api_admin", "People and schools")


class StatsAnswer(Answer):
    """What a person does: `classes` today; `students` of those who teach; `enrolments` ever and `xp` of students."""

    classes: Count
    students: Count
    enrolments: Count
    xp: int


class ListedUserAnswer(Answer):
    """A person in a list. `last_seen_at` is some minutes late, null for those who were never here."""

    id: UUID
    email: str
    username: str | None
    first_name: str
    last_name: str
    role: Role
    school_id: UUID | None
    active: bool
    last_seen_at: Instant | None
    invited: bool


class UserAnswer(Answer):
    """A person. `time_zone` null means the school's; `on_leaderboard` null, that they have not said."""

    id: UUID
    email: str
    username: str | None
    first_name: str
    last_name: str
    role: Role
    school_id: UUID | None
    time_zone: Zone | None
    nickname: str | None
    on_leaderboard: bool | None
    active: bool
    invited: bool
    created_at: Instant
    last_seen_at: Instant | None
    stats: StatsAnswer


class SchoolAnswer(Answer):
    """A school; the numbers are of people with an open account. `week_start` is 0 for Monday."""

    id: UUID
    name: str
    slug: str
    time_zone: str
    week_start: int
    leaderboard_mode: LeaderboardMode
    archived: bool
    students: Count
    teachers: Count
    managers: Count


@bp.get("/users/")
@access(MANAGERS, Reach.SCHOOL)
@gives(ListAnswer[ListedUserAnswer], kept=True)
@takes(query=PersonFilter)
def list_users(query: PersonFilter) -> Listing[PersonRow] | Response:
    """List people by name: all for admins, those of their school for managers.

    Every word of `search` begins a word of their name, address or user name. The first 500 who fit are the list.
    """
    person = viewer()
    if query.is_counted_anew:
        return people.people(db.session(), person, query)
    known = people.tallied(db.session(), person, query)
    key = f"{list_key(person, query, known)}:api"
    return give_kept(ListAnswer[ListedUserAnswer], key, KEPT_SECONDS, lambda: _listed(person, query, known))


@dataclass(frozen=True, slots=True)
class ListedUsers:
    """A page of people, as long as it holds."""

    items: list[PersonRow]
    total: int
    limit: int
    offset: int
    valid_until: datetime


def _listed(person: Viewer, query: PersonFilter, known: people.Known) -> ListedUsers:
    found = people.people(db.session(), person, query, known)
    return ListedUsers(found.items, found.total, found.limit, found.offset, clock.now() + AS_SEEN)


@bp.post("/users/")
@access(MANAGERS, Reach.SCHOOL)
@gives(UserAnswer, 201, refuses=(409,), once=True)
@takes(body=NewPerson)
def create_user(body: NewPerson) -> PersonDetail:
    """Add a person; without a password they are invited by mail. 409 where address, user name or nickname is taken."""
    session = db.session()
    made = service.create_person(session, viewer(), body)
    if body.password is None and body.active:
        service.note_link(session, viewer(), made, "invitation")
        invite(session, made)
        send_soon(session)
    return person.person(session, viewer(), made.id)


@bp.get("/users/<id:user_id>")
@access(SIGNED_IN, Reach.CLASS)
@gives(UserAnswer)
def show_user(user_id: UUID) -> PersonDetail:
    """Show a person whom you look after, or yourself."""
    return person.person(db.session(), viewer(), user_id)


@bp.put("/users/<id:user_id>")
@access(SIGNED_IN, Reach.CLASS, personally=True)
@gives(UserAnswer, refuses=(409,))
@takes(body=PersonChange)
def change_user(user_id: UUID, body: PersonChange) -> PersonDetail:
    """Change the fields given of a person; of yourself, all but role, school and state.

    409 where something is taken, and for the last admin.
    """
    service.change_person(db.session(), viewer(), user_id, body)
    return person.person(db.session(), viewer(), user_id)


@bp.delete("/users/<id:user_id>")
@access(MANAGERS, Reach.SCHOOL)
@gives(refuses=(409,))
def close_user(user_id: UUID) -> None:
    """Close an account and end its sessions; nothing of it is deleted, and `active` opens it again.

    409 for yourself and for the last admin.
    """
    service.deactivate(db.session(), viewer(), user_id)


@bp.get("/schools/")
@access(MANAGERS, Reach.SCHOOL)
@gives(ListAnswer[SchoolAnswer])
@takes(query=SchoolFilter)
def list_schools(query: SchoolFilter) -> Listing[SchoolRow]:
    """List the schools that you administer, by name; archived ones are listed apart."""
    return school_queries.schools(db.session(), viewer(), query)


@bp.post("/schools/")
@access(ADMINS, Reach.ALL)
@gives(SchoolAnswer, 201, refuses=(409,), once=True)
@takes(body=SchoolInput)
def create_school(body: SchoolInput) -> SchoolRow:
    """Add a school. 409 where its short name is taken."""
    return school_queries.school_row(db.session(), add_school(db.session(), body, viewer()))


@bp.get("/schools/<id:school_id>")
@access(MANAGERS, Reach.SCHOOL)
@gives(SchoolAnswer)
def show_school(school_id: UUID) -> SchoolRow:
    """Show a school."""
    return school_queries.school_row(db.session(), load_school(db.session(), viewer(), school_id))


@bp.put("/schools/<id:school_id>")
@access(MANAGERS, Reach.SCHOOL)
@gives(SchoolAnswer, refuses=(409,))
@takes(body=SchoolChange)
def change_school(school_id: UUID, body: SchoolChange) -> SchoolRow:
    """Change the fields given of a school; its short name, and whether it is archived, are for admins."""
    found = school_service.change_school(db.session(), viewer(), school_id, body)
    return school_queries.school_row(db.session(), found)


@bp.post("/schools/<id:any_school_id>/archive")
@access(ADMINS, Reach.ALL)
@gives(SchoolAnswer)
def archive_school(any_school_id: UUID) -> SchoolRow:
    """Put a school away: it leaves the lists, and nobody of it can sign in. Doing it again changes nothing."""
    found = load_school(db.session(), viewer(), any_school_id)
    put_away(db.session(), viewer(), found)
    return school_queries.school_row(db.session(), found)
