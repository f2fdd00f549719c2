"""What retention deleted: a page and a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.compliance.queries.deletions import deletions
from webapp.compliance.routes.blueprint import bp
from webapp.compliance.types import DeletionFilter
from webapp.core.tables import Column
from webapp.extensions import db
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.addresses import address_of
from webapp.web.files import csv_file
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from flask import Response

    from webapp.compliance.queries.deletions import Deletion

    Line = tuple[Deletion, tuple[str, str, int]]

MOST_IN_A_FILE: Final = 10_000
COLUMNS: Final[tuple[Column[Line], ...]] = (
    Column("ran_at", "ran_at", lambda line: line[0].ran_at),
    Column("school_id", "school_id", lambda line: line[0].school_id),
    Column("rule", "rule", lambda line: line[1][0]),
    Column("what", "what", lambda line: line[1][1]),
    Column("rows", "rows", lambda line: line[1][2]),
)


@bp.get("/admin/compliance/deletions")
@access(MANAGERS, Reach.SCHOOL)
def show_deletions() -> Response:
    """Show what was deleted because its time was over, the newest first."""
    asked = parse_query(DeletionFilter)

    def url(offset: int) -> str:
        return address_of(".show_deletions", {"school_id": asked.school_id, "limit": asked.limit, "offset": offset})

    listing = deletions(db.session(), viewer(), asked)
    csv_url = address_of(".deletions_csv", {"school_id": asked.school_id})
    return render("compliance/deletions.html", asked=asked, listing=listing, page_url=url, csv_url=csv_url)


@bp.get("/admin/compliance/deletions.csv")
@access(MANAGERS, Reach.SCHOOL)
def deletions_csv() -> Response:
    """Download what was deleted: the newest 10,000 runs."""
    asked = parse_query(DeletionFilter).model_copy(update={"limit": MOST_IN_A_FILE, "offset": 0})
    found = deletions(db.session(), viewer(), asked)
    return csv_file(COLUMNS, [(run, each) for run in found.items for each in run.removed], "deletions")
