"""Letting go of what is kept ready, as JSON, for admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.admin.caches.service import forget_kept
from webapp.admin.caches.types import CacheInput
from webapp.extensions import db
from webapp.web.access import ADMINS, Reach, access
from webapp.web.api import Answer, Count, api_blueprint, gives, takes
from webapp.web.identity import viewer
from webapp.web.kept import forget_here

if TYPE_CHECKING:
    from webapp.admin.caches.types import Forgotten

bp = api_blueprint("api_caches", "Operations")


class ForgottenAnswer(Answer):
    """What was let go. `in_redis` null: Redis is away. `here` are answers of the process that answered."""

    schools: Count
    in_redis: Count | None
    here: Count


@bp.post("/analytics/cache/invalidate")
@access(ADMINS, Reach.ALL)
@gives(ForgottenAnswer, refuses=(404,))
@takes(body=CacheInput)
def forget_caches(body: CacheInput) -> Forgotten:
    """Let go of what is kept ready, for a school or for all. Nothing becomes wrong by it, only slower for a while."""
    return forget_kept(db.session(), viewer(), body.school_id, forget_here(body.school_id))
