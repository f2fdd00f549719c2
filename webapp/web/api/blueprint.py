"""The blueprints on which features put their endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint

from webapp.web.api.converter import IdConverter
from webapp.web.api.limits import check_rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.blueprints import BlueprintSetupState

PREFIX = "/api/v1"


def api_blueprint(name: str, tag: str, limit: Callable[[], None] = check_rate) -> APIBlueprint:
    """Return a blueprint under /api/v1 whose endpoints are limited and documented under `tag`.

    `limit` refuses a request whose sender has used up an allowance. Ids in its rules are written `<id:task_id>`.
    """
    blueprint = APIBlueprint(name, name, url_prefix=PREFIX, tag=tag)
    blueprint.record(_prepare)
    blueprint.before_request(limit)
    return blueprint


def _prepare(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["id"] = IdConverter
