"""The page of one class: cards, of which the students' list is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from pydantic import Field

from webapp.classes import queries
from webapp.classes.access import students_open_to
from webapp.classes.cards import cards_of, class_card
from webapp.classes.routes.blueprint import bp
from webapp.classes.types import EnrolmentFilter, EnrolmentState
from webapp.core import clock
from webapp.core.paging import MAXIMUM_LIMIT
from webapp.core.timezones import local_date
from webapp.extensions import db
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassRow
    from webapp.core.permissions import Viewer

PAGE = 50
STATES = {
    EnrolmentState.CURRENT: "Enrolled",
    EnrolmentState.UPCOMING: "Yet to begin",
    EnrolmentState.ENDED: "Left",
    EnrolmentState.ALL: "All",
}


class StudentQuery(EnrolmentFilter):
    """What the address of a class says about the list of its students."""

    state: EnrolmentState = EnrolmentState.CURRENT
    limit: int = Field(default=PAGE, ge=1, le=MAXIMUM_LIMIT)


class StudentList:
    """The addresses of the list of students of one class."""

    def __init__(self, class_id: UUID, asked: StudentQuery) -> None:
        """Take the class and what is asked for."""
        self.class_id, self.asked = class_id, asked

    def url(self, **changes: Any) -> str:
        """Return the address of this list with changes; a change goes to page one."""
        asked = {**self.asked.model_dump(mode="json"), **({"offset": 0} if changes else {}), **changes}
        usual = {name: field.default for name, field in StudentQuery.model_fields.items()}
        said = {name: value for name, value in asked.items() if value != usual[name]}
        return url_for("classes.show", class_id=self.class_id, **said)

    @property
    def csv_url(self) -> str:
        """Return the address of the list as a file, all of its pages."""
        said: dict[str, Any] = {"state": self.asked.state.value, "q": self.asked.q or None}
        return url_for("classes.students_csv", class_id=self.class_id, **said)

    def page_url(self, offset: int) -> str:
        """Return the address of the page of the list that begins there."""
        return self.url(offset=offset)

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Return words and address for each state, and which is shown."""
        return [(words, self.url(state=state.value), state is self.asked.state) for state, words in STATES.items()]


@bp.get("/classes/<uuid:class_id>")
@access(STAFF, Reach.CLASS)
def show(class_id: UUID) -> Response:
    """Show a class; a fragment request gets the list of its students alone."""
    person = viewer()
    row = queries.class_row(db.session(), person, class_id)
    if wants_fragment():
        return render("classes/_class_students.html", card=students_card(db.session(), person, row))
    return render("classes/class.html", row=row, cards=cards_of(db.session(), person, row))


@class_card("classes/_class_students.html", place=0)
def students_card(session: Session, person: Viewer, row: ClassRow) -> dict[str, Any]:
    """Return one page of the students of a class, as the address asks for them, and whose pages the viewer may open."""
    asked, today = parse_query(StudentQuery), local_date(clock.now(), row.school_zone)
    listing = queries.enrolments_in(session, row.id, today, asked)
    return {
        "row": row,
        "asked": asked,
        "students": StudentList(row.id, asked),
        "listing": listing,
        "opened": students_open_to(session, person, [each.user_id for each in listing.items]),
        "today": today,
    }


@class_card("classes/_class_facts.html", place=90)
def facts_card(_session: Session, _person: Viewer, row: ClassRow) -> dict[str, Any]:
    """Return what is known about a class."""
    return {"row": row}
