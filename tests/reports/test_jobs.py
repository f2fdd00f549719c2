"""What is mailed to whom, when, and how often; and that its figures are those of the pages."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import delete, select, update

from tests.reports.conftest import ALL_DUE, DATES, MONDAY, WEEK
from webapp.accounts.identity import viewer_for
from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.goals.offers import service as offers
from webapp.goals.offers.queries import counts
from webapp.goals.offers.types import OfferInput
from webapp.goals.types import GoalStatus, TargetType, TimePeriod
from webapp.jobs.wrapper import short_transaction
from webapp.planner import service as planner
from webapp.planner.types import TaskInput
from webapp.reports import jobs, queries, service
from webapp.reports.models import ReportMonday
from webapp.reports.times import due_at
from webapp.reports.types import Due
from webapp.schools.models import School

DAY = timedelta(days=1)
STAFF = {"manager@school.test", "teacher@school.test"}


def table(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


class TestWhoGetsIt:
    def test_managers_and_teachers_each_at_their_own_time_once(self, world, cast, report, mails, clock_at):
        clock_at(MONDAY - timedelta(seconds=1))
        assert report() == 0
        times = {due_at("Europe/Berlin", MONDAY.date(), one.id): one for one in (cast.manager, cast.teacher)}
        for at, person in sorted(times.items()):
            clock_at(at)
            assert [report(), report()] == [1, 0]
            assert person.user.email in mails()
        clock_at(ALL_DUE + timedelta(hours=5))
        assert report() == 0
        assert set(mails()) == STAFF

    def test_each_school_has_its_own_morning(self, world, cast, report, mails, clock_at):
        clock_at(MONDAY + timedelta(hours=5, minutes=59))
        report()
        assert set(mails()) == STAFF
        clock_at(MONDAY + timedelta(hours=6, minutes=30))
        assert report() == 1
        assert set(mails()) == STAFF | {"other-manager@school.test"}, "the other teacher has no class"

    def test_a_machine_that_slept_makes_up_for_it_once(self, world, report, mails, clock_at):
        clock_at(ALL_DUE + DAY)
        assert [report() >= 2, report()] == [True, 0]
        assert mails()["manager@school.test"][0].subject == "The week in Milepost: 26 October to 1 November 2026"

    def test_what_is_older_is_not_sent(self, world, report, clock_at):
        clock_at(ALL_DUE + 2 * DAY)
        assert report() == 0
        clock_at(ALL_DUE + 7 * DAY)
        assert [report() > 0, report()] == [True, 0]

    def test_who_came_later_waits_for_the_next_monday(self, world, session, cast, report, mails, clock_at):
        session.execute(update(User).where(User.id == cast.teacher.id).values(created_at=MONDAY + timedelta(minutes=1)))
        session.commit()
        report()
        assert set(mails()) == {"manager@school.test"}

    @pytest.mark.parametrize("change", [{"active": False}, {"role": Role.STUDENT}])
    def test_nor_do_those_who_are_no_staff_any_more(self, world, session, cast, report, mails, change):
        session.execute(update(User).where(User.id == cast.teacher.id).values(**change))
        session.commit()
        report()
        assert set(mails()) == {"manager@school.test"}

    def test_an_archived_school_gets_none(self, world, session, cast, report):
        session.execute(update(School).where(School.id == cast.school.id).values(archived_at=clock.now()))
        session.commit()
        assert report() == 0

    def test_who_switched_it_off_gets_none(self, world, session, cast, report, mails):
        service.choose(session, cast.teacher.viewer, wanted=False)
        session.commit()
        report()
        assert set(mails()) == {"manager@school.test"}

    def test_demo_people_have_no_mailbox_out_there(self, world, app, session, report, monkeypatch):
        session.execute(update(User).values(is_demo=True))
        session.commit()
        monkeypatch.setitem(app.config, "MAIL_BACKEND", "webapp.web.mail_backends.SmtpEmailBackend")
        assert report() == 0

    def test_nothing_to_say_means_no_mail_and_no_second_look(self, session, cast, report, mails, clock_at):
        session.execute(delete(User).where(User.role == Role.STUDENT))
        session.execute(update(User).values(created_at=MONDAY - 60 * DAY))
        session.commit()
        clock_at(ALL_DUE)
        assert report() == 0
        assert mails() == {}
        assert set(session.scalars(select(ReportMonday.written))) == {False}
        session.rollback()

    def test_of_two_workers_one_queues_it(self, world, app, cast, mails):
        one = Due(cast.manager.viewer, MONDAY.date())
        with app.app_context():
            with short_transaction() as session:
                mail = jobs.write_mail(one, queries.weekly_report(session, one.viewer))
            said = []
            for _ in range(2):
                with short_transaction() as session:
                    said.append(service.see_to(session, one, mail))
        assert said == [True, False]
        assert len(mails()) == 1

    def test_one_that_cannot_be_written_holds_up_nobody(self, world, cast, report, mails, monkeypatch):
        honest = queries.weekly_report

        def report_of(session, viewer, week=None):
            if viewer.role is Role.TEACHER:
                raise LookupError
            return honest(session, viewer, week)

        monkeypatch.setattr(queries, "weekly_report", report_of)
        report()
        assert set(mails()) == {"manager@school.test"}
        monkeypatch.undo()
        report()
        assert set(mails()) == STAFF

    def test_notes_of_old_mondays_go(self, world, session, report, clock_at):
        report()
        clock_at(ALL_DUE + 59 * DAY)
        assert service.forget_old(session) == 0
        clock_at(ALL_DUE + 61 * DAY)
        assert service.forget_old(session) == 2
        session.commit()


class TestWhatItSays:
    @pytest.mark.parametrize("who", ["manager", "teacher"])
    def test_its_tables_are_those_of_the_pages(self, world, cast, as_, report, mails, who):
        report()
        person = getattr(cast, who)
        _, files = mails()[person.user.email]
        client = as_(person)
        assert files[0] == client.get(f"/overview.csv?{DATES}").data
        shown = {row["class_id"]: row for row in table(client.get(f"/overview/classes.csv?{DATES}").data)}
        before = client.get("/overview/classes.csv?start_date=2026-10-19&end_date=2026-10-25").data
        earlier = {row["class_id"]: row for row in table(before)}
        mine = table(files[1])
        assert len(mine) == len(shown) > 0
        for row in mine:
            assert {name: row[name] for name in shown[row["class_id"]]} == shown[row["class_id"]]
            assert row["xp_before"] == earlier[row["class_id"]]["xp"]
            assert row["studied_minutes_before"] == earlier[row["class_id"]]["studied_minutes"]

    def test_its_words_are_those_of_the_pages(self, world, cast, as_, report, mails):
        report()
        text = mails()["manager@school.test"][0].text_body
        client = as_(cast.manager)
        page = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", client.get(f"/overview?{DATES}").text)))
        for label in ("Active students", "Engagement", "Attendance", "Activities", "XP", "Quiz score"):
            value = re.search(rf"^{label}: ([^(\n]+)", text, re.MULTILINE)[1].strip()
            assert f"{label} {value}" in page, (label, value)
        risk = client.get("/api/v1/analytics/at-risk?limit=10").get_json()
        named = re.findall(r"^- (.+), (.+) \((High|Medium|Low), (\d+)\): (.+)$", text, re.MULTILINE)
        assert named == [
            (
                row["name"],
                row["class_name"],
                row["level"].title(),
                str(row["score"]),
                "; ".join(reason["text"] for reason in row["reasons"]),
            )
            for row in risk["items"]
        ]
        assert len(named) > 0

    def test_how_far_courses_are_is_what_the_api_says(self, world, cast, as_, report, mails):
        report()
        told = as_(cast.manager).get(f"/api/v1/reports/weekly?week={WEEK}").get_json()["courses"]
        text = mails()["manager@school.test"][0].text_body.partition("How far courses are\n")[2].partition("\n\n")[0]
        assert [re.fullmatch(r"- (.+): (.+) %, (\d+) enrolments?", line).groups() for line in text.splitlines()] == [
            (each["title"], str(each["average_completion"]), str(each["enrolments"])) for each in told
        ]
        assert told

    def test_both_halves_say_the_same(self, world, report, mails):
        report()
        for mail, _ in mails().values():
            html = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", mail.html_body)))
            for line in mail.text_body.partition("\n--\n")[0].splitlines():
                for part in re.split(r"[:(),]|https?://\S+|^- ", line):
                    assert part.strip() in html
            assert not re.search(r"&\w+;", mail.text_body)
            assert "<img" not in mail.html_body

    def test_it_names_nobody_of_another_school_nor_in_its_subject(self, world, session, cast, report, mails):
        session.execute(update(User).where(User.school_id == cast.other_school.id).values(first_name="Elsewhere"))
        session.commit()
        report()
        for mail, files in mails().values():
            assert "Student" not in mail.subject
            assert "Elsewhere" not in mail.text_body + mail.html_body + str(files)

    def test_names_cannot_break_out_of_it(self, world, session, report, mails):
        session.execute(
            update(User).where(User.role == Role.STUDENT).values(first_name="<b>Bold</b>", last_name="&amp;")
        )
        session.commit()
        report()
        html = mails()["manager@school.test"][0].html_body
        assert "<b>Bold" not in html
        assert "&lt;b&gt;Bold" in html

    def test_small_groups_are_withheld_from_their_former_teacher(self, world, session, cast, report, mails):
        """Of a class of three, one has left in the week: the teacher teaches only two of those behind its figures."""
        session.execute(delete(Enrolment).where(Enrolment.school_id == cast.school.id))
        group = world.classes[0].id
        others = ClassGroup.id != group
        session.execute(update(ClassGroup).where(others).values(archived_at=clock.now()))
        for number, user in enumerate(world.students[:3]):
            ends_on = MONDAY.date() - 3 * DAY if number == 0 else None
            session.add(Enrolment(class_id=group, user_id=user.id, school_id=cast.school.id, ends_on=ends_on))
        session.commit()
        report()
        teacher, files = mails()["teacher@school.test"]
        assert "Activity\nNot shown: fewer than 5 people are behind it." in teacher.text_body
        assert {row["value"] for row in table(files[0])} <= {"", "2"}, "but how many students there are"
        assert {row["xp"] for row in table(files[1])} == {""}
        assert "Active students: " in mails()["manager@school.test"][0].text_body

    def test_goals_stand_as_they_did_when_the_week_ended(self, world, session, cast, report, mails, clock_at):
        clock_at(MONDAY - 4 * DAY)
        group, student = world.classes[0], world.students[0]
        session.execute(delete(Enrolment).where(Enrolment.class_id == group.id))
        session.add(Enrolment(class_id=group.id, user_id=student.id, school_id=cast.school.id))
        session.flush()
        given = OfferInput(
            name="One task", target_type=TargetType.TASK_COUNT, target_value=1, time_period=TimePeriod.WEEKLY
        )
        offer = offers.offer_goal(session, cast.manager.viewer, group.id, given)
        pupil = viewer_for(session, student.id)
        offers.accept_offer(session, pupil, offer.id)
        task = planner.create_task(session, pupil, TaskInput(title="Read"))
        planner.complete_task(session, pupil, task.id, None)
        session.commit()
        clock_at(ALL_DUE)
        found = queries.weekly_report(session, cast.manager.viewer)
        assert [each.statuses for each in found.offers] == [{GoalStatus.ACHIEVED: 1}]
        assert counts(session, cast.manager.viewer, group.id)[0].statuses != {GoalStatus.ACHIEVED: 1}
        session.rollback()
        report()
        text = mails()["manager@school.test"][0].text_body
        assert f"- One task, {group.name}: taken up by 1 of 1: 1 reached" in text
