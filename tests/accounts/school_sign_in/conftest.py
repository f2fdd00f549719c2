"""A school that signs in by the provider beside the tests, and people who are there."""

from __future__ import annotations

import pytest

from tests.accounts.school_sign_in.browsers import Pupil
from webapp.accounts.school_sign_in.models import SchoolProvider
from webapp.accounts.school_sign_in.routes.blueprint import sealer
from webapp.core.secrets import new_secret


@pytest.fixture
def school(app, session, cast, provider):
    """Let Northfield sign in by the provider; return a way to change what it lets the provider decide."""

    def set_up(where=cast.school, **fields):
        row = session.get(SchoolProvider, where.id) or SchoolProvider(school_id=where.id)
        plain = {"issuer": provider.issuer, "client_id": "milepost", "role_map": [], "active": True}
        for name, value in {**plain, **fields}.items():
            setattr(row, name, value)
        with app.app_context():
            row.sealed_secret = sealer("secret").seal("shared")
        session.add(row)
        session.commit()

    set_up()
    return set_up


@pytest.fixture
def pupil(app, provider, csrf):
    """Return browsers."""
    return lambda: Pupil(app, provider, csrf)


@pytest.fixture
def somebody(provider):
    """Let somebody be at the provider; return their subject."""

    def be(person=None, **claims):
        told = {"email": person.user.email, "email_verified": True} if person else {}
        return provider.has(new_secret()[:16].replace("-", "x"), **{**told, **claims})

    return be
