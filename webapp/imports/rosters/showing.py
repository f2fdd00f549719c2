"""Rows of an import as people read them: whom or what they are about, and each value before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, tuple_

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, Enrolment
from webapp.imports.rosters.models import Kind, RosterBefore, RosterLink, RosterRow, RosterStatus, Verdict
from webapp.imports.rosters.types import Change, PreviewRow
from webapp.rest.models import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.imports.rosters.types import RosterRowShown

# What a roster calls a value, what we call it, and what people call it.
PERSON = (
    ("email", "email", "Address"),
    ("first_name", "first_name", "First name"),
    ("last_name", "last_name", "Last name"),
    ("role", "role", "Role"),
    ("ready", "active", "May sign in"),
)
CLASS = (("name", "name", "Name"), ("term_id", "term_id", "Term"))
ENROLMENT = (("begins_on", "begins_on", "First day"), ("ends_on", "ends_on", "Last day"))
MEMBERS = frozenset({Kind.STUDENT.value, Kind.TEACHER.value})


class _Shelf:
    """What the rows of one page speak of, fetched by a handful of statements."""

    def __init__(self, session: Session, row: RosterRowShown, rows: Sequence[RosterRow]) -> None:
        people = {one.person_id if one.kind in MEMBERS else one.target_id for one in rows if _is_person(one)}
        groups = {one.class_id if one.kind in MEMBERS else one.target_id for one in rows if _is_class(one)}
        self.people = _by_id(session, User, people)
        self.groups = _by_id(session, ClassGroup, groups)
        self.terms = _by_id(session, Term, _terms(rows, self.groups.values()))
        self.links = _links(session, row, [one for one in rows if one.verdict == Verdict.CHANGED.value])
        self.befores = _befores(session, row, rows)
        self.enrolments = _enrolments(session, rows)
        self.row = row

    def present(self, one: RosterRow) -> Any:
        """Return the row of ours that is meant, as it stands now or stood before the import."""
        before = self.befores.get((one.kind, one.key))
        if before is not None:
            return before
        if one.kind == Kind.PERSON.value:
            return self.people.get(one.target_id)
        if one.kind == Kind.CLASS.value:
            return self.groups.get(one.target_id)
        return self.enrolments.get((one.class_id, one.person_id))


def shown_rows(session: Session, row: RosterRowShown, rows: Sequence[RosterRow]) -> list[PreviewRow]:
    """Return rows of an import with what they are about and what changes, in the order given."""
    shelf = _Shelf(session, row, rows)
    return [
        PreviewRow(
            place=one.place,
            file=one.file,
            line=one.line,
            kind=Kind(one.kind),
            verdict=Verdict(one.verdict),
            key=one.key,
            title=_title(one, shelf),
            field=one.field,
            reason=one.reason,
            changes=tuple(_changes(one, shelf)) if one.verdict == Verdict.CHANGED.value else (),
        )
        for one in rows
    ]


def added_rows(session: Session, links: Sequence[RosterLink]) -> list[PreviewRow]:
    """Return what an import added, as links tell once it was carried out; the file's lines are forgotten by then."""
    people = _by_id(session, User, {link.user_id for link in links})
    groups = _by_id(session, ClassGroup, {link.class_id for link in links})
    terms = _by_id(session, Term, {link.target_term_id for link in links})
    shown = []
    for link in links:
        about = (people.get(link.user_id), groups.get(link.class_id), terms.get(link.target_term_id))
        title = " in ".join(found.name for found in about if found)
        shown.append(PreviewRow(0, "", None, Kind(link.kind), Verdict.ADDED, link.key, title, None, None))
    return shown


def _is_person(one: RosterRow) -> bool:
    return one.kind in MEMBERS or one.kind == Kind.PERSON.value


def _is_class(one: RosterRow) -> bool:
    return one.kind in MEMBERS or one.kind == Kind.CLASS.value


def _title(one: RosterRow, shelf: _Shelf) -> str:
    if one.kind in MEMBERS:
        person, group = shelf.people.get(one.person_id), shelf.groups.get(one.class_id)
        who = person.name if person else one.person_key or "somebody"
        return f"{who} in {group.name if group else one.class_key or 'a class'}"
    if one.kind == Kind.PERSON.value:
        said = f"{one.first_name or ''} {one.last_name or ''}".strip() or one.email
        person = shelf.people.get(one.target_id)
        return said or (person.name if person else one.key)
    group = shelf.groups.get(one.target_id)
    return one.name or (group.name if group else one.key)


def _changes(one: RosterRow, shelf: _Shelf) -> Iterable[Change]:
    columns = {Kind.PERSON.value: PERSON, Kind.CLASS.value: CLASS}.get(one.kind, ENROLMENT)
    present, link = shelf.present(one), shelf.links.get((one.kind, one.key))
    applied = shelf.row.status not in {RosterStatus.READY, RosterStatus.APPLYING}
    for theirs, ours, name in columns:
        said = getattr(one, theirs)
        if present is None or (said is None and columns is not ENROLMENT):
            continue
        before = getattr(present, theirs if isinstance(present, RosterBefore) else ours)
        if _plain(before) == _plain(said):
            continue
        edited = not applied and (link is None or _plain(getattr(link, theirs)) != _plain(before))
        kept = edited and not shelf.row.options.get("overwrite")
        yield Change(name, _worded(before, shelf), _worded(said, shelf), kept=kept)


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def _worded(value: Any, shelf: _Shelf) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    term = shelf.terms.get(value) if not isinstance(value, str) else None
    return term.name if term else str(_plain(value))


def _by_id(session: Session, model: Any, keys: Iterable[Any]) -> dict[Any, Any]:
    wanted = [key for key in keys if key is not None]
    if not wanted:
        return {}
    return {found.id: found for found in session.scalars(select(model).where(model.id.in_(wanted)))}


def _terms(rows: Sequence[RosterRow], groups: Iterable[Any]) -> set[UUID | None]:
    return {one.term_id for one in rows} | {group.term_id for group in groups}


def _links(session: Session, row: RosterRowShown, rows: Sequence[RosterRow]) -> Mapping[tuple[str, str], RosterLink]:
    if not rows:
        return {}
    said = tuple_(RosterLink.kind, RosterLink.key).in_([(one.kind, one.key) for one in rows])
    mine = (RosterLink.school_id == row.school_id, RosterLink.source == row.source, said)
    return {(found.kind, found.key): found for found in session.scalars(select(RosterLink).where(*mine))}


def _befores(session: Session, row: RosterRowShown, rows: Sequence[RosterRow]) -> dict[tuple[str, str], RosterBefore]:
    if not rows or row.applied_at is None:
        return {}
    said = tuple_(RosterBefore.kind, RosterBefore.key).in_([(one.kind, one.key) for one in rows])
    mine = (RosterBefore.import_id == row.id, RosterBefore.side == "row", said)
    return {(found.kind, found.key): found for found in session.scalars(select(RosterBefore).where(*mine))}


def _enrolments(session: Session, rows: Sequence[RosterRow]) -> dict[tuple[Any, Any], Enrolment]:
    pairs = [(one.class_id, one.person_id) for one in rows if one.kind == Kind.STUDENT.value and one.class_id]
    if not pairs:
        return {}
    same = and_(Enrolment.class_id.in_({pair[0] for pair in pairs}), Enrolment.user_id.in_({pair[1] for pair in pairs}))
    return {(found.class_id, found.user_id): found for found in session.scalars(select(Enrolment).where(same))}
