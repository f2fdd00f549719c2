"""Every form and every JSON body with anything in it: refused or taken, never an error on our side."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.security.matrix import PARAMETER, begin, csrf_of
from tests.security.samples import MAKERS, PAYLOADS, REFERENCES
from webapp.core.inputs import Input
from webapp.web.access import policy_table
from webapp.web.forms import EDGE_FIELDS
from webapp.web.sessions import COOKIE

ENDS_WHO_ASKS = {"accounts.sign_out", "accounts.revoke_session", "home.remove_demo"}
# What has broken forms elsewhere: what no database holds, what no column holds, what is no number, date or word.
NASTY = (
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff x",
    "9" * 40,
    "-9" * 20,
    "1e400",
    "NaN",
    "Infinity",
    "-0",
    "0x10",
    "٣",
    "x" * 20_000,
    "\u202e\u0000\u200d",
    "0000-00-00",
    "9999-12-31",
    "9999-12-31T23:59:59.999999+14:00",
    "0001-01-01T00:00:00-14:00",
    "2026-02-30",
    "2026-W54",
    "2026-11-18T25:00",
    "2026-03-29T02:30",
    "../../../etc/passwd",
    "{{ 7 * 7 }}",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%s%n%x",
    "\r\nSet-Cookie: a=b",
    "on",
    "true",
    "[]",
    "{}",
    "null",
)
text = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(), max_size=60),
    st.integers(-(10**30), 10**30).map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.uuids().map(str),
)
scalar = st.one_of(text, st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False))
anything = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=6
)


def all_inputs(kind=Input):
    for sub in kind.__subclasses__():
        yield sub
        yield from all_inputs(sub)


def known_fields():
    """Return every field name of every input, so that values reach the code behind."""
    return sorted({name for model in all_inputs() for name in model.model_fields})


class Sender:
    """Sends one endpoint whatever is drawn, as somebody who may use it."""

    def __init__(self, app, session, cast, row):
        self.app, self.session, self.row = app, session, row
        self.cast = cast
        self.asked = 0
        self.renew()

    def renew(self):
        values = {name: MAKERS[name](self.session, self.cast.admin.user, "own").value for name in self.row.parameters}
        self.session.commit()
        self.path = PARAMETER.sub(lambda found: values[found[1]], self.row.rule)
        secret = begin(self.session, self.cast.admin.user)
        self.client = self.app.test_client()
        self.client.set_cookie(COOKIE, secret)
        self.headers = {"X-CSRFToken": csrf_of(self.app, secret)}

    def send(self, method, drawn):
        self.asked += 1
        if self.row.is_api:
            body = json.dumps(drawn).encode("utf-8", "surrogatepass")
            sent = {"data": body, "content_type": "application/json"}
        elif method == "GET":
            sent = {"query_string": _encoded(drawn)}
        else:
            sent = {"data": _encoded(drawn), "content_type": "application/x-www-form-urlencoded"}
        answer = self.client.open(self.path, method=method, headers=self.headers, buffered=True, **sent)
        if answer.status_code == 404 and self.row.parameters:
            self.renew()
        return answer


def _encoded(drawn):
    lists = ((name, value if isinstance(value, list) else [value]) for name, value in drawn.items())
    return "&".join(f"{_quoted(name)}={_quoted(str(item))}" for name, items in lists for item in items)


def _quoted(value):
    return "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))


def fields_for(row):
    """Return what is likely to be read by an endpoint: its own payload's fields, and names of all inputs."""
    own = list(PAYLOADS.get(row.endpoint, ()))
    own += [
        name
        for group in REFERENCES.values()
        for one in group
        if one.path == row.rule
        for name in (one.field, *one.more)
    ]
    return sorted({*own, *known_fields()})


def writers(app):
    return [
        (row, method)
        for row in policy_table(app)
        for method in row.methods
        if row.endpoint not in ENDS_WHO_ASKS and row.endpoint != "static" and (method != "GET" or not row.parameters)
    ]


PARTS = 4


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_form_and_no_body_breaks_anything(app, session, cast, part, redis_url):
    asked = 0
    for row, method in writers(app)[part::PARTS]:
        sender = Sender(app, session, cast, row)
        _fuzz(sender, method, fields_for(row))
        asked += sender.asked
    sys.stdout.write(f"fuzz, part {part}: {asked} requests, 0 answers of 500 or above\n")


def _fuzz(sender, method, names):
    name = st.one_of(st.sampled_from(names), text)
    value = anything if sender.row.is_api else st.one_of(text, st.lists(text, max_size=3))

    @settings(
        max_examples=25,
        deadline=timedelta(seconds=30),
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.dictionaries(name, value, max_size=8))
    def drawn(fields):
        answer = sender.send(method, fields)
        ready = answer.status_code < 500 or sender.row.endpoint == "health.readyz"
        assert ready, f"{method} {sender.row.rule} with {fields!r}: {answer.status_code}"

    drawn()


@pytest.mark.parametrize("nasty", NASTY)
def test_one_nasty_value_in_every_field_at_once(app, session, cast, nasty):
    """Each form once with the same value in all the fields that it knows."""
    broken = []
    for model_path, fields in FORMS.items():
        row = next(row for row in policy_table(app) if (row.rule, "POST" in row.methods) == (model_path, True))
        answer = Sender(app, session, cast, row).send("POST", dict.fromkeys(fields, nasty))
        if answer.status_code >= 500:
            broken.append((model_path, answer.status_code))
    assert broken == []


# The forms that write, by their address.
FORMS = {
    "/account": ("first_name", "last_name", "time_zone", "theme", "shortcuts_enabled"),
    "/account/reminders": ("weekly_digest", "goal_at_risk", "quiet_from", "quiet_until"),
    "/account/tokens": ("name", "scopes", "lifetime"),
    "/categories": ("name", "color"),
    "/exports": ("kind", "file_format", "period", "first", "last"),
    "/focus-windows": ("starts_at", "ends_at", "second"),
    "/login/forgot": ("email",),
    "/login/reset": ("link", "new_password", "repeat_password"),
    "/planner/quick": ("text",),
    "/slots": ("starts_at", "ends_at", "task_id", "title", "category_id"),
    "/tasks": ("title", "notes", "category_id", "priority", "due_at", "starts_at", "ends_at"),
    "/tasks/complete": ("ids",),
    "/timer/start": ("task_id", "replace"),
}


class Forms(HTMLParser):
    """The addresses and fields of the forms of a page."""

    def __init__(self):
        super().__init__()
        self.found = {}
        self.current = None

    def handle_starttag(self, tag, attrs):
        given_attrs = dict(attrs)
        if tag == "form" and given_attrs.get("method") == "post":
            self.current = self.found.setdefault(given_attrs["action"], set())
        elif self.current is not None and tag in {"input", "select", "textarea"} and given_attrs.get("name"):
            self.current.add(given_attrs["name"])

    def handle_endtag(self, tag):
        if tag == "form":
            self.current = None


PAGES = (
    *("/login", "/login/forgot", "/account", "/account/reminders", "/account/tokens"),
    *("/categories", "/tasks/new", "/exports"),
)


@pytest.mark.parametrize("page", PAGES)
def test_forms_send_only_what_their_views_read(cast, as_, page, client):
    """A field that a form sends and its view refuses as unknown would make the form useless."""
    shown = (client if page.startswith("/login") else as_(cast.student)).get(page)
    forms = Forms()
    forms.feed(shown.text)
    for address, fields in forms.found.items():
        if address in FORMS:
            assert fields - EDGE_FIELDS <= set(FORMS[address]), address


@pytest.mark.parametrize(("path", "kind"), [("/slots", "slot"), ("/focus-windows", "focus")])
def test_a_kind_of_plan_that_does_not_exist_is_refused_in_words(cast, as_, send, path, kind):
    answer = send(as_(cast.student), path, kind="214", starts_at="2026-11-18T09:00", ends_at="2026-11-18T10:00")
    assert answer.status_code == 422
    assert f'name="kind" value="{kind}"' in answer.text
