"""The API's blueprint of health."""

from __future__ import annotations

from webapp.web.api import api_blueprint

bp = api_blueprint("api_health", "Operations")
