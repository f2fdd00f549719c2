"""What a school sees of a roster, from the first file to the undo."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.imports.rosters.files import group, member, person, roster, small
from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core.errors import InvalidInputError
from webapp.imports.rosters.models import RosterStatus
from webapp.imports.rosters.service import request_apply
from webapp.imports.rosters.types import Losses


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at("2026-11-21T10:00:00Z")


def test_a_first_roster_comes_in_and_its_like_changes_nothing(desk):
    before = desk.state()
    found = desk.apply(roster(**small()))
    assert desk.verdicts(found) == {"added": 10 + 2 + 10 + 1}
    after = desk.state()
    assert after["people"]["person3@roster.test"] == (
        "Given3",
        "Family3",
        "student",
        True,
        "family3 given3 person3 roster test",
    )
    assert after["classes"]["Class 1"] == ("Term 1", False, "class 1")
    assert ("Class 2", "person3@roster.test") in after["students"]
    assert after["teachers"] == {("Class 1", "person1@roster.test"), ("Class 2", "person2@roster.test")}
    again = desk.apply(roster(**small()))
    assert desk.verdicts(again) == {"unchanged": 23}
    assert desk.state() == after
    desk.undo(again.id)
    assert desk.state() == after
    desk.undo(found.id)
    assert desk.state() == before


def test_changes_removals_and_the_way_back(desk):
    desk.apply(roster(**small()))
    before = desk.state()
    parts = small()
    parts["users"][4] |= {"familyName": "Renamed", "email": "new5@roster.test"}
    parts["users"].pop()
    parts["users"].append(person(11))
    parts["classes"][0]["title"] = "Class One"
    parts["enrollments"] = [row for row in parts["enrollments"] if row["userSourcedId"] not in {"p10", "p2"}]
    parts["enrollments"][-1]["endDate"] = "2026-12-01"
    found = desk.apply(roster(**parts), confirm="remove 3")
    assert desk.verdicts(found) == {"added": 1, "changed": 3, "removed": 3, "unchanged": 17}
    after = desk.state()
    assert after["people"]["new5@roster.test"] == (
        "Given5",
        "Renamed",
        "student",
        True,
        "renamed given5 new5 roster test",
    )
    assert after["people"]["person10@roster.test"][3] is False
    assert after["students"]["Class One", "person10@roster.test"] == (None, date(2026, 11, 20))
    assert after["students"]["Class 2", "person9@roster.test"] == (None, date(2026, 12, 1))
    assert after["teachers"] == {("Class One", "person1@roster.test")}
    assert desk.verdicts(desk.read(roster(**parts))) == {"unchanged": 21}
    assert desk.undo(found.id).status is RosterStatus.UNDONE
    assert desk.state() == before
    assert desk.verdicts(desk.read(roster(**parts)))["changed"] == 3


def test_who_was_removed_comes_back_with_a_later_roster(desk):
    parts = small(30)
    desk.apply(roster(**parts))
    before = desk.state()
    fewer = small(29)
    desk.apply(roster(**fewer))
    assert desk.state()["people"]["person30@roster.test"][3] is False
    back = desk.apply(roster(**parts))
    assert desk.verdicts(back)["changed"] == 2
    assert desk.state() == before


def test_a_roster_removes_only_what_its_own_source_brought(desk, cast):
    desk.apply(roster(**small(), source="one"))
    found = desk.apply(roster(users=[person(50)], classes=[], enrollments=[], source="two"))
    assert desk.verdicts(found) == {"added": 1}
    assert desk.state()["people"]["student@school.test"][3] is True


def test_much_that_would_go_has_to_be_typed(desk):
    desk.apply(roster(**small(40)))
    found = desk.read(roster(**small(35)))
    with pytest.raises(InvalidInputError, match="cannot be used") as error:
        desk_apply(desk, found)
    assert error.value.errors[0].message == "Type “remove 10” to confirm that so much goes."
    few = desk.read(roster(**small(37)))
    desk_apply(desk, few)


def desk_apply(desk, found, confirm=""):
    try:
        request_apply(desk.session, desk.viewer, found.id, confirm)
    finally:
        desk.session.rollback()


def test_accounts_that_a_file_closes_count_as_gone(desk):
    """Not leaving somebody out, but saying of everybody that they may not sign in, empties a school as well."""
    desk.apply(roster(**small()))
    parts = small()
    for row in parts["users"][:4]:
        row["enabledUser"] = "false"
    found = desk.read(roster(**parts))
    assert (desk.verdicts(found)["changed"], Losses.of(found.counts)) == (4, Losses(4, 10, 0, 10, 4))
    with pytest.raises(InvalidInputError, match="cannot be used"):
        desk_apply(desk, found)
    desk_apply(desk, found, confirm="remove 4")


def test_a_role_that_a_roster_changes_leaves_its_classes_and_comes_back(desk, cast, session, as_):
    """As on the page of a person: what they have from no roster is left as well, and is there again after the undo."""
    by_hand = ClassGroup(school_id=cast.school.id, name="By hand", search_text="by hand")
    session.add(by_hand)
    session.flush()
    place = {"school_id": cast.school.id, "class_id": by_hand.id}
    session.add_all([ClassTeacher(user_id=cast.teacher.id, **place), Enrolment(user_id=cast.student.id, **place)])
    session.add(Enrolment(user_id=cast.classmate.id, **place))
    session.commit()
    emails = [one.user.email for one in (cast.teacher, cast.student, cast.classmate)]
    session.rollback()
    desk.apply(roster(users=_people(emails, "teacher", "student", "student")))
    browsers = [as_(one) for one in (cast.teacher, cast.student, cast.classmate)]
    before = desk.state()
    closed = _people(emails, "student", "teacher", "student")
    closed[2]["enabledUser"] = "false"
    found = desk.apply(roster(users=closed))
    after = desk.state()
    assert ("By hand", emails[0]) not in after["teachers"]
    assert after["students"]["By hand", emails[1]] == (None, date(2026, 11, 20))
    assert after["students"]["By hand", emails[2]] == (None, None)
    assert [browser.get("/tasks").status_code for browser in browsers] == [303] * 3
    desk.undo(found.id)
    assert desk.state() == before
    assert [browser.get("/tasks").status_code for browser in browsers] == [303] * 3


def _people(emails, *roles):
    said = zip(emails, roles, strict=True)
    return [person(number, role, email=email) for number, (email, role) in enumerate(said)]


@pytest.mark.parametrize("overwrite", [False, True])
def test_edits_made_here_stay_unless_told_otherwise(desk, overwrite):
    desk.apply(roster(**small()))
    edited = desk.session.scalars(select(User).where(User.email == "person4@roster.test")).one()
    edited.first_name = "Edited"
    desk.session.commit()
    parts = small()
    parts["users"][3] |= {"givenName": "Theirs", "familyName": "Changed"}
    found = desk.apply(roster(**parts), overwrite=overwrite)
    assert desk.verdicts(found)["changed"] == 1
    first = "Theirs" if overwrite else "Edited"
    assert desk.state()["people"]["person4@roster.test"][:2] == (first, "Changed")
    desk.undo(found.id)
    assert desk.state()["people"]["person4@roster.test"][:2] == ("Edited", "Family4")


def test_people_are_tied_by_address_within_the_school_only(desk, cast):
    users = [
        person(1, email="STUDENT@school.test", givenName="Other"),
        person(2, email="other-student@school.test"),
        person(3, "administrator", email="admin@school.test"),
        person(4, "administrator"),
        person(5, "districtAdministrator"),
        person(6, "parent"),
        person(7, email="person4@roster.test"),
    ]
    found = desk.apply(roster(users=users))
    assert desk.refused(found) == [
        ("users.csv", 3, "email", "This address belongs to an account outside the school."),
        ("users.csv", 4, "email", "This address belongs to an account outside the school."),
        ("users.csv", 6, "role", "There is no place here for the role “districtAdministrator”."),
        ("users.csv", 7, "role", "There is no place here for the role “parent”."),
        ("users.csv", 8, "email", "Somebody before in the file has this address."),
    ]
    people = desk.state()["people"]
    assert people["student@school.test"][0] == "Student"
    assert people["person4@roster.test"][2] == "manager"
    gone = desk.apply(roster(users=[person(9)]), confirm="remove 1")
    assert desk.verdicts(gone) == {"added": 1, "removed": 1}
    assert desk.state()["people"]["student@school.test"][3] is True


def test_a_manager_cannot_lose_their_own_account_to_a_roster(desk, cast):
    desk.apply(roster(users=[person(1, "administrator", email="manager@school.test"), person(2)]))
    found = desk.read(roster(users=[person(1, "student", email="manager@school.test", enabledUser="false"), person(2)]))
    assert [row[2] for row in desk.refused(found)] == ["role"]


def test_delta_files_say_what_changed_and_nothing_else_goes(desk):
    desk.apply(roster(**small()))
    users = [person(5, familyName="Delta"), person(6, status="tobedeleted")]
    members = [member(1, 4, status="tobedeleted"), member(1, 3)]
    found = desk.apply(roster("delta", users=users, enrollments=members), confirm="remove 2")
    assert desk.verdicts(found) == {"changed": 1, "removed": 2, "added": 1}
    state = desk.state()
    assert state["people"]["person6@roster.test"][3] is False
    assert ("Class 1", "person3@roster.test") in state["students"]


def test_version_1_2_takes_roles_from_their_own_file(desk):
    users = [person(n) for n in range(1, 5)]
    roles = [
        {"sourcedId": "r1", "userSourcedId": "p1", "roleType": "secondary", "role": "student", "orgSourcedId": "s1"},
        {"sourcedId": "r2", "userSourcedId": "p1", "roleType": "primary", "role": "teacher", "orgSourcedId": "s1"},
        {"sourcedId": "r3", "userSourcedId": "p2", "roleType": "primary", "role": "student", "orgSourcedId": "s1"},
        {"sourcedId": "r4", "userSourcedId": "p3", "roleType": "primary", "role": "systemAdministrator"},
    ]
    found = desk.apply(roster(version="1.2", users=users, roles=roles))
    people = desk.state()["people"]
    assert (people["person1@roster.test"][2], people["person2@roster.test"][2]) == ("teacher", "student")
    assert [row[:3] for row in desk.refused(found)] == [("users.csv", 4, "role"), ("users.csv", 5, "role")]


def test_members_need_a_class_a_person_and_a_fitting_role(desk):
    parts = small(4)
    parts["users"].append(person(5, "parent"))
    parts["enrollments"] += [member(9, 3), member(1, 99), member(1, 5), member(1, 1), member(2, 4, "teacher")]
    parts["enrollments"] += [member(1, 3, role="proctor", sourcedId="x"), member(2, 3, sourcedId="y")]
    found = desk.read(roster(**parts))
    fields = [row[2] for row in desk.refused(found)]
    assert sorted(fields) == sorted(["role", "classSourcedId", "userSourcedId", "userSourcedId", "role", "role", "role",
                                     "userSourcedId"])  # fmt: skip
    assert group(1)["title"] == "Class 1"
