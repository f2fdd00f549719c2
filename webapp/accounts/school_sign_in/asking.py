"""Asking a provider over the network: little, briefly, and only where it may be asked."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from webapp.accounts.school_sign_in.types import ProviderError
from webapp.core import outside

if TYPE_CHECKING:
    from collections.abc import Collection

STEP_SECONDS: Final = 4  # for each step: connecting, waiting for an answer
WHOLE_SECONDS: Final = 8  # for all of it, however slowly an answer drips
LARGEST_ANSWER: Final = 500_000
OK: Final = 200
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})


def ask_json(
    address: str, inside: Collection[str], *, body: str | None = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return the JSON object that an address answers with: to a GET, or to a POST of `body`, which is a form.

    `inside` are the hosts that may have private addresses. Raises ProviderError for everything else that comes.
    """
    check_address(address, inside)
    status, content = _exchange(address, inside, body, headers or {})
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if status != OK:
        raise ProviderError(f"{urlsplit(address).hostname} answered {status}{_said(found)}.")
    if not isinstance(found, dict):
        raise ProviderError(f"{urlsplit(address).hostname} did not answer with a JSON object.")
    return found


def check_address(address: str, inside: Collection[str]) -> None:
    """Raise ProviderError unless the address is encrypted; on this machine itself it need not be."""
    parts = urlsplit(address)
    on_this_machine = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.hostname in inside
    if not parts.hostname or parts.username or not (parts.scheme == "https" or on_this_machine):
        raise ProviderError("Its addresses have to begin with https://.")


def _exchange(address: str, inside: Collection[str], body: str | None, headers: dict[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or outside.PORTS[parts.scheme]
    connection = http.client.HTTPConnection(host, port, timeout=STEP_SECONDS)
    form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    sent = {"Host": parts.netloc, "Accept": "application/json", **form, **headers}
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        encrypted = parts.scheme == "https"
        open_socket = outside.connect(host, port, encrypted=encrypted, timeout=STEP_SECONDS, inside=inside)
        connection.sock = open_socket
        watch = threading.Timer(WHOLE_SECONDS, _hang_up, [open_socket])
        watch.start()
        try:
            connection.request("POST" if body is not None else "GET", path, body, sent)
            answer = connection.getresponse()
            content = answer.read(LARGEST_ANSWER + 1)
        finally:
            watch.cancel()
    except outside.PrivateAddressError as error:
        raise ProviderError(f"{host} is a private address, which this installation does not allow.") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ProviderError(f"{host} does not answer ({type(error).__name__}).") from error
    finally:
        connection.close()
    if len(content) > LARGEST_ANSWER:
        raise ProviderError(f"{host} answered far too much.")
    return answer.status, content


def _hang_up(open_socket: socket.socket) -> None:
    with suppress(OSError):
        open_socket.shutdown(socket.SHUT_RDWR)


def _said(found: Any) -> str:
    """Return the short name of an error that the standard knows, never free text of somebody else's."""
    name = found.get("error") if isinstance(found, dict) else None
    return f" ({name})" if isinstance(name, str) and name.isascii() and name.replace("_", "").isalpha() else ""
