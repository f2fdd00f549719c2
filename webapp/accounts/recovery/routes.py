"""Asking for a new password, and choosing one by the link that the mail brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, current_app, request, url_for

from webapp.accounts.passwords import shortest_for
from webapp.accounts.recovery import service
from webapp.accounts.recovery.jobs import answer_requests
from webapp.accounts.recovery.service import LinkOverError, PasswordsOffError
from webapp.accounts.recovery.types import LONGEST_SECRET, ForgottenInput, NewPasswordInput
from webapp.core.errors import InvalidInputError, TooManyRequestsError
from webapp.db.after_commit import after_commit
from webapp.extensions import db
from webapp.jobs.queue import enqueue
from webapp.web.access import ANYONE, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import client_address
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from flask import Response

    from webapp.core.errors import FieldError

bp = Blueprint("recovery", __name__)


@bp.get("/login/forgot")
@access(ANYONE, Reach.PUBLIC)
def forgot() -> Response:
    """Show the form that asks for a link."""
    return _forgot_page()


@bp.post("/login/forgot")
@access(ANYONE, Reach.PUBLIC)
def forgot_submit() -> Response:
    """Note the request; a job answers it by mail. The answer here is the same for every address."""
    try:
        service.request_reset(db.session(), parse_form(ForgottenInput).email, client_address())
    except InvalidInputError as error:
        return _forgot_page(422, error.errors)
    except TooManyRequestsError as error:
        response = _forgot_page(429, problem=error.detail)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    after_commit(db.session(), lambda: enqueue(answer_requests))
    return done(url_for("recovery.sent"), leave=True)


@bp.get("/login/forgot/sent")
@access(ANYONE, Reach.PUBLIC)
def sent() -> Response:
    """Say where to look now, whether or not a mail was sent."""
    return render("accounts/forgot_sent.html", mail_leaves=_mail_leaves())


@bp.get("/login/reset/<link_secret>")
@access(ANYONE, Reach.PUBLIC)
def choose(link_secret: str) -> Response:
    """Show the form in which the holder of a good link chooses a password."""
    return _choose_page(link_secret)


@bp.post("/login/reset")
@access(ANYONE, Reach.PUBLIC)
def choose_submit() -> Response:
    """Set the password, once; every session of that person ends."""
    try:
        service.use_link(db.session(), parse_form(NewPasswordInput), demo=current_app.config["DEMO_MODE"])
    except InvalidInputError as error:
        return _choose_page(request.form.get("link", ""), 422, error.errors)
    except LinkOverError:
        return _over_page()
    except PasswordsOffError as error:
        return _without_passwords_page(error)
    return done(url_for("accounts.sign_in"), toast="Your password is set. Sign in with it.", leave=True)


def _forgot_page(status: int = 200, errors: tuple[FieldError, ...] = (), problem: str = "") -> Response:
    shown = {"errors": errors, "problem": problem, "typed": request.form.get("email", "")}
    return render("accounts/forgot.html", status=status, mail_leaves=_mail_leaves(), **shown)


def _choose_page(secret: str, status: int = 200, errors: tuple[FieldError, ...] = ()) -> Response:
    try:
        link = service.good_link(db.session(), secret[: LONGEST_SECRET + 1], demo=current_app.config["DEMO_MODE"])
    except LinkOverError:
        return _over_page()
    except PasswordsOffError as error:
        return _without_passwords_page(error)
    shown = {"link": link, "secret": secret, "errors": errors, "shortest": shortest_for(link.role)}
    return render("accounts/choose_password.html", status=status, **shown)


def _over_page() -> Response:
    return render("accounts/link_over.html", status=404)


def _without_passwords_page(error: PasswordsOffError) -> Response:
    return render("accounts/without_passwords.html", status=409, door=error.door)


def _mail_leaves() -> bool:
    """Return whether mails leave this machine at all, or are kept in a folder or shown on a terminal."""
    return str(current_app.config["MAIL_BACKEND"]).rpartition(".")[2] not in {"FileEmailBackend", "console"}
