from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy

import pytest

from webapp.mail.types import Mail


@dataclass
class Post:
    """A mail server that keeps what it takes, and misbehaves as told: by `answers`, a code for each command.

    `answers["."]` may be "hang up", "take and hang up" (it keeps the mail but says nothing) or a number.
    """

    address: tuple[str, int] = ("", 0)
    answers: dict = field(default_factory=dict)
    taken: list = field(default_factory=list)
    envelopes: list = field(default_factory=list)
    conversations: int = 0

    @property
    def mails(self):
        return [message_from_bytes(raw, policy=policy.default) for raw in self.taken]


class Conversation(socketserver.StreamRequestHandler):
    """SMTP, as much of it as a client needs (RFC 5321)."""

    def say(self, code, words="ok"):
        self.wfile.write(f"{code} {words}\r\n".encode())

    def handle(self):
        post = self.server.post
        post.conversations += 1
        self.say(220, "localhost")
        envelope = []
        for line in self.rfile:
            text = line.decode().strip()
            verb = text[:4].upper()
            code = post.answers.get(verb)
            if code == "hang up":
                return
            if code is not None:
                self.say(code, "as told")
            elif verb == "DATA":
                self.say(354)
                if not self.data(post, envelope):
                    return
            elif verb == "QUIT":
                self.say(221)
                return
            else:
                envelope = [*envelope, text] if verb == "RCPT" else [text]
                self.say(250)

    def data(self, post, envelope):
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        end = post.answers.get(".", 250)
        if end in {250, "take and hang up"}:
            post.taken.append(b"".join(lines))
            post.envelopes.append(envelope)
        if isinstance(end, int):
            self.say(end)
        return isinstance(end, int)


@pytest.fixture
def post():
    """Return a mail server on a free port of this machine."""
    made = Post()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads = True
        server.post, made.address = made, server.server_address
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def by_smtp(app, post, monkeypatch):
    """Have the application send by that mail server."""
    state = app.extensions["mailman"]
    for name, value in {
        "backend": "webapp.web.mail_backends.SmtpEmailBackend",
        "server": post.address[0],
        "port": post.address[1],
        "use_tls": False,
        "use_ssl": False,
        "username": "",
        "timeout": 5,
    }.items():
        monkeypatch.setattr(state, name, value)
    return post


@pytest.fixture
def a_mail():
    """Return a way to make a mail that is fit to send."""

    def make(key="occasion", **changes):
        given = {
            "kind": "test",
            "recipient": "somebody@school.test",
            "subject": "A subject",
            "text": "Words\n",
            "html": "<p>Words</p>",
        }
        return Mail(key=key, **{**given, **changes})

    return make
