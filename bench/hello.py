"""The baseline: the least that Flask can do."""

from __future__ import annotations

from flask import Flask

app = Flask("hello")


@app.get("/")
def hello() -> dict[str, bool]:
    """Return almost nothing."""
    return {"ok": True}
