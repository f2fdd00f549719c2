"""Sending events: one, or up to a thousand at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from flask import current_app

from webapp.events.types import BatchInput, EventInput
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import Answer, Count, api_blueprint, gives, takes
from webapp.web.api.answers import RefusedField
from webapp.web.api.limits import check_events_rate
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.events.intake import Intake
    from webapp.events.types import Receipt

bp = api_blueprint("api_events", "Events", check_events_rate)


class AcceptedAnswer(Answer):
    """That an event is stored."""

    accepted: Literal[1]


class RefusalAnswer(Answer):
    """Why one event of a batch is refused; `index` counts from 0."""

    index: Count
    errors: list[RefusedField]


class ReceiptAnswer(Answer):
    """What became of a batch. `accepted` counts those that had been stored before as well."""

    size: Count
    accepted: Count
    rejected: Count
    errors: list[RefusalAnswer]


@bp.post("/events/track")
@access(SIGNED_IN, Reach.OWN, scope="events")
@gives(AcceptedAnswer, 202)
@takes(body=EventInput, unread=True)
def track(body: bytes) -> AcceptedAnswer:
    """Send one event. The answer comes when it is stored; the same `event_id` twice is stored once.

    An event that happened more than an hour ahead of our clock, or longer ago than events are kept, is refused.
    """
    intake().one(viewer(), body)
    return AcceptedAnswer(accepted=1)


@bp.post("/events/batch-track")
@access(SIGNED_IN, Reach.OWN, scope="events")
@gives(ReceiptAnswer, 202)
@takes(body=BatchInput, unread=True)
def batch_track(body: bytes) -> Receipt:
    """Send up to 1,000 events. The good ones are stored; `errors` says what is wrong with the others."""
    return intake().batch(viewer(), body)


def intake() -> Intake:
    """Return where the application takes events in."""
    return cast("Intake", current_app.extensions["milepost_intake"])
