"""Who is behind a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.classes.access import students_open_to
from webapp.core.paging import Page
from webapp.extensions import db
from webapp.overview.queries.evidence import evidence
from webapp.overview.queries.measures import measures_of, shown
from webapp.overview.queries.sums import Reading
from webapp.overview.routes.blueprint import View, bp
from webapp.overview.types import EvidenceQuery
from webapp.overview.wording import LABELS, WITHHELD, value_text
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_query
from webapp.web.render import render

if TYPE_CHECKING:
    from flask import Response


@bp.get("/overview/rows")
@access(STAFF, Reach.CLASS)
def rows() -> Response:
    """Show what each person gives to a figure, by name, with the way to their own page."""
    view, asked = View.of("overview.rows", EvidenceQuery), parse_query(EvidenceQuery)
    found = measures_of(Reading(db.session(), view.scope, view.dates), view.person, view.dates)
    listing = None
    if not found.withheld:
        page = Page(asked.limit, asked.offset)
        listing = evidence(db.session(), view.scope, asked.figure, view.dates, page)
    label, _, note = LABELS[asked.figure]
    return render(
        "overview/rows.html",
        **view.shared,
        figure=asked.figure,
        label=label,
        note=WITHHELD if found.withheld else note,
        value=value_text(asked.figure, shown(asked.figure.value, getattr(found, asked.figure.value))),
        listing=listing,
        opened=students_open_to(db.session(), view.person, [row.user_id for row in listing.items] if listing else []),
        back=view.url("overview.index", figure=None, limit=None, offset=None),
        page_url=lambda offset: view.url(offset=offset),
    )
