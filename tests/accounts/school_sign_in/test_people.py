"""Whom the provider's word lets in, as what, and how links end."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import select

from tests.accounts.school_sign_in.browsers import role_of, rows, said, told
from webapp.accounts.models import User
from webapp.accounts.school_sign_in.models import SchoolDomain, SchoolIdentity
from webapp.accounts.second_factor.models import SchoolSignIn
from webapp.classes.models import ClassGroup, ClassTeacher
from webapp.core.permissions import Role


class TestNewPeople:
    CLAIMS: ClassVar = {"email_verified": True, "given_name": "Ada", "family_name": "New"}

    def test_come_in_only_where_the_school_says_so_and_by_its_domains(self, school, pupil, somebody, cast, session):
        subject = somebody(email="ada@new.test", **self.CLAIMS)
        assert told(pupil().go(subject)) == "unknown"
        school(may_create=True, usual_role=Role.STUDENT)
        assert told(pupil().go(subject)) == "unknown"
        session.add(SchoolDomain(domain="new.test", school_id=cast.school.id))
        school(usual_role=None)
        assert told(pupil().go(subject)) == "role"
        school(usual_role=Role.STUDENT)
        browser = pupil()
        assert (browser.go(subject).headers["Location"], browser.is_in) == ("/", True)
        made = rows(session, select(User).where(User.email == "ada@new.test"))[0]
        assert (made.role, made.school_id, made.first_name, made.password_hash) == (
            *(Role.STUDENT, cast.school.id, "Ada"),
            None,
        )
        assert said(session, cast.school)[-2:] == ["user.created", "identity.linked"]
        unlink = browser.press(f"/account/school-accounts/{rows(session, select(SchoolIdentity.id))[0]}/unlink")
        assert unlink.status_code == 409  # nothing else would let them in

    def test_an_address_that_was_given_to_another_takes_over_nobody(self, school, pupil, somebody, cast, session):
        assert pupil().go(somebody(cast.student)).headers["Location"] == "/"
        assert told(pupil().go(somebody(cast.student))) == "taken"
        assert len(rows(session, select(SchoolIdentity))) == 1

    def test_a_link_of_one_school_opens_no_other(self, school, pupil, somebody, cast, session):
        subject = somebody(cast.student)
        assert pupil().go(subject).headers["Location"] == "/"
        school(cast.other_school)
        browser = pupil()
        there = browser.client.get("/login/school/southbank/go").headers["Location"]
        answer = browser.come_back(browser.provider.agree(there, subject))
        assert (told(answer), browser.is_in) == ("unknown", False)
        assert "Sign in with your school’s account" in browser.client.get("/login").text


class TestRoles:
    MAP: ClassVar = [["staff", "teacher"], ["heads", "manager"], ["pupils", "student"]]

    def test_the_first_pair_that_fits_counts_and_classes_are_left(self, school, pupil, somebody, cast, session, as_):
        group = ClassGroup(school_id=cast.school.id, name="9B")
        session.add(group)
        session.flush()
        session.add(ClassTeacher(class_id=group.id, user_id=cast.teacher.id, school_id=cast.school.id))
        school(role_claim="realm.groups", role_map=self.MAP)
        before = as_(cast.teacher)
        subject = somebody(cast.teacher, realm={"groups": ["pupils", "unmapped"]})
        assert pupil().go(subject).headers["Location"] == "/"
        assert role_of(session, cast.teacher) is Role.STUDENT
        assert rows(session, select(ClassTeacher)) == []
        assert said(session, cast.school) == ["identity.linked", "user.role_changed"]
        assert before.get("/account").status_code == 303
        pupil().go(somebody(cast.classmate, realm={"groups": ["heads", "staff"]}))
        assert role_of(session, cast.classmate) is Role.TEACHER

    def test_the_last_manager_stays_and_that_is_noted(self, school, pupil, somebody, cast, session):
        school(role_claim="groups", role_map=self.MAP)
        subject = somebody(cast.manager, groups="staff")
        assert pupil().go(subject).headers["Location"] == "/"
        assert role_of(session, cast.manager) is Role.MANAGER
        assert said(session, cast.school) == ["identity.linked", "user.role_kept"]
        session.get(User, cast.classmate.id).role = Role.MANAGER
        session.commit()
        pupil().go(subject)
        assert role_of(session, cast.manager) is Role.TEACHER

    def test_without_a_claim_nothing_changes(self, school, pupil, somebody, cast, session):
        school(role_claim="groups", role_map=self.MAP)
        pupil().go(somebody(cast.teacher, groups=["admin"]))
        assert role_of(session, cast.teacher) is Role.TEACHER


def test_a_closed_account_stays_closed(school, pupil, somebody, cast, session):
    subject = somebody(cast.student)
    assert pupil().go(subject).headers["Location"] == "/"
    session.get(User, cast.student.id).active = False
    session.commit()
    assert told(pupil().go(subject)) == "closed"
    session.get(User, cast.classmate.id).active = False
    session.commit()
    assert told(pupil().go(somebody(cast.classmate))) == "closed"


def test_codes_are_asked_for_only_where_the_school_wants_both(school, pupil, somebody, cast, session):
    session.add(SchoolSignIn(school_id=cast.school.id, staff_need_codes=True))
    session.commit()
    subject, browser = somebody(cast.teacher), pupil()
    assert browser.go(subject, next="/tasks").headers["Location"] == "/tasks"
    school(codes_too=True)
    second = pupil()
    assert second.go(subject, next="/tasks").headers["Location"] == "/login/code?next=/tasks"
    assert not second.is_in


def test_links_are_taken_away_by_their_person_and_by_who_looks_after_them(
    school, pupil, somebody, cast, as_, send, session
):
    browser, subject = pupil(), somebody(cast.student)
    browser.go(subject)
    link = rows(session, select(SchoolIdentity.id))[0]
    assert send(as_(cast.classmate), f"/account/school-accounts/{link}/unlink").status_code == 404
    assert send(as_(cast.student), f"/account/school-accounts/{link}/unlink").status_code == 303
    assert browser.is_in
    browser.go(subject)
    path = f"/admin/users/{cast.student.id}/school-accounts/unlink"
    assert send(as_(cast.other_manager), path).status_code == 404
    assert send(as_(cast.manager), path).status_code == 303
    assert not browser.is_in
    assert said(session, cast.school) == ["identity.linked", "identity.unlinked"] * 2
