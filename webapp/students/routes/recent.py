"""What students finished last, for those who look after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.extensions import db
from webapp.students.queries.recent import recent_of_students
from webapp.students.routes.blueprint import bp
from webapp.web.access import STAFF, Reach, access
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from flask import Response


@bp.get("/students/recent")
@access(STAFF, Reach.CLASS)
def recent() -> Response:
    """Show the last lessons completed and quizzes handed in; the first page fetches this once it stands."""
    rows = recent_of_students(db.session(), viewer(), clock.now())
    return render("students/recent.html", "students/_recent.html", rows=rows)
