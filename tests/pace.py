"""What keeps a whole run short."""

from __future__ import annotations

import gc
import sys
import threading

import pytest


def pytest_collection_finish() -> None:
    """Leave the collected tests and all that they import out of every garbage collection that follows."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Count what a test passes by, set up and put away included, where that is asked of it."""
    if _is_measured(item):
        return (yield)
    here, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(here)
        threading.settrace(of_threads)


def _is_measured(item: pytest.Item) -> bool:
    """Return whether a test counts for coverage, which makes it take nearly twice as long.

    Slow tests do not: what crawls and fuzzers stumble upon is not covered by that. A question that is asked on each
    database counts on SQLite; what PostgreSQL alone passes by is covered by tests that ask nothing else.
    """
    of_postgresql = getattr(item, "callspec", None) and item.callspec.params.get("database") == "postgresql"
    return not of_postgresql and item.get_closest_marker("slow") is None
