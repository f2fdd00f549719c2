"""What balancers, supervisors and people on call ask."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from ipaddress import ip_address

from flask import Response, current_app, jsonify, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from webapp.core.errors import NotFoundError
from webapp.extensions import db, limiter
from webapp.health import prometheus
from webapp.health.checks import OK, readiness
from webapp.health.figures import last_sample
from webapp.health.routes.blueprint import bp
from webapp.web.access import ANYONE, Reach, access
from webapp.web.identity import bearer_secret, client_address

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")


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


@bp.get("/metrics")
@limiter.exempt
@access(ANYONE, Reach.PUBLIC)
def metrics() -> Response:
    """Give figures to Prometheus, which asks from this machine or with the token of `METRICS_TOKEN`."""
    if not _may_read_metrics():
        raise NotFoundError
    try:
        figures = last_sample(db.session())
    except (DBAPIError, PoolTimeoutError):
        figures = {}
    return Response(prometheus.text_of(figures), content_type=prometheus.CONTENT_TYPE)


def _may_read_metrics() -> bool:
    token: str = current_app.extensions["milepost_settings"].metrics_token
    sent = bearer_secret(request)
    if token and sent is not None:
        return hmac.compare_digest(sent.encode("utf-8", "replace"), token.encode())
    return sent is None and _is_from_here()


def _is_from_here() -> bool:
    """Return whether nobody stands between; a proxy that is not declared makes the whole world look local."""
    undeclared = current_app.extensions["milepost_settings"].proxy_hops == 0
    if undeclared and any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(client_address()).is_loopback
    except ValueError:
        return False
