"""A provider of accounts for tests: started once for a run, told who has which claims, and asked as a browser would."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from contextlib import suppress
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest


class Provider:
    """Where the provider listens, and what its people press there."""

    def __init__(self, port: int):
        self.port, self.issuer = port, f"http://127.0.0.1:{port}"

    def has(self, subject: str, **claims: object) -> str:
        """Let somebody be there with these claims; whatever stands in them goes into the ID token as it is."""
        status, *_ = self._ask("PUT", f"/users/{subject}", json.dumps(claims), "application/json")
        assert status == 204
        return subject

    def agree(self, address: str, subject: str) -> str:
        """Sign in at the address that a browser was sent to, as somebody; return where the browser is sent then."""
        parts = urlsplit(address)
        assert (parts.hostname, parts.port) == ("127.0.0.1", self.port)
        status, headers, _ = self._ask(
            "POST", f"{parts.path}?{parts.query}", urlencode({"sub": subject}), "application/x-www-form-urlencoded"
        )
        assert status == 302
        return headers["Location"]

    def part(self, address: str) -> tuple[dict[str, str], str]:
        """Sign out at the address that a browser was sent to; return what it was told, and where it sends back."""
        parts = urlsplit(address)
        assert (parts.hostname, parts.port) == ("127.0.0.1", self.port)
        told = dict(parse_qsl(parts.query))
        _, _, page = self._ask("GET", f"{parts.path}?{parts.query}", "", "text/plain")
        (back,) = re.findall(r'name="redirect_uri" value="([^"]*)"', page)
        form = urlencode({"redirect_uri": unescape(back)})
        kind = "application/x-www-form-urlencoded"
        status, headers, _ = self._ask("POST", "/oauth2/end_session/confirm", form, kind)
        assert status == 302
        return told, headers["Location"]

    def _ask(self, method: str, path: str, body: str, kind: str):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            said = answer.read().decode()
            return answer.status, dict(answer.headers), said
        finally:
            connection.close()


@pytest.fixture(scope="session")
def provider():
    """Return a provider of accounts that listens on this machine, in a process of its own."""
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("provider.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Provider(int(process.stdout.readline()))
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
