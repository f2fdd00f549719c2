"""Whose requests are counted together."""

from __future__ import annotations

from webapp.web.identity import client_address, viewer_or_none


def limit_key() -> str:
    """Return the token or person that sends the request, else the client's address.

    A whole school may sit behind one address, so people who are signed in are counted one by one.
    """
    person = viewer_or_none()
    if person is None:
        return f"address:{client_address()}"
    return f"token:{person.token_id}" if person.token_id else f"user:{person.user_id}"
