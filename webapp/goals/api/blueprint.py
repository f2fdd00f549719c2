"""Where the endpoints of goals hang."""

from __future__ import annotations

from webapp.web.api import api_blueprint

bp = api_blueprint("api_goals", "Goals")
