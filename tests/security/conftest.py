from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _broken_views_answer_500(app, monkeypatch):
    """Let an error in a view become an answer, as it does for people, so that the gauges can count it."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


@pytest.fixture
def session(session, settings):
    """Return the test's session, which knows where exports are kept and what signs links."""
    session.info["exports_folder"] = settings.home / "exports"
    session.info["signing_key"] = settings.signing_key
    return session
