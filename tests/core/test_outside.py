"""Connections outside: a server of names that never answers holds up nobody for long, and not without end."""

from __future__ import annotations

import socket
import threading

import pytest

from webapp.core import outside


@pytest.fixture
def silent(monkeypatch):
    """Let no name be found until the test is over."""
    over = threading.Event()

    def wait(*_, **__):
        over.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield
    over.set()
    for thread in threading.enumerate():
        if thread.name == "look-up":
            thread.join()


def test_a_name_that_is_not_found_in_time_is_given_up(silent):
    with pytest.raises(TimeoutError, match="not found in time"):
        outside.connect("school.test", 443, encrypted=True, timeout=0.01)


def test_only_so_many_wait_at_once(silent):
    for _ in range(outside.MOST_LOOKED_UP):
        with pytest.raises(TimeoutError, match="not found in time"):
            outside.connect("school.test", 443, encrypted=True, timeout=0.001)
    with pytest.raises(TimeoutError, match="too many"):
        outside.connect("school.test", 443, encrypted=True, timeout=0.001)


def test_afterwards_names_are_looked_up_again():
    for _ in range(outside.MOST_LOOKED_UP + 1):
        with pytest.raises(outside.PrivateAddressError):
            outside.connect("localhost", 9, encrypted=False, timeout=5)


@pytest.mark.parametrize("name", ["no-such-name.invalid", "a" * 70 + ".test", "\u2028.test"])
def test_names_that_are_none_are_refused_like_silence(name):
    with pytest.raises((OSError, ValueError)):
        outside.connect(name, 443, encrypted=True, timeout=5)
