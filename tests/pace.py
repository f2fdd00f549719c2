"""What keeps a whole run short, and its verdict the same on a busy machine."""

from __future__ import annotations

import gc
import sys
import threading

import pytest

OTHERS_AT_WORK = {"browser", "runtime"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have what waits for Chromium or for killed processes tried once more, and named at the end of the run."""
    for item in items:
        if any(mark.name in OTHERS_AT_WORK for mark in item.iter_markers()):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    """Leave the collected tests and all that they import out of every garbage collection that follows."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Do not measure slow tests: being counted takes half as long again, and passing by a line is not to ask about it.

    So what counts as covered is what some test of moderate size reaches, whatever crawls and fuzzers stumble upon.
    """
    if item.get_closest_marker("slow") is None:
        return (yield)
    here, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(here)
        threading.settrace(of_threads)
