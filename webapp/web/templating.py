"""What every template can use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from flask import current_app, g, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined
from markupsafe import Markup

from webapp.core import clock, timezones
from webapp.db.redis import gate
from webapp.web import navigation
from webapp.web.addresses import template_address
from webapp.web.assets import asset
from webapp.web.icons import icon
from webapp.web.identity import viewer_or_none
from webapp.web.once import form_key
from webapp.web.render import wants_fragment
from webapp.web.toasts import take

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from webapp.core.permissions import Role


MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One place in the menus, with its address; `current` marks where the reader is."""

    key: str
    label: str
    url: str
    icon: str
    letter: str
    bar: bool
    current: bool


def install_templating(app: Flask) -> None:
    """Register globals, filters and what each page receives."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.autoescape = True
    app.jinja_env.globals.update(asset=asset, csrf_token=generate_csrf, icon=icon, draw=icon, frame_part=frame_part)
    app.jinja_env.globals["form_key"] = form_key
    app.jinja_env.globals["url_for"] = template_address
    app.jinja_env.filters.update(minutes=minutes, percent=percent)
    app.context_processor(_context)


def navigation_items() -> tuple[NavigationItem, ...]:
    """Return the viewer's menu; empty for strangers."""
    person = viewer_or_none()
    return _menu(person.role, navigation.current_key(request.endpoint), request.script_root) if person else ()


@cache
def _menu(role: Role, here: str, _script_root: str) -> tuple[NavigationItem, ...]:
    """Return a role's menu as seen from one of its places; made once, since every page shows it."""
    return tuple(
        NavigationItem(
            entry.key,
            entry.label,
            url_for(entry.endpoint),
            entry.icon,
            entry.letter,
            entry.is_in_bar(role),
            entry.key == here,
        )
        for entry in navigation.entries_for(role)
    )


@lru_cache(maxsize=512)
def frame_part(template: str, navigation: tuple[NavigationItem, ...]) -> Markup:
    """Return a part of the frame that depends on the menu alone; made once, since every page shows it."""
    found = current_app.jinja_env.get_template(template)
    return Markup(found.render(navigation=navigation))  # nosec B704 # noqa: S704 - our own template's output


def minutes(value: int | None) -> str:
    """Return minutes as people write them: `45 min`, `2 h`, `2 h 05 min`; a dash for None."""
    if value is None:
        return "–"
    hours, rest = divmod(abs(value), MINUTES_PER_HOUR)
    sign = "−" if value < 0 else ""
    if hours == 0:
        return f"{sign}{rest} min"
    return f"{sign}{hours} h" if rest == 0 else f"{sign}{hours} h {rest:02d} min"


def percent(value: float | None) -> str:
    """Return a fraction 0..1 as a whole percentage; a dash for None."""
    return "–" if value is None else f"{round(value * 100)} %"


def redis_is_failing() -> bool:
    """Return whether the last call to Redis failed."""
    return gate().failing


def _context() -> dict[str, Any]:
    person = None if g.get("identity_failed") else viewer_or_none()
    zone = person.zone if person else "UTC"
    fragment = wants_fragment()

    def local(instant: datetime) -> datetime:
        return timezones.to_local(instant, zone)

    return {
        "viewer": person,
        "local": local,
        "now": clock.now,
        "navigation": () if fragment else navigation_items(),
        "toast": None if fragment else take(),
        "demo_mode": person is not None and person.is_demo,
        "degraded": bool(person and person.is_staff and redis_is_failing()),
    }
