"""Writing mails from templates, and the addresses in them, which work from anywhere.

Neither needs a request: jobs write mails too. Addresses come from settings, never from a request's host name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app


@dataclass(frozen=True, slots=True)
class Letter:
    """The two bodies of a mail, which say the same."""

    text: str
    html: str


def write_letter(text_template: str, html_template: str, **values: Any) -> Letter:
    """Return a mail's bodies; both templates get the values, and `address` to make addresses with."""
    values = {"address": page_address, **values}
    templates = (current_app.jinja_env.get_template(name) for name in (text_template, html_template))
    text, html = (template.render(values) for template in templates)
    return Letter(text.strip() + "\n", html)


def page_address(endpoint: str, **values: Any) -> str:
    """Return the whole address of a page of ours, as mails and other places outside need it."""
    settings = current_app.extensions["milepost_settings"]
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{settings.public_address}{path}"


def demo_people_get_mail() -> bool:
    """Return whether made-up people get mail: where it stays here, since nobody has their addresses."""
    return not str(current_app.config["MAIL_BACKEND"]).endswith("SmtpEmailBackend")
