"""The blueprint of the school's figures."""

from __future__ import annotations

from webapp.web.api import api_blueprint

bp = api_blueprint("api_overview", "Analytics")
