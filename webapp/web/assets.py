"""Static files: served by WhiteNoise, named with a mark of their content so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from whitenoise import WhiteNoise

from webapp.config import ROOT

if TYPE_CHECKING:
    from flask import Flask

STATIC = ROOT / "static"
SERVED = ("vendor", "dist", "img")
ONE_YEAR_SECONDS = 365 * 24 * 3600


@lru_cache(maxsize=512)
def asset(name: str) -> str:
    """Return the address of a file under static/, which changes when its content does."""
    path = STATIC / name
    mark = hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "missing"
    return f"/static/{name}?v={mark}"


def install_assets(app: Flask) -> None:
    """Serve static files before Flask sees the request, compressed where a `.br` or `.gz` twin stands."""
    wrapped: Any = app.wsgi_app
    files = WhiteNoise(wrapped, max_age=ONE_YEAR_SECONDS)
    for folder in SERVED:
        if (STATIC / folder).is_dir():
            files.add_files(str(STATIC / folder), prefix=f"static/{folder}/")
    app.wsgi_app = files  # type: ignore[method-assign]
