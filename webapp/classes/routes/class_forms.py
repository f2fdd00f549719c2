"""The form of a class, and what is done to a whole class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from webapp.classes import queries, service
from webapp.classes.routes.blueprint import CHANGED, REFUSALS, bp, field_errors, typed
from webapp.classes.types import ClassChange, ClassForm, ClassInput
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.schools.models import LeaderboardMode
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.classes.types import ClassRow
    from webapp.core.errors import FieldError

FIELDS = ("name", "term", "starts_on", "ends_on", "leaderboard_mode")
MODES = {
    LeaderboardMode.OFF.value: "Off",
    LeaderboardMode.OPT_IN.value: "Who wants to stands on it",
    LeaderboardMode.OPT_OUT.value: "Everyone who has not opted out",
}


@bp.get("/classes/new")
@access(STAFF, Reach.CLASS)
def new_class() -> Response:
    """Show the form of a new class."""
    return _form(None)


@bp.post("/classes")
@access(STAFF, Reach.CLASS)
def create_class() -> Response:
    """Make a class."""
    try:
        made = service.create_class(db.session(), viewer(), parse_form(ClassInput))
    except REFUSALS as error:
        return _form(None, field_errors(error, "name"))
    to = url_for("classes.show", class_id=made.id)
    return done(to, toast=f"Made “{made.name}”. Now enrol its students.", leave=True)


@bp.get("/classes/<uuid:class_id>/edit")
@access(STAFF, Reach.CLASS)
def edit_class(class_id: UUID) -> Response:
    """Show the form of a class."""
    return _form(queries.class_row(db.session(), viewer(), class_id))


@bp.post("/classes/<uuid:class_id>/edit")
@access(STAFF, Reach.CLASS)
def change_class(class_id: UUID) -> Response:
    """Change a class to what the form says."""
    before = queries.class_row(db.session(), viewer(), class_id)
    try:
        changed = service.change_class(db.session(), viewer(), class_id, _change(parse_form(ClassForm)))
    except REFUSALS as error:
        return _form(before, field_errors(error, "name"))
    return done(url_for("classes.show", class_id=class_id), toast=f"Saved “{changed.name}”.", leave=True)


@bp.post("/classes/<uuid:class_id>/archive")
@access(STAFF, Reach.CLASS)
def archive_class(class_id: UUID) -> Response:
    """Take a class out of use; the toast can undo it."""
    group = service.archive_class(db.session(), viewer(), class_id)
    undo = url_for("classes.restore_class", class_id=class_id)
    return done(url_for("classes.index"), toast=f"Archived “{group.name}”.", undo=undo, events=CHANGED, leave=True)


@bp.post("/classes/<uuid:class_id>/restore")
@access(STAFF, Reach.CLASS)
def restore_class(class_id: UUID) -> Response:
    """Take an archived class into use again."""
    group = service.restore_class(db.session(), viewer(), class_id)
    to = url_for("classes.show", class_id=class_id)
    return done(to, toast=f"“{group.name}” is in use again.", events=CHANGED, leave=True)


@bp.post("/classes/<uuid:class_id>/leave")
@access(STAFF, Reach.CLASS)
def leave_class(class_id: UUID) -> Response:
    """Stop teaching a class that somebody else teaches as well."""
    group = service.leave_class(db.session(), viewer(), class_id)
    return done(url_for("classes.index"), toast=f"You no longer teach “{group.name}”.", events=CHANGED, leave=True)


def _change(form: ClassForm) -> ClassChange:
    """Return the change that the form asks for; teachers cannot take themselves off, so their own box is not asked."""
    own = {viewer().user_id} if viewer().role is Role.TEACHER else set()
    return ClassChange(**{**form.model_dump(), "teacher_ids": sorted({*form.teacher_ids, *own})})


def _form(row: ClassRow | None, errors: Sequence[FieldError] = ()) -> Response:
    return render(
        "classes/edit.html",
        "classes/_class_form.html",
        status=422 if errors else 200,
        row=row,
        errors=errors,
        **_choices(row),
    )


def _choices(row: ClassRow | None) -> dict[str, Any]:
    """Return what the form shows and offers. Teachers are offered once the school is known."""
    person, session = viewer(), db.session()
    schools = queries.schools(session) if person.school_id is None and row is None else []
    school_id = row.school_id if row else person.school_id
    own = {str(person.user_id)} if person.role is Role.TEACHER else set()
    present = {str(key) for key in row.teacher_ids} if row else own
    shown = {name: getattr(row, name) if row else None for name in FIELDS}
    return {
        "values": typed(**shown, school_id=None),
        "chosen": set(request.form.getlist("teacher_ids")) if request.method == "POST" else present,
        "always": own,
        "schools": [(school.id, school.name) for school in schools],
        "teachers": queries.possible_teachers(session, school_id) if school_id else [],
        "terms": queries.terms_of(session, school_id) if school_id else [],
        "modes": list(MODES.items()),
    }
