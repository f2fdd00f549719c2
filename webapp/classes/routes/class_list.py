"""The list of classes, as its address asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from webapp.classes import queries, service
from webapp.classes.routes.blueprint import CHANGED, bp
from webapp.classes.types import ClassFilter, TermMove
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.web.access import MANAGERS, STAFF, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

    from webapp.core.permissions import Viewer


class ClassQuery(ClassFilter):
    """What the address of the list says."""

    def url(self, **changes: Any) -> str:
        """Return the address of this list with changes; what is usual is left out, and a change goes to page one."""
        asked = {**self.model_dump(mode="json"), **({"offset": 0} if changes else {}), **changes}
        usual = {name: field.default for name, field in type(self).model_fields.items()}
        return url_for("classes.index", **{name: value for name, value in asked.items() if value != usual[name]})

    def page_url(self, offset: int) -> str:
        """Return the address of the page of the list that begins there."""
        return self.url(offset=offset)

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Return words and address of the classes in use and the archived ones, and which are shown."""
        return [
            ("In use", self.url(archived=False), not self.archived),
            ("Archived", self.url(archived="true"), self.archived),
        ]

    @property
    def narrows(self) -> bool:
        """Return whether a filter leaves classes out."""
        return bool(self.q or self.term or self.teacher_id or self.school_id)

    def chips(self, teachers: dict[UUID, str], schools: dict[UUID, str]) -> list[tuple[str, str]]:
        """Return each active filter as words, and the address without it."""
        found: list[tuple[str, dict[str, Any], bool]] = [
            (f"Search: {self.q}", {"q": ""}, bool(self.q)),
            (f"Term: {self.term}", {"term": ""}, bool(self.term)),
            (f"Teacher: {_name(teachers, self.teacher_id)}", {"teacher_id": None}, self.teacher_id is not None),
            (f"School: {_name(schools, self.school_id)}", {"school_id": None}, self.school_id is not None),
        ]
        return [(words, self.url(**change)) for words, change, active in found if active]


@bp.get("/classes")
@access(STAFF, Reach.CLASS)
def index() -> Response:
    """Show the classes that the viewer looks after."""
    person, asked = viewer(), parse_query(ClassQuery)
    listing = queries.classes(db.session(), person, asked)
    choices = _choices(person)
    return render(
        "classes/page.html",
        "classes/_class_list.html",
        asked=asked,
        listing=listing,
        choices=choices,
        chips=asked.chips(dict(choices["teachers"]), dict(choices["schools"])),
        by_school=person.school_id is None,
        changes_terms=person.role in MANAGERS,
        may_move=_may_move(person, asked),
    )


@bp.post("/classes/term")
@access(MANAGERS, Reach.SCHOOL)
def move_term() -> Response:
    """Take all classes of a term out of use, or into use again."""
    given = parse_form(TermMove)
    count = service.move_term(db.session(), viewer(), given)
    words = f"{count:,} {'class' if count == 1 else 'classes'} of “{given.term}”"
    to = url_for(
        "classes.index", archived="true" if given.archived else None, term=given.term, school_id=given.school_id
    )
    toast = f"Archived {words}." if given.archived else f"In use again: {words}."
    return done(to, toast=toast, events=CHANGED, leave=True)


def _choices(person: Viewer) -> dict[str, list[tuple[Any, str]]]:
    """Return what the filters offer: terms in use, teachers to those who see several, schools to those without one."""
    session, school_id = db.session(), person.school_id
    teachers = queries.possible_teachers(session, school_id) if person.role is Role.MANAGER and school_id else []
    schools = queries.schools(session) if school_id is None else []
    return {
        "terms": [(term, term) for term in queries.terms_in_use(session, person)],
        "teachers": [(row.id, row.name) for row in teachers],
        "schools": [(row.id, row.name) for row in schools],
    }


def _may_move(person: Viewer, asked: ClassQuery) -> bool:
    """Return whether the list is all classes of a term at one school, which can leave or come back together."""
    whole = bool(asked.term) and not asked.q and asked.teacher_id is None
    return whole and person.role in MANAGERS and bool(person.school_id or asked.school_id)


def _name(known: dict[UUID, str], wanted: UUID | None) -> str:
    return known.get(wanted, "another") if wanted else ""
