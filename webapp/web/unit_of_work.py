"""One commit per request, here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request

from webapp.core.origin import set_origin
from webapp.db.engine import set_reading
from webapp.db.patience import REQUEST_SECONDS, wait_at_most
from webapp.extensions import db
from webapp.web.access import SAFE_METHODS
from webapp.web.identity import client_address

if TYPE_CHECKING:
    from flask import Flask, Response

FIRST_ERROR_STATUS = 400


def keep_despite_refusal() -> None:
    """Commit though the answer is a refusal: for what the refusal itself leaves behind, such as a failed sign-in."""
    g.keep_despite_refusal = True


def install_unit_of_work(app: Flask) -> None:
    """Commit after a successful unsafe request; roll back after anything else."""
    app.before_request(_choose_transactions)
    app.after_request(_finish)
    app.teardown_request(_forget_choice)


def _choose_transactions() -> None:
    set_reading(reading=request.method in SAFE_METHODS)
    wait_at_most(REQUEST_SECONDS)
    set_origin(client_address())


def _forget_choice(_error: BaseException | None) -> None:
    set_reading(reading=False)
    wait_at_most(None)
    set_origin("")


def _finish(response: Response) -> Response:
    succeeded = response.status_code < FIRST_ERROR_STATUS or g.get("keep_despite_refusal", False)
    if request.method not in SAFE_METHODS and succeeded:
        db.session.commit()
    elif db.session.registry.has():
        db.session.rollback()
    return response
