from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from webapp.exports.models import Export, ExportStatus

FORM = {"kind": "daily", "file_format": "csv", "period": "7d"}


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at("2026-11-18T10:00:00Z")


@pytest.fixture
def mine(as_, cast):
    return as_(cast.student)


@pytest.fixture
def post(csrf):
    def send(mine, path, data=None, **headers):
        return mine.post(path, data={"csrf_token": csrf(mine), **(data or {})}, headers=headers)

    return send


@pytest.fixture
def order(post):
    def send(mine, **fields):
        return post(mine, "/exports", {**FORM, **fields})

    return send


def save(client, path):
    """Return a download, read and closed."""
    answer = client.get(path)
    assert answer.data is not None
    answer.close()
    return answer


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def test_from_asking_to_saving(mine, order, work):
    assert "No exports yet" in words(mine.get("/exports"))
    answer = order(mine)
    assert (answer.status_code, answer.location) == (303, "/exports")
    waiting = mine.get("/exports")
    assert "Daily figures CSV 12 Nov 2026 to 18 Nov 2026 Waiting to start" in words(waiting)
    assert 'data-refresh-seconds="2"' in waiting.text
    work()
    ready = mine.get("/exports")
    assert re.search(r"Ready, \d+ bytes · kept until 25 November, 11:00", words(ready))
    assert "data-refresh-seconds" not in ready.text
    saved = save(mine, re.search(r'href="(/exports/[^"]+/download)"', ready.text)[1])
    assert saved.status_code == 200
    assert saved.headers["Content-Disposition"] == "attachment; filename=milepost-daily-2026-11-12-2026-11-18.csv"
    assert saved.mimetype == "text/csv"
    assert saved.data.startswith(b"\xef\xbb\xbfdate,total_scheduled_minutes")
    assert saved.data.count(b"\r\n") == 8


def test_a_spreadsheet(mine, order, work):
    order(mine, kind="slots", file_format="xlsx", period="everything")
    work()
    page = mine.get("/exports")
    assert "Slots spreadsheet Everything Ready" in words(page)
    saved = save(mine, re.search(r'href="(/exports/[^"]+/download)"', page.text)[1])
    assert saved.data.startswith(b"PK")
    assert "milepost-slots-everything.xlsx" in saved.headers["Content-Disposition"]


def test_the_list_alone_for_htmx(mine, order, redis):
    order(mine)
    fragment = mine.get("/exports", headers={"HX-Request": "true"}).text
    assert fragment.lstrip().startswith('<div id="exports"')
    assert "<form" in fragment
    assert "New export" not in fragment


def test_without_redis_the_page_works_and_says_when_it_goes_on(mine, order, no_redis, session):
    assert order(mine).status_code == 303
    assert "Waiting. It starts as soon as the workers are back." in words(mine.get("/exports"))
    assert session.scalar(select(Export.status)) is ExportStatus.QUEUED


def test_without_workers_it_says_so_after_a_while(mine, order, redis, clock_at):
    order(mine)
    clock_at("2026-11-18T10:00:30Z")
    assert "as soon as the workers are back" in words(mine.get("/exports"))


def test_cancel_retry_and_delete(mine, order, post, redis, session):
    order(mine)
    where = f"/exports/{session.scalar(select(Export.id))}"
    session.rollback()
    assert "Cancelled" in words(post(mine, f"{where}/cancel", **{"HX-Request": "true"}))
    assert post(mine, f"{where}/retry").status_code == 303
    assert "Waiting to start" in words(mine.get("/exports"))
    post(mine, f"{where}/cancel")
    answer = post(mine, f"{where}/delete", **{"HX-Request": "true"})
    assert "No exports yet" in words(answer)
    assert "The export is deleted" in answer.headers["HX-Trigger"]


def test_deleting_removes_the_file(mine, order, post, work, folder):
    order(mine)
    work()
    assert len(list(folder.iterdir())) == 1
    path = re.search(r'action="(/exports/[^"]+/delete)"', mine.get("/exports").text)[1]
    assert post(mine, path).status_code == 303
    assert list(folder.iterdir()) == []


def test_progress_and_problems_are_shown(mine, order, redis, session):
    order(mine)
    session.execute(update(Export).values(status=ExportStatus.RUNNING, percent=40))
    session.commit()
    page = mine.get("/exports")
    assert "Building, 40 %" in words(page)
    assert re.search(r'<progress[^>]+value="40" max="100"', page.text)
    session.execute(update(Export).values(status=ExportStatus.FAILED, problem="There was no room."))
    session.commit()
    assert "There was no room. Try again Delete" in words(mine.get("/exports"))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"period": "custom"}, "Choose a date."),
        ({"period": "custom", "first": "2024-01-01", "last": "2026-01-01"}, "at most 366 days"),
        ({"period": "always"}, "Period"),
        ({"kind": "grades"}, "Kind"),
        ({"file_format": "exe"}, "File format"),
        ({"surprise": "1"}, "This field is not known here."),
    ],
)
def test_refusals_keep_what_was_typed(mine, order, session, fields, expected):
    answer = order(mine, **{"file_format": "xlsx", **fields})
    assert answer.status_code == 422
    assert expected in words(answer)
    assert session.scalar(select(Export.id)) is None


def test_too_many(mine, order, redis):
    for day in range(1, 21):
        order(mine, period="custom", first=f"2026-01-{day:02}", last=f"2026-01-{day:02}")
    answer = order(mine)
    assert answer.status_code == 409
    assert "Delete some first" in words(answer)


def test_files_are_for_their_owner_alone(mine, order, post, work, as_, cast):
    order(mine)
    work()
    path = re.search(r'href="(/exports/[^"]+)/download"', mine.get("/exports").text)[1]
    for person in (cast.classmate, cast.teacher, cast.manager, cast.admin, cast.other_student):
        stranger = as_(person)
        assert stranger.get(f"{path}/download").status_code == 404
        assert "No exports yet" in words(stranger.get("/exports"))
        for verb in ("cancel", "retry", "delete"):
            assert post(stranger, f"{path}/{verb}").status_code == 404
    assert save(mine, f"{path}/download").status_code == 200


def test_what_cannot_be_saved(mine, order, work, folder, session, clock_at):
    order(mine)
    path = f"/exports/{session.scalar(select(Export.id))}/download"
    session.rollback()
    assert "not ready" in words(mine.get(path))
    work()
    for file in folder.iterdir():
        file.unlink()
    assert "The file is gone" in words(mine.get(path))
    clock_at("2026-11-26T10:00:00Z")
    assert mine.get(path).status_code in (303, 404)
