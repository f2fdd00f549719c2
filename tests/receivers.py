"""A mail server and a web server on this machine that keep what they get."""

from __future__ import annotations

import contextlib
import http.server
import threading
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


class Letters:
    """What a mail server took: whom each mail was for, and the mail."""

    def __init__(self):
        self.got = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the library's name
        """Take a mail."""
        self.got.append((tuple(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=policy.default)))
        return "250 Taken"


class OnAnyPort(Controller):
    """A server on a port that the system chooses, which it has to know to ask itself whether it is up."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextlib.contextmanager
def mail_server():
    """Give the port of a mail server, and the list of what it got."""
    letters = Letters()
    controller = OnAnyPort(letters, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield controller.port, letters.got
    finally:
        controller.stop()


@contextlib.contextmanager
def web_server():
    """Give the port of a web server, the list of what was posted to it, and the status that it answers with."""
    got, answers = [], [200]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers[0])
            self.end_headers()

        def log_message(self, *_said):
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, got, answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
