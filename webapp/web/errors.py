"""Every error in three faces: a page, a fragment for htmx, and problem+json for the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import structlog
from flask import Response, make_response, redirect, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, SecurityError

from webapp.core import errors as domain
from webapp.core.files import WORDS_NO_ROOM, no_room
from webapp.db.failing import passes
from webapp.extensions import htmx
from webapp.web.redirects import page_before
from webapp.web.render import wants_fragment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

log = structlog.get_logger(__name__)

STATUSES: dict[type[domain.DomainError], int] = {
    domain.BadRequestError: 400,
    domain.SignInRequiredError: 401,
    domain.ForbiddenError: 403,
    domain.NotFoundError: 404,
    domain.ConflictError: 409,
    domain.InvalidInputError: 422,
    domain.TooManyRequestsError: 429,
    domain.UnavailableError: 503,
}
TITLES = {
    400: "This request could not be read",
    401: "Sign in first",
    403: "This is not allowed",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "This collides with how things stand",
    413: "This is too large",
    415: "This kind of content is not read here",
    422: "Some of this cannot be used",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Milepost cannot answer just now",
    507: "There is no room left",
}
RETRY_AFTER_SECONDS = 5
FORM_EXPIRED = "This page was open in an older session. Reload it and try again; nothing was changed."
BUSY = "The database does not answer just now. Nothing was changed; try again in a few seconds."
UNSURE = "The database stopped answering while this was saved. See whether it is there before you try again."


def install_errors(app: Flask) -> None:
    """Answer every error readably, in the face that the request asked for, and log it in one line of ours."""
    app.log_exception = _said_below  # type: ignore[method-assign, assignment]
    app.register_error_handler(domain.DomainError, _domain)
    app.register_error_handler(CSRFError, lambda _error: problem(400, FORM_EXPIRED))
    app.register_error_handler(RateLimitExceeded, _limited)
    for kind in (DBAPIError, PoolTimeoutError, DriverError):
        app.register_error_handler(kind, _database)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _internal)


def problem(
    status: int, detail: str, errors: Sequence[domain.FieldError] = (), retry_after: int | None = None
) -> Response:
    """Return the error in the right face; `errors` names the fields that were refused."""
    if is_api():
        response = _problem_json(status, detail, errors)
    else:
        template = "errors/_problem.html" if wants_fragment() else "errors/page.html"
        title = TITLES.get(status, "Something went wrong")
        body = render_template(template, status=status, problem_title=title, detail=detail, errors=errors)
        response = make_response(body, status)
        response.headers["Vary"] = "HX-Request"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def is_api() -> bool:
    """Return whether the request belongs to the JSON API."""
    return request.path.startswith("/api/v1")


def _problem_json(status: int, detail: str, errors: Sequence[domain.FieldError]) -> Response:
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    listed = [{"field": error.field, "message": error.message} for error in errors]
    response = make_response(json.dumps({**body, "errors": listed}), status)
    response.mimetype = "application/problem+json"
    if status == STATUSES[domain.SignInRequiredError]:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _domain(error: domain.DomainError) -> Response:
    status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 400)
    if isinstance(error, domain.SignInRequiredError) and not is_api():
        return _to_sign_in()
    errors = error.errors if isinstance(error, domain.InvalidInputError) else ()
    retry_after = error.retry_after if isinstance(error, domain.TooManyRequestsError) else None
    if isinstance(error, domain.UnavailableError):
        retry_after = RETRY_AFTER_SECONDS
    return problem(status, error.detail, errors, retry_after)


def _to_sign_in() -> Response:
    is_page = request.method == "GET" and not htmx
    target = url_for("accounts.sign_in", next=request.full_path.rstrip("?") if is_page else page_before())
    if htmx:
        response = make_response("", 401)
        response.headers["HX-Redirect"] = target
        return response
    return make_response(redirect(target, code=303))


def _limited(error: RateLimitExceeded) -> Response:
    seconds = int(error.limit.limit.get_expiry())
    return problem(429, f"Too many requests; wait {seconds} seconds and try again.", retry_after=seconds)


def _database(error: BaseException, said: str = BUSY) -> Response:
    log.error("database_failed", kind=type(error).__name__, rule=str(request.url_rule))
    if passes(error):
        return problem(503, said, retry_after=RETRY_AFTER_SECONDS)
    return problem(500, "This failed on our side and was noted. Nothing was changed.")


def _http(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:  # noqa: PLR2004 - redirects are answers, not errors
        return error
    if isinstance(error, SecurityError):
        return _strange_host()
    ours = error.description and error.description != type(error).description
    response = problem(status, str(error.description) if ours else f"{TITLES.get(status, 'Something went wrong')}.")
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def _strange_host() -> Response:
    """Answer without a template: addresses cannot be made for a host that is not ours."""
    response = make_response("This host name is not served here.\n", 400)
    response.mimetype = "text/plain"
    return response


def _said_below(_error: Any) -> None:
    """Leave the log to `_internal`: Flask's own line names the address, in which there may be a secret."""


def _internal(error: InternalServerError) -> Response:
    failed = error.original_exception
    if failed is not None and passes(failed):  # at the commit, which is after the view and its handlers
        return _database(failed, UNSURE)
    if no_room(failed):
        log.error("no_room", rule=str(request.url_rule))
        return problem(507, WORDS_NO_ROOM)
    log.error("request_failed", rule=str(request.url_rule), exc_info=error.original_exception)
    return problem(500, "This failed on our side and was noted. Nothing was changed.")
