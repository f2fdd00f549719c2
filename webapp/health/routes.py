"""What balancers, supervisors and people on call ask."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify

from webapp.extensions import db, limiter
from webapp.health.checks import OK, readiness
from webapp.web.access import ANYONE, Reach, access

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@limiter.exempt
@access(ANYONE, Reach.PUBLIC)
def healthz() -> Response:
    """Say that this process is up; touches nothing else."""
    return jsonify(status=OK)


@bp.get("/readyz")
@limiter.exempt
@access(ANYONE, Reach.PUBLIC)
def readyz() -> tuple[Response, HTTPStatus]:
    """Say whether everything that pages and jobs need is there, part by part."""
    parts = readiness(db.session())
    ready = all(state == OK for state in parts.values())
    body = jsonify(status=OK if ready else "unavailable", **parts)
    return body, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
