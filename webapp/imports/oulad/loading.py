"""Writing one presentation: a class that takes a course of its own, its students, and what they handed in.

Rows that stand already are left as they are unless the files say something else by now. The days of what was handed
in are marked; computing them is left to whoever called.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, select, update

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core import clock, timezones
from webapp.core.errors import ConflictError
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.bulk import insert_rows, stored_instant
from webapp.imports.oulad.keys import Keys
from webapp.learning.models import Attempt, AttemptSource, ClassCourse, Course, Quiz, QuizVersion
from webapp.rollups.marks import mark_many
from webapp.xp import standings
from webapp.xp.bulk import award_many, standing_of
from webapp.xp.models import XpReason
from webapp.xp.service import points_for_quiz, rules_of
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.db.base import Base
    from webapp.imports.oulad.types import Assessment, Part, Presentation, Registration, Submission
    from webapp.schools.models import School
    from webapp.xp.types import XpRules

STUDENTS_SINCE: Final = date(2013, 1, 1)  # the first year of the dataset; only ids are made of it
NOON: Final = timedelta(hours=12)  # the hour is not told, and noon is on the same date everywhere nearby
PEOPLE_AT_ONCE: Final = 5_000
_ATTEMPT: Final = (
    *("id", "user_id", "school_id", "course_id", "quiz_id", "source", "started_at", "submitted_at", "answers"),
    "score_hundredths",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part goes: its school, and what makes the ids there."""

    school_id: UUID
    slug: str
    zone: str
    keys: Keys
    students: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    def of(cls, school: School) -> Place:
        """Return the place that a school is."""
        return cls(school.id, school.slug, school.time_zone, Keys(school.id.hex))

    def student(self, name: str) -> UUID:
        """Return the id of a student."""
        found = self.students.get(name)
        if found is None:
            found = self.students[name] = self.keys.id(STUDENTS_SINCE, "student", name)
        return found


@dataclass(frozen=True, slots=True)
class _Held:
    """A presentation with the ids of its class, its course and its quizzes."""

    presentation: Presentation
    class_id: UUID
    course_id: UUID
    quizzes: dict[str, UUID]


def write_part(session: Session, school: School, part: Part) -> None:
    """Bring one presentation in; ConflictError where an account that is no import stands in the way."""
    place = Place.of(school)
    held = _write_course(session, place, part.presentation)
    _write_students(session, place, part.registrations)
    _write_enrolments(session, place, held, part.registrations)
    _write_attempts(session, place, held, part.submissions)


# ------------------------------------------------------------------ class and course


def _write_course(session: Session, place: Place, given: Presentation) -> _Held:
    ids = {kind: place.keys.id(given.first, kind, given.name) for kind in ("class", "course")}
    quizzes = {key: place.keys.id(given.first, "quiz", key) for key in given.assessments}
    same = {"school_id": place.school_id, "created_at": timezones.day_start(place.zone, given.first)}
    dates = {"starts_on": given.first, "ends_on": given.last, "term_label": given.code}
    _add_missing(session, ClassGroup, [{"id": ids["class"], "name": given.name, **dates, **same}])
    course = {"id": ids["course"], "title": given.name, "description": _description(given), "published": True}
    _add_missing(session, Course, [course | same])
    of_course = {"course_id": ids["course"], "published": True, "attempts_allowed": 1, **same}
    _add_missing(
        session, Quiz, [{"id": quizzes[key], "title": each.title, **of_course} for key, each in _in_order(given)]
    )
    _add_missing(session, QuizVersion, [_first_version(place, given, key, quizzes[key]) for key in quizzes])
    taken = select(ClassCourse.course_id).where(ClassCourse.class_id == ids["class"])
    if session.scalar(taken.where(ClassCourse.course_id == ids["course"])) is None:
        session.execute(insert(ClassCourse), [{"class_id": ids["class"], "course_id": ids["course"], **same}])
    return _Held(given, ids["class"], ids["course"], quizzes)


def _in_order(given: Presentation) -> list[tuple[str, Assessment]]:
    return sorted(given.assessments.items(), key=lambda item: item[1].title)


def _description(given: Presentation) -> str:
    return (
        f"Module {given.module} as held from {given.first:%B %Y}, from the Open University Learning Analytics "
        "Dataset (Kuzilek, Hlosta and Zdrahal 2017, CC BY 4.0). Scores were brought in; there is nothing to read."
    )


def _first_version(place: Place, given: Presentation, key: str, quiz_id: UUID) -> dict[str, Any]:
    made_at = timezones.day_start(place.zone, given.first)
    identity = place.keys.id(given.first, "quiz version", key)
    return {"id": identity, "quiz_id": quiz_id, "number": 1, "created_at": made_at}


# ------------------------------------------------------------------ students


def _write_students(session: Session, place: Place, given: Sequence[Registration]) -> None:
    """Make accounts that nobody can sign in to: no password, and an address that no mail can reach."""
    people = [
        {
            "id": place.student(each.student),
            "email": f"student-{each.student}@{place.slug}.invalid",
            "first_name": "Student",
            "last_name": each.student,
            "role": Role.STUDENT,
            "school_id": place.school_id,
            "created_at": timezones.day_start(place.zone, STUDENTS_SINCE),
        }
        for each in given
    ]
    for some in _in_batches(people):
        known = select(User.id, User.email).where(User.email.in_([person["email"] for person in some]))
        stand = {email: user_id for user_id, email in session.execute(known)}
        for person in some:
            if stand.get(person["email"], person["id"]) != person["id"]:
                raise ConflictError(f"An account with the address {person['email']} is there already.")
        _insert(session, User, [person for person in some if person["email"] not in stand])


def _write_enrolments(session: Session, place: Place, held: _Held, given: Sequence[Registration]) -> None:
    columns = (Enrolment.user_id, Enrolment.begins_on, Enrolment.ends_on, Enrolment.outcome)
    known = {row[0]: row for row in session.execute(select(*columns).where(Enrolment.class_id == held.class_id))}
    same = {"school_id": place.school_id, "class_id": held.class_id, "created_at": clock.now()}
    added, changed = [], []
    for each in given:
        dates = (_date(held, each.registered), _date(held, each.unregistered))
        row = (place.student(each.student), *dates, each.outcome)
        named = dict(zip(("user_id", "begins_on", "ends_on", "outcome"), row, strict=True))
        if row[0] not in known:
            identity = place.keys.id(held.presentation.first, "enrolment", held.presentation.name, each.student)
            added.append({"id": identity, **named, **same})
        elif tuple(known[row[0]]) != row:
            changed.append({f"given_{name}": value for name, value in named.items()})
    _insert(session, Enrolment, added)
    _update(session, Enrolment, ("user_id",), ("begins_on", "ends_on", "outcome"), changed, class_id=held.class_id)


def _date(held: _Held, day: int | None) -> date | None:
    return None if day is None else held.presentation.first + timedelta(days=day)


# ------------------------------------------------------------------ attempts


@dataclass(frozen=True, slots=True)
class _Work:
    """An attempt to be: whose, at what, when, and how it was judged."""

    id: UUID
    user_id: UUID
    quiz_id: UUID
    label: str
    handed_in: datetime
    day: date
    score: int | None

    def award(self, school_id: UUID, rules: XpRules) -> Award | None:
        """Return what it is worth; an unknown score is worth nothing."""
        points = points_for_quiz(self.score, rules) if self.score is not None else 0
        cause = (XpReason.QUIZ_SUBMITTED, self.id, self.label, self.handed_in)
        return Award(self.user_id, school_id, points, *cause) if points else None


def _write_attempts(session: Session, place: Place, held: _Held, given: Iterable[Submission]) -> None:
    """Add what is new, correct what is told otherwise by now, and mark the days of both."""
    mine = (Attempt.course_id == held.course_id, Attempt.source == AttemptSource.IMPORTED)
    columns = (Attempt.id, Attempt.submitted_at, Attempt.score_hundredths)
    known = {row[0]: tuple(row[1:]) for row in session.execute(select(*columns).where(*mine))}
    work = [_work(place, held, each) for each in given]
    added = [each for each in work if each.id not in known]
    changed = [each for each in work if each.id in known and known[each.id] != (each.handed_in, each.score)]
    _insert_attempts(session, place, held, added)
    days: dict[UUID, set[date]] = defaultdict(set)
    for taken in _correct(session, changed):
        days[taken.user_id].add(timezones.local_date(taken.earned_at, place.zone))
    for each in (*added, *changed):
        days[each.user_id].add(each.day)
    rules = rules_of(session, place.school_id)
    awards = [award for each in (*added, *changed) if (award := each.award(place.school_id, rules))]
    if len(awards) > standings.SMALL_LEDGER:
        standings.set_aside(session, place.school_id)
    award_many(session, awards)
    for some in _in_batches(sorted(days)):
        mark_many(session, {user_id: days[user_id] for user_id in some})


def _work(place: Place, held: _Held, given: Submission) -> _Work:
    first, title = held.presentation.first, held.presentation.assessments[given.assessment].title
    day = first + timedelta(days=given.day)
    return _Work(
        place.keys.id(first, "attempt", given.assessment, given.student),
        place.student(given.student),
        held.quizzes[given.assessment],
        f"{held.presentation.name}: {title}",
        timezones.day_start(place.zone, day) + NOON,
        day,
        given.score,
    )


def _insert_attempts(session: Session, place: Place, held: _Held, work: Sequence[_Work]) -> None:
    dialect = session.get_bind().dialect.name
    school, course, source = place.school_id.hex, held.course_id.hex, AttemptSource.IMPORTED.value
    rows = []
    for each in work:
        handed_in = stored_instant(dialect, each.handed_in)
        where = (each.id.hex, each.user_id.hex, school, course, each.quiz_id.hex, source)
        rows.append((*where, handed_in, handed_in, "{}", each.score))
    insert_rows(session, table_of(Attempt), _ATTEMPT, rows)


def _correct(session: Session, changed: Sequence[_Work]) -> list[Award]:
    """Write what is told otherwise by now, take its points back and return these."""
    names = ("id", "submitted_at", "started_at", "score_hundredths")
    rows = [(each.id, each.handed_in, each.handed_in, each.score) for each in changed]
    given = [{f"given_{name}": value for name, value in zip(names, row, strict=True)} for row in rows]
    _update(session, Attempt, names[:1], names[1:], given)
    standing = standing_of(session, [each.id for each in changed])
    taken = [award for awards in standing.values() for award in awards]
    award_many(session, [award._replace(amount=-award.amount) for award in taken])
    return taken


# ------------------------------------------------------------------ rows


def _add_missing(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    key = table_of(model).c.id
    known = set(session.scalars(select(key).where(key.in_([row["id"] for row in rows]))))
    _insert(session, model, [row for row in rows if row["id"] not in known])


def _insert(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table_of(model)), list(rows))


def _update(
    session: Session,
    model: type[Base],
    keys: Sequence[str],
    columns: Sequence[str],
    given: Sequence[dict[str, Any]],
    **same: UUID,
) -> None:
    """Set columns of the rows with these keys, which come as `given_…` like the values."""
    if not given:
        return
    table = table_of(model)
    conditions = [table.c[name] == bindparam(f"given_{name}") for name in keys]
    conditions += [table.c[name] == value for name, value in same.items()]
    values: dict[str, Any] = {name: bindparam(f"given_{name}") for name in columns}
    session.execute(update(table).where(*conditions).values(**values), list(given))


def _in_batches(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(items), PEOPLE_AT_ONCE):
        yield items[start : start + PEOPLE_AT_ONCE]
