"""What is mailed to whom, when, and how often."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import delete, event, select, update

from tests.reminders.conftest import JOB, MONDAY, WEDNESDAY_AFTERNOON
from webapp.accounts.models import User
from webapp.accounts.service import people
from webapp.accounts.types import AccountInput
from webapp.core.periods import DateRange
from webapp.goals.types import TimePeriod
from webapp.jobs.wrapper import run, short_transaction
from webapp.reminders import queries, service
from webapp.reminders.jobs import write_mail
from webapp.reminders.models import ReminderDay, ReminderKind, ReminderSubscription
from webapp.rest.models import DayOff
from webapp.rollups.queries.figures import range_figures

DAY = timedelta(days=1)


@pytest.fixture
def studious(cast, clock_at, plan, aim, subscribe):
    """Have the student look back on a week of plans, with more ahead, and want to hear of it."""
    clock_at(MONDAY - 9 * DAY)
    aim(cast.student)
    clock_at(MONDAY - 2 * DAY)
    for days in (7, 5, 3):
        plan(cast.student, MONDAY - days * DAY + timedelta(hours=9), done=days != 5)
    plan(cast.student, MONDAY + timedelta(hours=9), "Next week")
    subscribe(cast.student)
    clock_at(MONDAY)
    return cast.student


class TestTheDigest:
    def test_it_comes_once_in_the_morning_of_the_first_weekday(self, studious, remind, mails, clock_at):
        clock_at(MONDAY - timedelta(minutes=1))
        assert remind() == 0
        clock_at(MONDAY)
        assert [remind() for _ in range(3)] == [1, 0, 0]
        clock_at(MONDAY + timedelta(hours=5))
        assert remind() == 0
        (mail,) = mails()
        assert (mail.recipient, mail.kind) == ("student@school.test", "weekly_digest")
        assert mail.subject == "Your week in Milepost: 16 to 22 November 2026"
        clock_at(MONDAY + 7 * DAY)
        assert remind() == 1

    def test_its_figures_are_those_of_the_pages(self, studious, remind, mails, session):
        remind()
        week = DateRange(MONDAY.date() - 7 * DAY, MONDAY.date() - DAY)
        shown = range_figures(session, studious.viewer, week, MONDAY, streak=True)
        text = mails()[0].text_body
        assert (shown.totals.scheduled_minutes, shown.totals.completed_tasks_count) == (180, 2)
        assert "Planned: 3 h (3 h more than the week before)" in text
        assert "Studied: 3 h" in text
        assert "Follow-through: 100 %" in text
        assert "Tasks completed: 2 (2 more than the week before)" in text
        assert f"Streak: {shown.streak} days" in text
        assert "Study more: Missed, 3 h of 5 h" in text
        assert "1 h planned, 23 to 29 November 2026:\nMon 23 Nov: 1 h" in text

    def test_both_halves_say_the_same(self, studious, remind, mails):
        remind()
        (mail,) = mails()
        html = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", mail.html_body)))
        for words in ("16 to 22 November 2026", "3 h more than the week before", "Study more", "Mon 23 Nov"):
            assert words in html
            assert words in mail.text_body
        assert not re.search(r"&\w+;", mail.text_body)

    def test_nothing_to_say_means_no_mail(self, cast, clock_at, subscribe, remind, mails):
        clock_at(MONDAY - DAY)
        subscribe(cast.student)
        clock_at(MONDAY)
        assert remind() == 0
        assert mails() == []

    def test_who_did_not_ask_gets_none(self, cast, clock_at, plan, remind, mails):
        clock_at(MONDAY - DAY)
        plan(cast.student, MONDAY - 2 * DAY)
        clock_at(MONDAY)
        assert remind() == 0

    def test_each_at_their_own_morning(self, cast, clock_at, plan, subscribe, remind, mails):
        clock_at(MONDAY - 5 * DAY)
        plan(cast.student, MONDAY - 4 * DAY)
        plan(cast.other_student, MONDAY - 5 * DAY)
        subscribe(cast.student)
        subscribe(cast.other_student)  # New York, where weeks begin on Sundays
        clock_at("2026-11-22T11:59:00Z")
        assert remind() == 0
        clock_at("2026-11-22T12:00:00Z")
        assert remind() == 1
        clock_at(MONDAY)
        assert remind() == 1
        assert [mail.recipient for mail in mails()] == ["other-student@school.test", "student@school.test"]

    def test_quiet_hours_put_it_off(self, studious, subscribe, remind, clock_at, mails):
        clock_at(MONDAY - DAY)
        subscribe(studious, quiet_from="20:00", quiet_until="09:00")
        clock_at(MONDAY + timedelta(minutes=119))
        assert remind() == 0
        clock_at(MONDAY + timedelta(hours=2))
        assert remind() == 1
        assert mails()[0].not_after == MONDAY + timedelta(hours=8)

    def test_no_mail_leaves_late_in_quiet_hours(self, studious, subscribe, remind, clock_at, mails):
        """Whatever keeps the mail server: in quiet hours the mail has expired."""
        clock_at(MONDAY - DAY)
        subscribe(studious, quiet_from="08:00", quiet_until="06:00")
        clock_at(MONDAY)
        assert remind() == 1
        assert mails()[0].not_after == MONDAY + timedelta(hours=1)

    def test_a_missed_morning_is_made_up_for_once(self, studious, remind, clock_at):
        clock_at(MONDAY + timedelta(hours=15))
        assert remind() == 0
        clock_at(MONDAY + DAY + timedelta(hours=1))
        assert [remind(), remind()] == [1, 0]

    def test_a_missed_week_is_not(self, studious, remind, clock_at, mails):
        clock_at(MONDAY + 3 * DAY)
        assert remind() == 0
        clock_at(MONDAY + 7 * DAY)
        assert remind() == 1
        assert "23 to 29 November" in mails()[0].subject

    def test_it_follows_its_reader_to_another_zone(self, studious, session, remind, clock_at):
        clock_at(MONDAY - DAY)
        people.change_account(session, studious.viewer, AccountInput(first_name="S", time_zone="America/New_York"))
        session.commit()
        clock_at(MONDAY)
        assert remind() == 0
        clock_at(MONDAY + timedelta(hours=6))
        assert remind() == 1

    def test_switched_off_it_does_not_come(self, studious, session, remind):
        service.switch_off(session, studious.id, ReminderKind.WEEKLY_DIGEST)
        session.commit()
        assert remind() == 0

    def test_nor_to_those_who_may_not_enter(self, studious, session, remind, mails):
        session.execute(update(User).where(User.id == studious.id).values(active=False))
        session.commit()
        assert [remind(), remind()] == [0, 0]
        assert mails() == []

    def test_demo_people_have_no_mailbox_out_there(self, studious, app, session, remind, monkeypatch):
        session.execute(update(User).where(User.id == studious.id).values(is_demo=True))
        session.commit()
        monkeypatch.setitem(app.config, "MAIL_BACKEND", "webapp.web.mail_backends.SmtpEmailBackend")
        assert remind() == 0

    def test_switching_on_again_does_not_bring_it_again(self, studious, subscribe, remind):
        assert remind() == 1
        subscribe(studious)
        assert remind() == 0


class TestAGoalAtRisk:
    @pytest.fixture
    def aiming(self, cast, clock_at, aim, subscribe):
        clock_at(MONDAY)
        aim(cast.student)
        subscribe(cast.student, weekly_digest=False, goal_at_risk=True)
        clock_at(WEDNESDAY_AFTERNOON)
        return cast.student

    def test_it_comes_in_the_afternoon_once_for_each_goal_and_period(self, aiming, remind, mails, clock_at):
        clock_at(WEDNESDAY_AFTERNOON - DAY)
        assert remind() == 0, "a quarter of the week has passed: too early to mean it"
        clock_at(WEDNESDAY_AFTERNOON)
        assert [remind(), remind()] == [1, 0]
        (mail,) = mails()
        assert mail.subject == "A goal of yours needs a look"
        assert "Study more" not in mail.subject
        assert "Study more\n5 h studied a week\nSo far: 0 min\nBehind, 5 days left: " in mail.text_body
        for days in (1, 2, 3, 4):
            clock_at(WEDNESDAY_AFTERNOON + days * DAY)
            assert remind() == 0
        clock_at(WEDNESDAY_AFTERNOON + 7 * DAY)
        assert remind() == 1

    def test_a_goal_that_fares_well_is_not_written_about(self, aiming, plan, remind):
        for hours in range(1, 6):
            plan(aiming, WEDNESDAY_AFTERNOON + timedelta(hours=hours))
        assert remind() == 0

    def test_nor_is_one_with_no_time_left(self, cast, aim, subscribe, remind, clock_at):
        clock_at(MONDAY)
        aim(cast.student, 60, period=TimePeriod.DAILY)
        subscribe(cast.student, weekly_digest=False, goal_at_risk=True, quiet_from="15:00", quiet_until="21:30")
        clock_at(MONDAY + timedelta(hours=14, minutes=30))  # half past nine
        assert remind() == 0

    def test_a_goal_of_a_day_has_its_say_each_day(self, cast, aim, subscribe, remind, clock_at):
        clock_at(MONDAY)
        aim(cast.student, 60, period=TimePeriod.DAILY)
        subscribe(cast.student, weekly_digest=False, goal_at_risk=True)
        sent = []
        for days in (0, 1, 2):
            clock_at(MONDAY + days * DAY + timedelta(hours=9))
            sent += [remind(), remind()]
        assert sent == [1, 0, 1, 0, 1, 0]

    def test_a_rest_day_is_left_in_peace(self, aiming, session, remind):
        session.add(DayOff(user_id=aiming.id, local_date=WEDNESDAY_AFTERNOON.date()))
        session.commit()
        assert remind() == 0

    def test_the_night_is_too(self, aiming, remind, clock_at):
        clock_at(WEDNESDAY_AFTERNOON + timedelta(hours=5))
        assert remind() == 0

    def test_a_second_goal_brings_a_second_mail_that_names_both(self, aiming, aim, remind, mails, clock_at):
        assert remind() == 1
        aim(aiming, name="Read more")
        clock_at(WEDNESDAY_AFTERNOON + DAY)
        assert remind() == 1
        last = mails()[-1]
        assert last.subject == "2 of your goals need a look"
        assert last.text_body.index("Read more") < last.text_body.index("Study more")

    def test_there_is_one_mail_a_day_at_most(self, cast, clock_at, plan, aim, subscribe, remind, mails):
        clock_at(MONDAY - 6 * DAY)
        plan(cast.student, MONDAY - 5 * DAY)
        aim(cast.student, 60, period=TimePeriod.DAILY)
        subscribe(cast.student, goal_at_risk=True, quiet_from="22:00", quiet_until="06:00")
        clock_at(MONDAY)
        assert remind() == 1
        clock_at(MONDAY + timedelta(hours=9))
        assert remind() == 0
        clock_at(MONDAY + DAY + timedelta(hours=9))
        assert remind() == 1
        assert [mail.kind for mail in mails()] == ["weekly_digest", "goal_at_risk"]


class TestExactlyOnce:
    def test_several_jobs_at_once(self, app, class_of_30, mails):
        def work():
            with app.app_context():
                run(app, JOB)

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(mail.recipient for mail in mails()) == sorted(pupil.user.email for pupil in class_of_30)

    def test_a_job_that_is_killed_half_way(self, app, class_of_30, mails, remind, monkeypatch):
        count = []

        def dying(*args):
            count.append(1)
            if len(count) % 13 == 0:
                raise KeyboardInterrupt
            return write_mail(*args)

        for _ in range(20):
            with app.app_context():
                try:
                    with short_transaction() as session:
                        service.remind_some(session, dying, demo=True)
                except KeyboardInterrupt:
                    continue
        assert len(count) > 30
        assert len(mails()) == 30
        assert remind() == 0

    def test_a_queue_entry_that_comes_back_from_the_dead(self, class_of_30, session, remind, mails):
        """Even with due times set back, as by a restored backup of that table, nobody is written to again."""
        remind()
        session.execute(update(ReminderSubscription).values(due_at=MONDAY))
        session.commit()
        assert remind() == 0
        session.execute(delete(ReminderDay))
        session.execute(update(ReminderSubscription).values(due_at=MONDAY))
        session.commit()
        remind()
        assert len(mails()) == 30

    def test_one_who_cannot_be_written_to_does_not_hold_up_the_others(self, class_of_30, session, remind, mails):
        session.execute(update(User).where(User.id == class_of_30[0].id).values(email="not an address"))
        session.commit()
        assert remind() == 29

    def test_finding_takes_two_statements_however_many_there_are(self, app, class_of_30, session, engine):
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        for limit in (1, 30):
            event.listen(engine, "before_cursor_execute", note)
            found, _ = queries.due(session, MONDAY, limit, demo=True)
            event.remove(engine, "before_cursor_execute", note)
            assert len(found) == limit
        session.rollback()
        assert len([one for one in seen if not one.startswith("BEGIN")]) == 4

    def test_who_is_due_is_found_by_index(self, session, engine):
        question = "SELECT user_id FROM reminder_subscriptions WHERE due_at <= {} ORDER BY due_at LIMIT 10"
        explain, value = ("EXPLAIN QUERY PLAN", "1") if engine.dialect.name == "sqlite" else ("EXPLAIN", "now()")
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET enable_seqscan = off")
            steps = connection.exec_driver_sql(f"{explain} {question.format(value)}").all()
        assert "ix_reminder_subscriptions_due_at" in str(steps)


def test_no_mail_holds_anything_of_anybody_else(cast, clock_at, plan, aim, subscribe, remind, mails, session):
    clock_at(MONDAY - 6 * DAY)
    names = ("student", "classmate", "teacher", "other_student")
    for name in names:
        person = getattr(cast, name)
        person.user.first_name = f"canary-{name}"
        session.commit()
        plan(person, MONDAY - 5 * DAY, f"canary-{name}")
        plan(person, MONDAY + DAY, f"canary-{name}")
        aim(person, name=f"canary-{name}")
        subscribe(person, goal_at_risk=True)
    for hours in range(24 * 5):
        clock_at(MONDAY - DAY + timedelta(hours=hours))
        remind()
    found = mails()
    assert len(found) == 11
    for mail in found:
        owner = next(name for name in names if getattr(cast, name).id == mail.user_id)
        assert mail.recipient == getattr(cast, owner).user.email
        marks = set(re.findall(r"canary-[a-z_]+", mail.text_body + mail.html_body + mail.subject))
        assert marks <= {f"canary-{owner}"}
    assert any("canary-" in mail.text_body for mail in found)


def test_what_people_name_their_goals_does_no_harm_in_a_mail(cast, clock_at, plan, aim, subscribe, remind, mails):
    clock_at(MONDAY - 6 * DAY)
    plan(cast.student, MONDAY - 5 * DAY)
    aim(cast.student, name="<b onclick=x>&\u202e{{ 7 * 7 }}")
    subscribe(cast.student)
    clock_at(MONDAY)
    remind()
    (mail,) = mails()
    assert "<b onclick" not in mail.html_body
    assert "&lt;b onclick=x&gt;&amp;" in mail.html_body
    assert "<b onclick=x>&" in mail.text_body
    assert "49" not in mail.text_body


def test_notes_of_days_go_after_two_months(session, cast, clock_at):
    clock_at(MONDAY)
    session.add(ReminderDay(user_id=cast.student.id, local_date=MONDAY.date(), kind=ReminderKind.WEEKLY_DIGEST))
    session.commit()
    clock_at(MONDAY + 59 * DAY)
    assert service.forget_old(session) == 0
    clock_at(MONDAY + 61 * DAY)
    assert service.forget_old(session) == 1
    session.commit()
    assert session.scalars(select(ReminderDay)).all() == []
