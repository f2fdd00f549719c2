"""The page of terms and holidays, through the front door."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, func, select

from tests.planner.doors import field_value, toast_of, words
from tests.rest.dates import holiday, term
from webapp.accounts.models import User
from webapp.rest.models import Holiday, Term
from webapp.rest.types import MOST_TERMS
from webapp.schools.models import School

FIELDS = {"name": "Autumn", "starts_on": "2026-09-01", "ends_on": "2026-12-18"}
KINDS = {"terms": Term, "holidays": Holiday}
MAKE = {"terms": term, "holidays": holiday}


@pytest.fixture(params=list(KINDS))
def kind(request) -> str:
    return request.param


@pytest.fixture
def row(session, cast, kind):
    made = MAKE[kind](session, cast.school, date(2026, 1, 7), date(2026, 3, 27), "Spring")
    session.commit()
    return made


def rows(session, kind) -> list[tuple]:
    model = KINDS[kind]
    found = session.execute(select(model.school_id, model.name, model.starts_on, model.ends_on)).all()
    session.commit()
    return [tuple(row) for row in found]


def versions(session, school) -> set[int]:
    found = set(session.scalars(select(User.stats_version).where(User.school_id == school.id)))
    session.commit()
    return found


def test_an_empty_page_says_what_goes_here(door, cast):
    page = words(door(cast.manager).get("/school/terms").text)
    assert "No terms yet" in page
    assert "No holidays yet" in page


@pytest.mark.parametrize("htmx", [False, True])
def test_adding_lets_everybodys_figures_of_the_school_expire(door, cast, session, kind, htmx):
    answer = door(cast.manager).post(f"/school/{kind}", htmx=htmx, **FIELDS)
    assert answer.status_code == (204 if htmx else 303)
    assert rows(session, kind) == [(cast.school.id, "Autumn", date(2026, 9, 1), date(2026, 12, 18))]
    assert (versions(session, cast.school), versions(session, cast.other_school)) == ({1}, {0})
    assert "1 September to 18 December 2026" in words(door(cast.manager).get("/school/terms").text)


@pytest.mark.parametrize("htmx", [False, True])
def test_changing(door, cast, session, kind, row, htmx):
    answer = door(cast.manager).post(f"/school/{kind}/{row.id}", htmx=htmx, **FIELDS)
    assert answer.status_code == (204 if htmx else 303)
    assert rows(session, kind) == [(cast.school.id, "Autumn", date(2026, 9, 1), date(2026, 12, 18))]
    assert versions(session, cast.school) == {1}


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("who", ["manager", "admin"])
def test_removing_can_be_undone(door, cast, session, kind, row, htmx, who):
    before, person = rows(session, kind), door(getattr(cast, who))
    answer = person.post(f"/school/{kind}/{row.id}/delete", htmx=True)
    assert rows(session, kind) == []
    assert versions(session, cast.school) == {1}
    assert person.post(toast_of(answer)["undo"], htmx=htmx).status_code in {204, 303}
    assert rows(session, kind) == before
    assert versions(session, cast.school) == {2}


def test_removing_by_a_plain_form(door, cast, session, kind, row):
    answer = door(cast.manager).post(f"/school/{kind}/{row.id}/delete")
    assert (answer.status_code, rows(session, kind)) == (303, [])


BAD = [
    ({"name": ""}, "This is needed."),
    ({"name": "x" * 101}, "at most 100"),
    ({"starts_on": ""}, "This is needed."),
    ({"starts_on": "1.9.2026"}, "Write a date like"),
    ({"ends_on": "2026-08-31"}, "must not be before the first"),
    ({"ends_on": "2027-09-02"}, "At most 366 days"),
]


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(("wrong", "message"), BAD)
def test_a_refused_new_one_keeps_what_was_typed(door, cast, session, kind, wrong, message, htmx):
    sent = FIELDS | wrong
    answer = door(cast.manager).post(f"/school/{kind}", htmx=htmx, **sent)
    assert answer.status_code == 422
    assert message in words(answer.text)
    form = answer.text.split(f'hx-post="/school/{kind}"')[1].split("</form>")[0]
    assert {name: field_value(form, name) for name in sent} == sent
    assert answer.text.lstrip().startswith('<div id="terms"') is htmx
    assert rows(session, kind) == []


@pytest.mark.parametrize("htmx", [False, True])
def test_a_refused_change_opens_its_own_form(door, cast, session, kind, row, htmx):
    answer = door(cast.manager).post(f"/school/{kind}/{row.id}", htmx=htmx, **FIELDS | {"name": ""})
    assert answer.status_code == 422
    assert '<details class="category-edit" open>' in answer.text
    assert rows(session, kind)[0][1] == "Spring"


def test_a_name_is_taken_once_for_terms(door, cast, session):
    person = door(cast.manager)
    person.post("/school/terms", **FIELDS)
    answer = person.post("/school/terms", **FIELDS | {"name": "AUTUMN"})
    assert "has a term of this name already" in words(answer.text)
    assert len(rows(session, "terms")) == 1
    own = session.scalar(select(Term.id))
    session.commit()
    assert person.post(f"/school/terms/{own}", **FIELDS | {"name": "autumn"}).status_code == 303


def test_a_holiday_that_is_sent_or_brought_back_twice_is_there_once(door, cast, session):
    manager = door(cast.manager)
    for _ in range(2):
        assert manager.post("/school/holidays", **FIELDS).status_code == 303
    assert rows(session, "holidays") == [(cast.school.id, "Autumn", date(2026, 9, 1), date(2026, 12, 18))]
    manager.post("/school/holidays", **{**FIELDS, "ends_on": "2026-12-19"})
    assert len(rows(session, "holidays")) == 2


def test_there_is_a_limit(door, cast, session):
    for number in range(MOST_TERMS):
        term(session, cast.school, date(2026, 1, 1), date(2026, 1, 2), f"Term {number}")
    session.commit()
    answer = door(cast.manager).post("/school/terms", **FIELDS)
    assert (answer.status_code, "There is room for 200" in words(answer.text)) == (422, True)


@pytest.mark.parametrize("who", ["teacher", "student"])
@pytest.mark.parametrize("verb", ["", "/{id}", "/{id}/delete", "/undo"])
def test_too_low_a_role(door, cast, session, kind, row, who, verb):
    before = rows(session, kind)
    answer = door(getattr(cast, who)).post(f"/school/{kind}{verb.format(id=row.id)}", **FIELDS)
    assert (answer.status_code, rows(session, kind)) == (403, before)
    assert door(getattr(cast, who)).get("/school/terms").status_code == 403


@pytest.mark.parametrize("verb", ["/{id}", "/{id}/delete"])
def test_other_schools_rows_are_not_there(door, cast, session, kind, row, verb):
    before = rows(session, kind)
    answer = door(cast.other_manager).post(f"/school/{kind}{verb.format(id=row.id)}", **FIELDS)
    assert (answer.status_code, rows(session, kind)) == (404, before)


def test_another_school_is_not_there_for_a_manager(door, cast, session, kind):
    other = {"school_id": str(cast.other_school.id)}
    assert door(cast.manager).get(f"/school/terms?school_id={other['school_id']}").status_code == 404
    assert door(cast.manager).post(f"/school/{kind}", **FIELDS | other).status_code == 404
    assert rows(session, kind) == []


@pytest.mark.parametrize("verb", ["", "/{id}", "/{id}/delete", "/undo"])
def test_strangers_are_sent_to_sign_in(client, session, kind, row, verb):
    before = rows(session, kind)
    assert client.post(f"/school/{kind}{verb.format(id=row.id)}", data=FIELDS).status_code in {303, 400}
    assert rows(session, kind) == before


class TestAdmins:
    def test_they_choose_a_school(self, door, cast):
        page = door(cast.admin).get(f"/school/terms?school_id={cast.other_school.id}").text
        assert f'<option value="{cast.other_school.id}" selected>Southbank School</option>' in page
        assert "Northfield School" in words(door(cast.admin).get("/school/terms").text)

    def test_they_add_to_the_school_that_they_name(self, door, cast, session, kind):
        answer = door(cast.admin).post(f"/school/{kind}", **FIELDS, school_id=str(cast.other_school.id))
        assert answer.headers["Location"] == f"/school/terms?school_id={cast.other_school.id}"
        assert rows(session, kind)[0][0] == cast.other_school.id

    @pytest.mark.parametrize("school_id", ["", "nonsense"])
    def test_they_must_name_one(self, door, cast, session, kind, school_id):
        answer = door(cast.admin).post(f"/school/{kind}", **FIELDS, school_id=school_id)
        assert (answer.status_code, rows(session, kind)) == (422, [])

    def test_without_any_school_the_page_says_so(self, door, cast, session):
        person = door(cast.admin)
        session.execute(delete(School))
        session.commit()
        assert "No school yet" in words(person.get("/school/terms").text)
        assert session.scalar(select(func.count()).select_from(School)) == 0
