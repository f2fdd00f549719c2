from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.imports.rosters.jobs import work_on_roster
from webapp.imports.rosters.models import RosterFormat, RosterImport, RosterRow, RosterStatus
from webapp.imports.rosters.running import Site, work
from webapp.imports.rosters.service import request_apply, request_undo, take_in
from webapp.imports.rosters.types import RosterUpload
from webapp.jobs.wrapper import path_of, run, short_transaction
from webapp.rest.models import Term

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from webapp.core.permissions import Viewer


@dataclass
class Desk:
    """Imports files for one manager, as the pages and their workers do."""

    session: Any
    site: Site
    viewer: Viewer
    school_id: UUID
    made: int = 0

    def read(self, content: bytes, **form) -> RosterImport:
        """Take a file in and have it read."""
        self.made += 1
        path = self.site.folder / f"file{self.made}"
        path.write_bytes(content)
        kind = RosterFormat.SHEET if form.pop("sheet", False) else RosterFormat.ONEROSTER
        mapping = form.pop("mapping", None)
        given = RosterUpload(**form)
        found = take_in(self.session, self.viewer, given, self.school_id, (path.name, path.name, kind))
        if mapping:
            found.options = {**found.options, "mapping": mapping}
        self.session.commit()
        return self.go_on(found.id)

    def go_on(self, import_id) -> RosterImport:
        work(self.site, import_id)
        self.session.rollback()
        return self.session.get(RosterImport, import_id, populate_existing=True)

    def apply(self, content: bytes, confirm="", **form) -> RosterImport:
        """Take a file in, read it and carry it out."""
        found = self.read(content, **form)
        assert found.status is RosterStatus.READY, found.problem
        request_apply(self.session, self.viewer, found.id, confirm)
        self.session.commit()
        found = self.go_on(found.id)
        assert found.status is RosterStatus.APPLIED, found.problem
        return found

    def undo(self, import_id) -> RosterImport:
        request_undo(self.session, self.viewer, import_id)
        self.session.commit()
        return self.go_on(import_id)

    def verdicts(self, found: RosterImport) -> dict[str, int]:
        """Return how many rows have each verdict."""
        summed: dict[str, int] = {}
        for kinds in found.counts["verdicts"].values():
            for verdict, count in kinds.items():
                summed[verdict] = summed.get(verdict, 0) + count
        return summed

    def refused(self, found: RosterImport) -> list[tuple]:
        rows = select(RosterRow).where(RosterRow.import_id == found.id, RosterRow.verdict == "refused")
        return [
            (row.file, row.line, row.field, row.reason) for row in self.session.scalars(rows.order_by(RosterRow.place))
        ]

    def state(self) -> dict[str, Any]:
        """Return everything at the school that a roster can change, in words."""
        self.session.rollback()
        with self.site.transaction() as session:
            return self._state(session)

    def _state(self, session) -> dict[str, Any]:
        mine = {"school_id": self.school_id}
        users = session.scalars(select(User).filter_by(**mine)).all()
        classes = session.scalars(select(ClassGroup).filter_by(**mine)).all()
        terms = {row.id: row.name for row in session.scalars(select(Term).filter_by(**mine))}
        emails = {row.id: row.email for row in users}
        names = {row.id: row.name for row in classes}
        return {
            "people": {
                row.email: (row.first_name, row.last_name, row.role.value, row.active, row.search_text) for row in users
            },
            "classes": {
                row.name: (terms.get(row.term_id), row.archived_at is not None, row.search_text) for row in classes
            },
            "terms": set(terms.values()),
            "students": {
                (names[row.class_id], emails[row.user_id]): (row.begins_on, row.ends_on)
                for row in session.scalars(select(Enrolment).filter_by(**mine))
            },
            "teachers": {
                (names[row.class_id], emails[row.user_id])
                for row in session.scalars(select(ClassTeacher).filter_by(**mine))
            },
        }


@pytest.fixture
def desk(app, session, cast, tmp_path: Path):
    with app.app_context():
        yield Desk(session, Site(tmp_path, short_transaction), cast.manager.viewer, cast.school.id)


@pytest.fixture
def office(app, as_, csrf):
    """Return a manager's browser with ways to upload and to press buttons."""

    class Office:
        def __init__(self, who):
            self.client = as_(who)
            self.headers = {"X-CSRFToken": csrf(self.client)}

        def upload(self, content, name="roster.zip", **fields):
            sent = {"file": (io.BytesIO(content), name), **fields}
            return self.client.post("/admin/imports", data=sent, headers=self.headers)

        def press(self, path, **fields):
            return self.client.post(path, data=fields, headers=self.headers)

        def work(self, address):
            run(app, path_of(work_on_roster), address.rpartition("/")[2])
            return self.client.get(address).text

    return Office
