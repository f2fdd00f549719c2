from __future__ import annotations

from datetime import date

from tests.rest.dates import TODAY, ago, days_off, holiday, term
from tests.rollups.plans import statements
from webapp.rest import queries
from webapp.rest.types import Span


def rest_dates(session, person):
    return queries.rest_dates(session, person.viewer, ago(9), TODAY)


def test_nobody_rests_where_nothing_is_entered(session, cast):
    assert rest_dates(session, cast.student) == frozenset()
    assert rest_dates(session, cast.admin) == frozenset()


def test_days_off_are_ones_own_and_holidays_are_everybodys(session, cast):
    days_off(session, cast.student, ago(1), ago(3), ago(30))
    holiday(session, cast.school, ago(6), ago(5))
    assert rest_dates(session, cast.student) == {ago(1), ago(3), ago(5), ago(6)}
    assert rest_dates(session, cast.classmate) == {ago(5), ago(6)}
    assert rest_dates(session, cast.other_student) == frozenset()
    assert rest_dates(session, cast.admin) == frozenset()


def test_dates_outside_every_term_are_rest_once_there_is_one(session, cast):
    term(session, cast.school, ago(7), ago(5))
    term(session, cast.school, ago(6), ago(2), "Late")
    holiday(session, cast.school, ago(3), ago(3))
    assert rest_dates(session, cast.student) == {ago(9), ago(8), ago(3), ago(1), TODAY}
    assert rest_dates(session, cast.other_student) == frozenset()


def test_one_statement(session, cast):
    term(session, cast.school, ago(7), ago(5))
    days_off(session, cast.student, ago(1))
    assert statements(session, lambda: rest_dates(session, cast.student)) == 1
    assert statements(session, lambda: rest_dates(session, cast.admin)) == 1


def test_days_off_in_a_row_are_one_span(session, cast):
    days_off(session, cast.student, date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 3))
    assert queries.days_off(session, cast.student.viewer) == [
        Span(date(2027, 1, 3), date(2027, 1, 3)),
        Span(date(2026, 12, 30), date(2027, 1, 1)),
    ]
    assert queries.days_off(session, cast.classmate.viewer) == []


def test_holidays_to_come_are_the_schools_own(session, cast):
    holiday(session, cast.school, ago(5), ago(4), "Over")
    holiday(session, cast.school, ago(1), TODAY, "Running")
    holiday(session, cast.other_school, ago(1), TODAY, "Elsewhere")
    found = queries.coming_holidays(session, cast.student.viewer, TODAY)
    assert [row.name for row in found] == ["Running"]
    assert queries.coming_holidays(session, cast.admin.viewer, TODAY) == []


def test_terms_and_holidays_are_listed_latest_first(session, cast):
    term(session, cast.school, ago(90), ago(40), "Spring")
    term(session, cast.school, ago(30), TODAY, "Autumn")
    holiday(session, cast.school, ago(20))
    assert [row.name for row in queries.terms(session, cast.school.id)] == ["Autumn", "Spring"]
    assert [row.days for row in queries.holidays(session, cast.school.id)] == [1]
    assert queries.terms(session, cast.other_school.id) == []
