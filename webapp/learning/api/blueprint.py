"""Where the endpoints of learning hang."""

from __future__ import annotations

from webapp.web.api import api_blueprint

bp = api_blueprint("api_learning", "Learning")
