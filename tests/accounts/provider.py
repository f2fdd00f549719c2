"""A provider of accounts in a process of its own: oidc-provider-mock, made strict about proof keys (PKCE).

`python provider.py` listens on a free port of this machine and prints it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

from oidc_provider_mock import app as make_provider
from werkzeug.serving import make_server


class WithProofKeys:
    """Remembers the challenge that each code was asked for with, and trades no code without its proof."""

    def __init__(self, provider):
        self.provider, self.challenges = provider, {}

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/oauth2/token":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            if not self.proven(parse_qs(body.decode())):
                start_response("400 BAD REQUEST", [("Content-Type", "application/json")])
                return [json.dumps({"error": "invalid_grant"}).encode()]
        return self.provider(environ, self.noting(environ, start_response))

    def proven(self, sent):
        verifier, code = (sent.get(name, [""])[0] for name in ("code_verifier", "code"))
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        return self.challenges.get(code) == digest

    def noting(self, environ, start_response):
        asked = parse_qs(environ["QUERY_STRING"])

        def answer(status, headers, *more):
            code = parse_qs(urlsplit(dict(headers).get("Location", "")).query).get("code")
            if code and asked.get("code_challenge_method") == ["S256"]:
                self.challenges[code[0]] = asked["code_challenge"][0]
            return start_response(status, headers, *more)

        return answer


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    made = make_provider(require_nonce=True)
    made.wsgi_app = WithProofKeys(made.wsgi_app)
    server = make_server("127.0.0.1", 0, made, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()
