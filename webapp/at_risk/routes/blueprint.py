"""The blueprint of the students at risk."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("at_risk", __name__)
