"""Which demo schools there are in each size, and who is in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from webapp.accounts.models import User
from webapp.core.permissions import Role
from webapp.demo import names
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from random import Random

    from webapp.demo.rows import Ids

DOMAIN = "demo.test"
SUNDAY = 6
ZONES = (
    *("Europe/Berlin", "America/New_York", "Europe/London", "Asia/Kolkata", "America/Sao_Paulo", "Australia/Sydney"),
    *("Africa/Cairo", "America/Los_Angeles", "Asia/Tokyo", "Africa/Lagos", "Pacific/Auckland", "America/Santiago"),
)
WEEK_STARTS = {"America/New_York": SUNDAY, "America/Los_Angeles": SUNDAY, "Africa/Cairo": SUNDAY}
# One student in so many has not chosen to stand on leaderboards.
HESITATES = 6
STUDENTS_PER_TEACHER = 25
LIVES_ELSEWHERE = 0.04
STUDENT_NAME = ("Juniper", "Applebottle")
SIGN_INS = {
    Role.ADMIN: ("admin", "Otto", "Candlewick"),
    Role.MANAGER: ("manager", "Selma", "Copperkettle"),
    Role.TEACHER: ("teacher", "Basil", "Quillfeather"),
    Role.STUDENT: ("student", *STUDENT_NAME),
}
PASSWORD = "milepost-demo"  # noqa: S105 - printed for everyone to read, and refused outside demo mode


@dataclass(frozen=True, slots=True)
class Size:
    """How many students each school has, one number for a school, and how much of a full week they plan."""

    students: tuple[int, ...]
    intensity: float


SIZES = {
    "small": Size((24, 16), 1.0),
    "school": Size((960, 40), 1.0),
    "district": Size((1000,) * 100, 0.2),
}


class DemoSchool(NamedTuple):
    """A school and the people in it who are not students."""

    row: School
    staff: list[User]
    students: int


def schools(size: Size, ids: Ids, dice: Random, password_hash: str, now: datetime) -> Iterator[DemoSchool]:
    """Yield the schools; with the first come the people that one signs in as, but for the student."""
    for number, students in enumerate(size.students):
        name, zone = names.school(number), ZONES[number % len(ZONES)]
        row = School(
            id=UUID(ids.new()),
            name=name,
            slug=name.lower().replace(" ", "-"),
            time_zone=zone,
            week_start=WEEK_STARTS.get(zone, 0),
            is_demo=True,
            created_at=now,
        )
        staff = [] if number else [_known(role, row, ids, password_hash, now) for role in list(SIGN_INS)[:3]]
        roles = [Role.MANAGER] * (number > 0) + [Role.TEACHER] * (students // STUDENTS_PER_TEACHER)
        staff += [_somebody(role, row, ids, dice, now) for role in roles]
        yield DemoSchool(row, staff, students)


def student(number: int, school: School, ids: Ids, dice: Random, password_hash: str, now: datetime) -> User:
    """Return a student of the school; the first of all is the one that one signs in as."""
    if number == 0:
        made = _known(Role.STUDENT, school, ids, password_hash, now)
    else:
        made = _somebody(Role.STUDENT, school, ids, dice, now)
        if dice.random() < LIVES_ELSEWHERE:
            made.time_zone = dice.choice(ZONES)
    made.on_leaderboard = True if number % HESITATES != 1 else None
    return made


def _known(role: Role, school: School, ids: Ids, password_hash: str, now: datetime) -> User:
    local_part, first, last = SIGN_INS[role]
    return User(
        id=UUID(ids.new()),
        school_id=None if role is Role.ADMIN else school.id,
        email=f"{local_part}@{DOMAIN}",
        first_name=first,
        last_name=last,
        role=role,
        password_hash=password_hash,
        is_demo=True,
        created_at=now,
    )


def _somebody(role: Role, school: School, ids: Ids, dice: Random, now: datetime) -> User:
    """Return somebody whom nobody can sign in as."""
    first, last = names.person(dice)
    identity = ids.new()
    return User(
        id=UUID(identity),
        school_id=school.id,
        email=f"{first}.{last}.{identity[6:12]}@{DOMAIN}".lower(),
        first_name=first,
        last_name=last,
        role=role,
        is_demo=True,
        created_at=now,
    )
