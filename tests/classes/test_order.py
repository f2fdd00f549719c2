"""The list of a class is in order whoever writes people and enrolments, and a page of it reads its own rows."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, text, update

from webapp.accounts.models import User
from webapp.classes import queries
from webapp.classes.models import LONGEST_NAME_KEY, ClassGroup, Enrolment
from webapp.classes.types import EnrolmentFilter, EnrolmentState
from webapp.core.permissions import Role
from webapp.db.base import new_id


def by_hand(session, class_id):
    rows = session.execute(
        select(User.search_text, User.id, User.active)
        .join(Enrolment, Enrolment.user_id == User.id)
        .where(Enrolment.class_id == class_id)
    )
    return [(row[1], row[2]) for row in sorted((row[0][:LONGEST_NAME_KEY], row[1], row[2]) for row in rows)]


def kept(session, class_id):
    columns = (Enrolment.user_id, Enrolment.open_account)
    ordered = select(*columns).where(Enrolment.class_id == class_id).order_by(Enrolment.name_key, Enrolment.user_id)
    return [tuple(row) for row in session.execute(ordered)]


def test_names_follow_whoever_writes(session, cast):
    group = ClassGroup(school_id=cast.school.id, name="In order")
    session.add(group)
    session.flush()
    names = [("Zoe", "Ahn"), ("Ada", "Zimmer"), ("Ben", "Özil"), ("Cem", "o" * 60 + " " + "p" * 39), ("", "")]
    people = [
        User(email=f"order{n}@s.test", first_name=first, last_name=last, role=Role.STUDENT, school_id=cast.school.id)
        for n, (first, last) in enumerate(names)
    ]
    session.add_all(people)
    session.flush()
    where = {"school_id": cast.school.id, "class_id": group.id}
    session.execute(insert(Enrolment), [{"id": new_id(), **where, "user_id": each.id} for each in people[:4]])
    session.add(Enrolment(**where, user_id=people[4].id))
    session.commit()
    assert kept(session, group.id) == by_hand(session, group.id)
    people[0].last_name = "Zzz"
    people[1].active = False
    session.flush()
    session.execute(update(User).where(User.id == people[2].id).values(active=False))
    session.execute(text("UPDATE users SET search_text = 'aaa first' WHERE email = 'order3@s.test'"))
    assert kept(session, group.id) == by_hand(session, group.id)
    session.execute(update(Enrolment).where(Enrolment.user_id == people[4].id).values(user_id=cast.student.id))
    session.execute(delete(User).where(User.id == people[1].id))
    session.commit()
    assert kept(session, group.id) == by_hand(session, group.id)
    asked = EnrolmentFilter(state=EnrolmentState.ALL, limit=2, offset=1)
    page = queries.enrolments(session, cast.manager.viewer, group.id, asked)
    assert [row.user_id for row in page.items] == [user_id for user_id, _ in by_hand(session, group.id)][1:3]
    assert page.total == 4
