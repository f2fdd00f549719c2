"""The list of people, as its address asks for it, and its CSV."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import render_template, stream_with_context, url_for
from pydantic import Field

from webapp.admin.queries import choices, people
from webapp.admin.routes.blueprint import bp, download
from webapp.admin.types import BulkAction, PersonFilter, PersonRow, Seen, Sorting
from webapp.audit.limits import refuse_further_files
from webapp.audit.service import record
from webapp.classes.queries import schools as all_schools
from webapp.core import clock
from webapp.core.paging import MAXIMUM_LIMIT
from webapp.core.permissions import Role
from webapp.core.tables import Column, csv_lines
from webapp.db.engine import reading_only
from webapp.db.patience import wait_at_most
from webapp.extensions import db
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.kept import Kept, answer_kept, answer_kept_page, template_mark
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from flask import Response

    from webapp.admin.types import Report
    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer

PAGE = 50
KEPT_SECONDS = 300
AT_ONCE = 1_000
LIST, FULL = "admin/_user_list.html", "admin/users.html"
TEMPLATES = (LIST, FULL, "admin/parts.html", "admin/_report.html")
# When somebody was last here is said to the day and written some minutes late, so that a minute more is no lie.
AS_SEEN = timedelta(minutes=1)
ROLES = [(role.value, role.value.capitalize()) for role in Role]
SEEN = [
    (Seen.TODAY.value, "Here within a day"),
    (Seen.WEEK.value, "Here within 7 days"),
    (Seen.MONTH.value, "Here within 30 days"),
    (Seen.LONGER.value, "Away for longer"),
    (Seen.NEVER.value, "Never here"),
]
SORTS = [
    (Sorting.NAME.value, "By name"),
    (Sorting.NAME_DOWN.value, "By name, from Z"),
    (Sorting.EMAIL.value, "By address"),
    (Sorting.SEEN_DOWN.value, "Here last first"),
    (Sorting.SEEN.value, "Longest away first"),
]
ACTIONS = [
    (BulkAction.INVITE.value, "Send an invitation"),
    (BulkAction.ADD_TO_CLASS.value, "Add to a class"),
    (BulkAction.END_SESSIONS.value, "Sign out everywhere"),
    (BulkAction.DEACTIVATE.value, "Close the account"),
    (BulkAction.ACTIVATE.value, "Open the account again"),
]
COLUMNS: list[Column[PersonRow]] = [
    Column("user_id", "Id", lambda row: row.id),
    Column("email", "Address", lambda row: row.email),
    Column("username", "User name", lambda row: row.username),
    Column("first_name", "First name", lambda row: row.first_name),
    Column("last_name", "Last name", lambda row: row.last_name),
    Column("role", "Role", lambda row: row.role),
    Column("school", "School", lambda row: row.school_name),
    Column("active", "Active", lambda row: row.active),
    Column("last_seen_at", "Last seen", lambda row: row.last_seen_at),
]


class PeopleQuery(PersonFilter):
    """What the address of the list says."""

    limit: int = Field(default=PAGE, ge=1, le=MAXIMUM_LIMIT)

    def said(self, **changes: Any) -> dict[str, Any]:
        """Return what the address says with changes; what is usual is left out, and a change goes to page one."""
        asked = {**self.model_dump(mode="json"), **({"offset": 0} if changes else {}), **changes}
        usual = {name: field.default for name, field in type(self).model_fields.items()}
        said = {name: value for name, value in asked.items() if value != usual[name]}
        return {name: str(value).lower() if isinstance(value, bool) else value for name, value in said.items()}

    def url(self, **changes: Any) -> str:
        """Return the address of this list with changes."""
        return url_for("admin.users", **self.said(**changes))

    def page_url(self, offset: int) -> str:
        """Return the address of the page of the list that begins there."""
        return self.url(offset=offset)

    @property
    def narrows(self) -> bool:
        """Return whether a filter leaves people out."""
        return bool(set(self.said()) - {"limit", "offset", "sort"})

    @property
    def clear_url(self) -> str:
        """Return the address of the list without filters."""
        return url_for("admin.users")

    def chips(self, names: dict[UUID, str]) -> list[tuple[str, str]]:
        """Return each active filter as words, and the address without it."""
        found: list[tuple[str, str, bool]] = [
            (f"Search: {self.search}", "search", bool(self.search)),
            (f"Role: {self.role}", "role", self.role is not None),
            (
                f"School: {names.get(self.school_id, 'another')}" if self.school_id else "",
                "school_id",
                bool(self.school_id),
            ),
            (f"Class: {names.get(self.class_id, 'another')}" if self.class_id else "", "class_id", bool(self.class_id)),
            ("Open accounts" if self.active else "Closed accounts", "active", self.active is not None),
            (dict(SEEN).get(self.seen or "", ""), "seen", self.seen is not None),
            ("No way in yet" if self.invited else "With a way in", "invited", self.invited is not None),
            ("Mail failed lately" if self.unreached else "No mail failed", "unreached", self.unreached is not None),
        ]
        usual = {name: field.default for name, field in type(self).model_fields.items()}
        return [(words, self.url(**{name: usual[name]})) for words, name, active in found if active]


@bp.get("/users")
@access(MANAGERS, Reach.SCHOOL)
def users() -> Response:
    """Show the people whom the viewer looks after; the page is kept until one of them changes."""
    person, asked = viewer(), parse_query(PeopleQuery)
    if asked.is_counted_anew:
        return users_page(person, asked)
    known = people.tallied(db.session(), person, asked)
    key = f"{list_key(person, asked, known)}:{template_mark(*TEMPLATES)}"
    if wants_fragment():
        return answer_kept(f"{key}:list", KEPT_SECONDS, lambda: _kept(LIST, person, asked, known))
    return answer_kept_page(key, KEPT_SECONDS, lambda: _kept(FULL, person, asked, known))


@bp.post("/users/export")
@access(MANAGERS, Reach.SCHOOL)
def export_users() -> Response:
    """Stream everyone who fits the filters of the address as CSV; taking so many away is audited, and limited."""
    person, asked = viewer(), parse_query(PeopleQuery)
    refuse_further_files(db.session(), person)
    known = people.tallied(db.session(), person, asked)
    filters = sorted(set(asked.said()) - {"limit", "offset", "sort", "search"})
    record(db.session(), person, "users.exported", detail={"filters": filters, "people_at_most": known.people})
    return download(stream_with_context(_lines(person, asked)), f"milepost-users-{clock.now():%Y-%m-%d}.csv")


def list_key(person: Viewer, asked: PersonFilter, known: people.Known) -> str:
    """Return what a kept list of people follows from, beside the moment: it holds for `AS_SEEN`."""
    words = hashlib.blake2b(asked.model_dump_json().encode(), digest_size=12).hexdigest()
    return f"users:{person.user_id}:{person.stats_version}:{person.zone}:{known.mark}:{words}"


def users_page(
    person: Viewer, asked: PeopleQuery, report: Report | None = None, errors: Sequence[FieldError] = ()
) -> Response:
    """Render the list anew, with the report of what was just done to people in it, or why nothing was."""
    shown = {**_shown(person, asked, None), "report": report, "errors": errors}
    return render(FULL, LIST, status=422 if errors else 200, **shown)


def _kept(template: str, person: Viewer, asked: PeopleQuery, known: people.Known) -> Kept:
    body = render_template(template, **_shown(person, asked, known), report=None, errors=())
    return Kept(body, clock.now() + AS_SEEN)


def _shown(person: Viewer, asked: PeopleQuery, known: people.Known | None) -> dict[str, Any]:
    session = db.session()
    schools = [(row.id, row.name) for row in all_schools(session)] if person.role is Role.ADMIN else []
    classes = choices.classes(session, person, asked.school_id)
    named = choices.class_name(session, person, asked.class_id)
    return {
        "asked": asked,
        "listing": people.people(session, person, asked, known),
        "chips": asked.chips({**dict(schools), **named}),
        "schools": schools,
        "classes": classes,
        "roles": ROLES if person.role is Role.ADMIN else [row for row in ROLES if row[0] != Role.ADMIN],
        "seen": SEEN,
        "sorts": SORTS,
        "actions": ACTIONS,
        "by_school": person.role is Role.ADMIN,
    }


def _lines(person: Viewer, asked: PeopleQuery) -> Iterator[bytes]:
    """Yield the file from one snapshot; the request's own session has ended by the time the lines are taken."""
    wait_at_most(None)
    with db.session.session_factory() as session:
        with reading_only():
            session.connection()  # a reading transaction, however slowly the lines are taken
        yield from csv_lines(COLUMNS, people.everyone(session, person, asked, AT_ONCE))
