"""Answers that are kept ready, in this process and in Redis, and never stale.

The key holds the viewer's version, which every write bumps in its own transaction, so a write makes a new key; and the
version of their school's settings, by which all that is kept for a school can be let go at once, in every process.
What time alone changes is bounded by `valid_until`, kept beside the body: from then on it is built anew. Because the
version comes from the database with each request, a copy in the process is as right as one in Redis.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from flask import Response, has_request_context, make_response, request

from webapp.config import ROOT
from webapp.core import clock
from webapp.db.redis import cache_get, gate
from webapp.web.assets import asset
from webapp.web.identity import viewer, viewer_or_none
from webapp.web.nearby import Kept, nearby
from webapp.web.toasts import COOKIE as TOAST_COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

__all__ = [
    "Kept",
    "answer_kept",
    "answer_kept_page",
    "draw_kept",
    "fetch_kept",
    "forget_here",
    "template_mark",
    "whole_key",
]

ETAG = re.compile(r'(?:W/)?"([0-9a-f]{32})\.(\d{1,20})"', re.ASCII)
MICROSECONDS = 1_000_000


def fetch_kept(key: str, seconds: int, build: Callable[[], Kept]) -> Kept:
    """Return what is kept under `key` while it is valid; else build it, and keep it for so many seconds."""
    key = whole_key(key)
    found = nearby.get(key)
    if found is not None:
        return found
    found = _read(cache_get(key))
    if found is None:
        found = build()
        nearby.share(key, f"{_stamp(found.valid_until)}\n{found.body}", seconds)
    nearby.put(key, found)
    return found


def answer_kept(key: str, seconds: int, build: Callable[[], Kept], mimetype: str = "text/html") -> Response:
    """Answer with what is kept or built; 304, without asking anyone, when the browser's copy still holds.

    `key` must name the viewer, their version, and all that the body depends on beside the moment.
    """
    digest = hashlib.blake2b(whole_key(key).encode(), digest_size=16).hexdigest()
    sent = ETAG.fullmatch(request.headers.get("If-None-Match", ""))
    if sent and sent[1] == digest and int(sent[2]) > _stamp(clock.now()):
        return _mark(make_response("", 304), digest, int(sent[2]))
    kept = fetch_kept(key, seconds, build)
    response = make_response(kept.body)
    response.mimetype = mimetype
    return _mark(response, digest, _stamp(kept.valid_until))


def whole_key(key: str) -> str:
    """Return a key with the viewer's school and the version of its settings behind it (`webapp.db.redis.KEPT_FOR`)."""
    person = viewer_or_none() if has_request_context() else None
    return key if person is None else f"{key}@{person.school_id}.{person.settings_version}"


def forget_here(school_id: UUID | None) -> int:
    """Let go of what this process keeps for a school, None for all of it; return how many answers that were."""
    return nearby.clear() if school_id is None else nearby.forget(f"@{school_id}.")


@lru_cache(maxsize=256)
def template_mark(*names: str) -> str:
    """Return a mark of these templates' content, so that a new release does not show what an old one kept."""
    content = b"".join((ROOT / "templates" / name).read_bytes() for name in names)
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def _mark(response: Response, digest: str, stamp: int) -> Response:
    headers = response.headers
    headers["ETag"] = f'W/"{digest}.{stamp}"'
    headers["Cache-Control"] = "private, no-cache"
    headers["Vary"] = "HX-Request, Cookie, Authorization"
    return response


def _stamp(instant: datetime) -> int:
    return int(instant.timestamp() * MICROSECONDS)


def _read(kept: bytes | None) -> Kept | None:
    stamp, _, body = (kept or b"").partition(b"\n")
    if not stamp.isdigit() or int(stamp) <= _stamp(clock.now()):
        return None
    return Kept(body.decode(), datetime.fromtimestamp(int(stamp) / MICROSECONDS, UTC))


def answer_kept_page(key: str, seconds: int, build: Callable[[], Kept]) -> Response:
    """Answer with a whole page that is kept or built; `key` as for `answer_kept`, the frame around it is added here.

    A page that shows something once, such as a toast, is built and not kept.
    """
    mark = _frame_mark()
    kept = fetch_kept(f"{key}:{mark}", seconds, build) if mark else build()
    response = make_response(kept.body)
    response.headers["Vary"] = "HX-Request"
    return response


def draw_kept(key: str, content: object, draw: Callable[[], Kept]) -> Kept:
    """Return what this process drew before of the same content in the same frame; else draw it.

    For what has to be read anew after a write of anybody, and mostly turns out to say the same: drawing costs more than
    reading. `content` is what the body says, with a `repr` that tells all of it; `key` names what else it follows from.
    """
    mark = _frame_mark()
    if mark is None:
        return draw()
    digest = hashlib.blake2b(repr(content).encode(), digest_size=16).hexdigest()
    whole = whole_key(f"drawn:{key}:{mark}:{digest}")
    found = nearby.get(whole)
    if found is None:
        found = draw()
        nearby.put(whole, found)
    return found


def _frame_mark() -> str | None:
    """Return a mark of everything that the frame of a page shows; None when it shows something once."""
    if TOAST_COOKIE in request.cookies:
        return None
    person = viewer()
    shown = (person.session_id, person.name, person.role, person.theme, person.shortcuts_enabled)
    around = (person.school_name, person.is_demo, gate().failing, _frame_templates(), asset("dist/app.css"))
    return hashlib.blake2b(repr((shown, around)).encode(), digest_size=12).hexdigest()


@cache
def _frame_templates() -> str:
    files = sorted([*(ROOT / "templates/layout").iterdir(), *(ROOT / "templates/macros").iterdir()])
    return hashlib.blake2b(b"".join(file.read_bytes() for file in files), digest_size=6).hexdigest()
