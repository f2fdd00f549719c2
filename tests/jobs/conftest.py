from __future__ import annotations

import pytest

from webapp.jobs import wrapper


@pytest.fixture
def make_job(monkeypatch):
    """Return a way to register a function as a job for this test alone."""
    monkeypatch.setattr(wrapper, "_registered", dict(wrapper._registered))

    def make(function, **options):
        return wrapper.job(**options)(function)

    return make
