"""A browser whose person goes to the school's provider and back, and reading what came of it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.audit.models import AuditEntry
from webapp.web.sessions import COOKIE

DOOR = "/login/school/northfield"


class Pupil:
    """A browser whose person goes to the provider and back."""

    def __init__(self, app, provider, csrf):
        self.client, self.provider, self.csrf = app.test_client(), provider, csrf

    def set_out(self, **query):
        return self.client.get(f"{DOOR}/go", query_string=query)

    def come_back(self, address):
        """Open the page that the provider sends the browser to, and press its button."""
        parts = urlsplit(address)
        page = self.client.get(f"{parts.path}?{parts.query}")
        if page.status_code != 200:
            return page
        assert "data-submit-now" in page.text
        sent = dict(re.findall(r'name="(code|state|iss)" value="([^"]*)"', page.text))
        return self.press("/login/school/return", **sent)

    def press(self, path, **sent):
        if self.client.get_cookie(COOKIE) is None:
            self.client.get("/login")
        return self.client.post(path, data={"csrf_token": self.csrf(self.client), **sent})

    def go(self, subject, **query):
        return self.come_back(self.provider.agree(self.set_out(**query).headers["Location"], subject))

    @property
    def is_in(self):
        return self.client.get("/account").status_code == 200


def rows(session, statement):
    """Return what a statement finds now, and hold nobody up: SQLite has one writer at a time."""
    session.commit()
    found = session.scalars(statement.execution_options(populate_existing=True)).all()
    session.commit()
    return found


def said(session, chain):
    entries = select(AuditEntry).where(AuditEntry.chain_id == chain.id).order_by(AuditEntry.place)
    return [entry.action for entry in rows(session, entries)]


def role_of(session, person):
    return rows(session, select(User.role).where(User.id == person.id))[0]


def told(answer):
    return parse_qs(urlsplit(answer.headers["Location"]).query).get("problem", [""])[0]
