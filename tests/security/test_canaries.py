"""Everybody's texts carry a mark of theirs; nobody else's mark shows in any byte of any answer."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from urllib.parse import parse_qsl, urljoin, urlsplit
from zipfile import ZipFile

import pytest

from tests.security.matrix import PARAMETER
from tests.security.samples import MAKERS
from webapp.accounts.models import ApiToken
from webapp.core.secrets import hash_secret, new_secret
from webapp.planner import queries as planner_queries
from webapp.planner import service
from webapp.planner.types import CategoryInput, FocusWindowInput, SlotInput, TaskInput
from webapp.web.access import policy_table

ACTORS = ("student", "classmate", "teacher", "manager", "admin", "other_student", "other_manager")
# How many addresses of one shape (one path but for ids, with parameters of the same names) are read, and of how many
# the fragment too, which the page includes: an address of a shape that was read says what the others of it said.
MOST_OF_A_SHAPE = 2
MOST_FRAGMENTS = 1
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MARK = re.compile(r"canary-([a-z_]+)-canary")


def mark(name):
    return f"canary-{name}-canary"


# The addresses that a page leads to or fetches by itself; read by a tenth of the time that a parser takes.
POSTED = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>', re.IGNORECASE)
FOLLOWED = re.compile(r'\s(?:href|src|hx-get|action)="([^"]+)"')


def addresses(page):
    return {unescape(found) for found in FOLLOWED.findall(POSTED.sub("", page))}


@pytest.fixture
def marked(session, cast):
    """Give everybody a name, plans of every kind and a school that carry their mark."""
    cast.school.name, cast.other_school.name = mark("school"), mark("other_school")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for name in ACTORS:
        person = getattr(cast, name)
        person.user.first_name = mark(f"{name}_name")
        session.flush()
        viewer = person.viewer
        category = service.create_category(session, viewer, CategoryInput(name=mark(name)))
        for hours in (-26, -2, 1, 30):
            starts = now + timedelta(hours=hours)
            slots = [SlotInput(starts_at=starts, ends_at=starts + timedelta(hours=1))]
            given = {"title": f"{mark(name)} {hours}", "notes": mark(name), "category_id": category.id}
            task = service.create_task(session, viewer, TaskInput(**given, slots=slots, due_at=starts))
        service.complete_task(session, viewer, task.id)
        service.add_focus_window(session, viewer, FocusWindowInput(starts_at=now, ends_at=now + timedelta(hours=2)))
        for make in MAKERS.values():
            make(session, person.user, mark(name))
    session.commit()
    return cast


SCHOOLS = {
    "school": ("student", "classmate", "teacher", "manager", "admin"),  # what an admin makes stands in the first school
    "other_school": ("other_student", "other_manager"),
}


def may_show(cast, name):
    """Return whose marks an actor may see: their own, and those of what they look after.

    Beside what is somebody's own there are names of people, of classes, of what is offered to these, and of terms and
    holidays ("dates").
    """
    schools = list(SCHOOLS) if name == "admin" else [school for school, people in SCHOOLS.items() if name in people]
    people = [person for school in schools for person in SCHOOLS[school]]
    staff = "student" not in name and name != "classmate"
    looks_after = people if name in {"admin", "manager", "other_manager"} else [name, "own"] if staff else []
    names = people if staff else [name]
    if name == "teacher":
        looks_after = [*looks_after, "classmate"]  # who is in a class of theirs, and whose courses their page lists
    return {
        *(name, *schools, "own", "own_class", "own_course", "own_dates", "own_event", "own_offer"),
        *(f"{person}_{what}" for person in {name, *looks_after} for what in ("class", "course", "event", "offer")),
        *(f"{person}_name" for person in (*names, "own") if staff or person == name),
        *(f"{person}_dates" for person in people),
        *(f"{person}_school" for person in people if name == "admin"),
        *(["teacher_class"] if name == "classmate" else []),  # that they are in
    }


def text_of(body):
    """Return what an answer says; an archive, a spreadsheet too, holds its texts in compressed parts."""
    if not body.startswith(b"PK"):
        return body.decode("utf-8", "replace")
    with ZipFile(BytesIO(body)) as archive:
        return "\n".join(archive.read(part).decode("utf-8", "replace") for part in archive.namelist())


class Crawler:
    """Reads everything that an actor can reach by links, by the policy table and by guessing."""

    def __init__(self, app, client, allowed):
        self.app, self.client, self.allowed = app, client, allowed
        self.seen, self.leaks, self.broken = set(), [], []
        self.shapes, self.marks = Counter(), 0

    def read(self, path, **how):
        answer = self.client.get(path, buffered=True, **how)
        shown = unescape(text_of(answer.data)) + json.dumps(dict(answer.headers))
        marks = MARK.findall(shown)
        self.marks += len(marks)
        self.leaks += [(path, who) for who in marks if who not in self.allowed]
        if answer.status_code >= 500 and path != "/readyz":
            self.broken.append((path, answer.status_code))
        return answer

    def crawl(self, starts):
        waiting = deque(starts)
        while waiting:
            path = waiting.popleft()
            if path in self.seen:
                continue
            before = self.read_of_shape(path)
            if before >= MOST_OF_A_SHAPE:
                continue
            self.seen.add(path)
            if before < MOST_FRAGMENTS:
                self.read(path, headers={"HX-Request": "true"})
            answer = self.read(path)
            if answer.status_code in {302, 303}:
                waiting.append(self.local(path, answer.headers["Location"]))
            elif answer.mimetype == "text/html":
                links = {found for link in addresses(answer.text) if (found := self.local(path, link))}
                waiting += sorted(links)  # the same walk in every run

    def read_of_shape(self, path):
        """Return how many addresses of this one's shape came before it."""
        parts = urlsplit(path)
        shape = (ID.sub("ID", parts.path), tuple(sorted({name for name, _ in parse_qsl(parts.query)})))
        self.shapes[shape] += 1
        return self.shapes[shape] - 1

    def local(self, base, link):
        parts = urlsplit(urljoin(base, link))
        if parts.netloc or parts.scheme or parts.path.startswith("/static/"):
            return ""
        return parts._replace(fragment="").geturl()


def starts(app, session, person):
    """Return every address that can be asked for, with the person's own row where one is named."""
    for row in policy_table(app):
        if "GET" not in row.methods or row.endpoint == "static":
            continue
        values = {name: MAKERS[name](session, person.user, mark("own")).value for name in row.parameters}
        yield PARAMETER.sub(lambda found, values=values: values[found[1]], row.rule)
    session.commit()


SEARCHES = (
    "/tasks?q=canary",
    "/api/v1/tasks?q=canary&limit=100",
    "/api/v1/categories?limit=100",
    "/api/v1/calendar?start_date=2026-01-01&end_date=2026-12-31",
    "/dashboard?period=365d",
    "/dashboard.csv?period=365d",
    "/no/such/page?q=canary",
)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ACTORS)
def test_nobody_sees_anybody_elses_mark(app, session, marked, as_, name):
    person = getattr(marked, name)
    client = as_(person)
    crawler = Crawler(app, client, may_show(marked, name) | {"own"})
    crawler.crawl([*starts(app, session, person), *SEARCHES])
    sys.stdout.write(f"canaries: {name} read {len(crawler.seen)} addresses, {len(crawler.leaks)} foreign marks\n")
    assert crawler.leaks == []
    assert crawler.broken == []
    assert (len(crawler.seen) > 60, crawler.marks > 300) == (True, True), "the crawl saw too little to mean anything"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["student", "manager", "admin"])
def test_a_token_shows_no_more_than_its_person(app, session, marked, name):
    person, secret = getattr(marked, name), new_secret()
    session.add(ApiToken(user_id=person.id, name="x", token_hash=hash_secret(secret), scopes="read"))
    session.commit()
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    crawler = Crawler(app, client, may_show(marked, name) | {"own"})
    crawler.crawl(path for path in (*starts(app, session, person), *SEARCHES) if path.startswith("/api/"))
    assert crawler.leaks == []
    assert crawler.broken == []


def test_refusals_do_not_repeat_what_others_wrote(app, session, marked, as_, csrf):
    """What a foreign row holds is not in the answer to whoever tries to change it."""
    client = as_(marked.student)
    headers = {"X-CSRFToken": csrf(client)}
    for row in policy_table(app):
        for method in set(row.methods) - {"GET"}:
            if not row.parameters or row.roles is None:
                continue
            (parameter,) = row.parameters
            foreign = MAKERS[parameter](session, marked.other_student.user, mark("other_student")).value
            session.commit()
            answer = client.open(PARAMETER.sub(foreign, row.rule), method=method, headers=headers, buffered=True)
            assert "other_student" not in answer.text, row.rule


class TestThatTheGaugeGoesRed:
    def test_on_a_list_that_forgets_whose_it_is(self, app, marked, as_, monkeypatch):
        real, somebody_else = planner_queries._slots, marked.classmate.viewer
        monkeypatch.setattr(
            planner_queries, "_slots", lambda database, _, *bounds: real(database, somebody_else, *bounds)
        )
        crawler = Crawler(app, as_(marked.student), may_show(marked, "student"))
        crawler.read("/planner")
        assert {who for _, who in crawler.leaks} == {"classmate"}

    def test_on_a_row_that_is_fetched_without_its_owner(self, app, session, marked, as_, monkeypatch):
        real, owner = planner_queries.task, marked.other_student
        foreign = MAKERS["task_id"](session, owner.user, mark("other_student")).value
        session.commit()
        monkeypatch.setattr(planner_queries, "task", lambda database, _, key: real(database, owner.viewer, key))
        crawler = Crawler(app, as_(marked.student), may_show(marked, "student"))
        crawler.read(f"/api/v1/tasks/{foreign}")
        assert {who for _, who in crawler.leaks} == {"other_student"}
