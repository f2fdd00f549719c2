"""Where the endpoints of the analytics hang."""

from __future__ import annotations

from webapp.web.api import api_blueprint

bp = api_blueprint("api_analytics", "Analytics")
