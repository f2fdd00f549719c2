"""OneRoster 1.1 and 1.2 CSV files: a zip with a manifest, read file by file and by the names of columns.

The manifest says of each file whether it is there, and whether it names everything (bulk) or only what changed
(delta).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from webapp.core import clock
from webapp.core.text import folded
from webapp.imports.rosters import archive
from webapp.imports.rosters.cells import CellError, Cells
from webapp.imports.rosters.findings import Found, Notes, UnreadableRosterError
from webapp.imports.rosters.models import LONGEST_KEY, LONGEST_SOURCE, Kind
from webapp.imports.rosters.tables import Line, Table, table

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterator
    from pathlib import Path

MANIFEST: Final = "manifest.csv"
VERSIONS: Final = {"1.1": "1.1", "1.2": "1.2", "v1p1": "1.1", "v1p2": "1.2"}
_COMMON: Final = ("sourcedId", "status", "dateLastModified")
_PERSON: Final = (
    *("enabledUser", "orgSourcedIds", "role", "username", "userIds", "givenName", "familyName", "middleName"),
    *("identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password", "userMasterIdentifier"),
    *("resourceSourcedIds", "preferredGivenName", "preferredMiddleName", "preferredFamilyName", "primaryOrgSourcedId"),
    "pronouns",
)
_CLASS: Final = (
    *("title", "grades", "courseSourcedId", "classCode", "classType", "location", "schoolSourcedId"),
    *("termSourcedIds", "subjects", "subjectCodes", "periods"),
)
_ENROLMENT: Final = ("classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate")
_SESSION: Final = ("title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear")
_ORG: Final = ("name", "type", "identifier", "parentSourcedId")
_ROLE: Final = ("userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId")
TERM_TYPES: Final = frozenset({"term", "semester"})
# In the order in which they are read: what others name comes first.
_READ: Final = ("orgs", "academicSessions", "roles", "users", "classes", "enrollments")
_KINDS: Final = {"users": (Kind.PERSON,), "classes": (Kind.CLASS,), "enrollments": (Kind.STUDENT, Kind.TEACHER)}
_KNOWN_BUT_UNUSED: Final = frozenset({"courses", "demographics"})


class Org(NamedTuple):
    """A school of the file."""

    key: str
    name: str
    identifier: str


class OneRoster:
    """One zip, being read for one of our schools.

    `wanted` is the id that the file gives to the school; without one the file must hold one school, or one of the
    school's own name.
    """

    def __init__(self, zipped: zipfile.ZipFile, notes: Notes, school_names: frozenset[str], wanted: str = "") -> None:
        """Read the manifest; raise UnreadableRosterError where it does not say what is in the zip."""
        self._zip = zipped
        self._notes = notes
        self._names = school_names
        self._wanted = wanted
        self._files = {name.casefold(): name for name in zipped.namelist()}
        self._modes: dict[str, str] = {}
        self._org: str | None = None
        self._roles: dict[str, tuple[int, str]] | None = None
        self._read_manifest()

    def rows(self) -> Iterator[Found]:
        """Yield what each row says, file by file; raise UnreadableRosterError where a file cannot be used."""
        readers: dict[str, Callable[[Table], Iterator[Found]]] = {
            "orgs": self._read_orgs,
            "academicSessions": self._sessions,
            "roles": self._read_roles,
            "users": self._people,
            "classes": self._classes,
            "enrollments": self._enrolments,
        }
        for name in _READ:
            if self._modes.get(name, "absent") != "absent":
                inside = self._files[f"{name}.csv".casefold()]
                with archive.entry(self._zip, inside) as stream, table(stream, f"{name}.csv") as found:
                    yield from readers[name](found)
                if self._modes[name] == "bulk":
                    self._notes.whole.update(_KINDS.get(name, ()))

    def _read_manifest(self) -> None:
        if MANIFEST not in self._files:
            inside = any(name.endswith(f"/{MANIFEST}") for name in self._files)
            where = " at its top: zip the files themselves, not their folder" if inside else ""
            raise UnreadableRosterError(f"The zip file has no {MANIFEST}{where}.")
        with archive.entry(self._zip, self._files[MANIFEST]) as stream, table(stream, MANIFEST) as found:
            found.need(("propertyName", "value"))
            said = {line.cells["propertyname"].casefold(): line.cells["value"] for line in found.rows() if line.cells}
        version = VERSIONS.get(said.get("oneroster.version", "").casefold())
        if version is None:
            raise UnreadableRosterError(f"{MANIFEST} does not say that this is OneRoster 1.1 or 1.2.")
        self._notes.version = version
        self._notes.source = (said.get("source.systemcode") or said.get("source.systemname") or "")[:LONGEST_SOURCE]
        self._read_modes(said)

    def _read_modes(self, said: dict[str, str]) -> None:
        modes = {name.removeprefix("file.").casefold(): value.casefold() for name, value in said.items()}
        for name in _READ:
            mode = modes.get(name.casefold(), "absent")
            if mode not in {"absent", "bulk", "delta"}:
                raise UnreadableRosterError(f"{MANIFEST} says neither bulk nor delta nor absent of {name}.csv.")
            if mode != "absent" and f"{name}.csv".casefold() not in self._files:
                raise UnreadableRosterError(f"{MANIFEST} speaks of {name}.csv, which is not in the zip file.")
            self._modes[name] = mode
        if all(mode == "absent" for mode in self._modes.values()):
            raise UnreadableRosterError(f"{MANIFEST} names no file with people, classes or enrolments.")
        self._say_what_stays_out()

    def _say_what_stays_out(self) -> None:
        read = {f"{name}.csv".casefold() for name, mode in self._modes.items() if mode != "absent"} | {MANIFEST}
        for name in sorted(set(self._files) - read):
            known = name.removesuffix(".csv") in _KNOWN_BUT_UNUSED
            why = "nothing here is made of it" if known else "it is no part of a roster that is read here"
            self._notes.say(f"{self._files[name][:60]} was kept out: {why}.")

    def _columns(self, source: Table, known: tuple[str, ...], needed: tuple[str, ...]) -> None:
        source.need(("sourcedId", *needed))
        for column in source.unknown((*_COMMON, *known)):
            self._notes.say(f"The column {column[:60]} of {source.name} was kept out: it is not known here.")
        if "password" in {column.casefold() for column in source.columns}:
            self._notes.say(f"The column password of {source.name} was kept out: passwords are never imported.")

    # ------------------------------------------------------------ files that others refer to

    def _read_orgs(self, source: Table) -> Iterator[Found]:
        self._columns(source, _ORG, ("name", "type"))
        schools = [
            Org(line.cells["sourcedid"], line.cells["name"], line.cells.get("identifier", ""))
            for line in source.rows()
            if not line.reason and line.cells["type"].casefold() == "school"
        ]
        self._org = self._chosen(schools)
        yield from ()

    def _chosen(self, schools: list[Org]) -> str | None:
        if self._wanted:
            if self._wanted not in {org.key for org in schools}:
                raise UnreadableRosterError(f"orgs.csv has no school with the id {self._wanted[:60]}.")
            return self._wanted
        if len(schools) <= 1:
            return schools[0].key if schools else None
        ours = [org.key for org in schools if {folded(org.name), folded(org.identifier)} & self._names]
        if len(ours) == 1:
            return ours[0]
        listed = "; ".join(f"{org.name[:40]} ({org.key[:40]})" for org in schools[:10])
        raise UnreadableRosterError(f"The file holds {len(schools)} schools. Say which is meant by its id: {listed}.")

    def _elsewhere(self, keys: list[str]) -> bool:
        return self._org is not None and bool(keys) and self._org not in keys

    def _read_roles(self, source: Table) -> Iterator[Found]:
        """Keep each person's role at the school: the primary one, else the first that has not ended."""
        self._columns(source, _ROLE, ("userSourcedId", "role"))
        self._roles = {}
        today = clock.now().date()
        for line in source.rows():
            cells = Cells(line.cells)
            if line.reason:
                yield _refused(source, line, Kind.PERSON, "", line.field, line.reason)
                continue
            try:
                over = (ends := cells.day("endDate")) is not None and ends < today
                if over or cells.going() or self._elsewhere(cells.keys("orgSourcedId")):
                    continue
                rank = 0 if cells.text("roleType").casefold() == "primary" else 1
                present = self._roles.get(key := cells.key("userSourcedId"))
                if present is None or rank < present[0]:
                    self._roles[key] = (rank, cells.text("role"))
            except CellError as error:
                yield _refused(
                    source, line, Kind.PERSON, cells.text("userSourcedId")[:LONGEST_KEY], error.field, error.reason
                )

    def _sessions(self, source: Table) -> Iterator[Found]:
        self._columns(source, _SESSION, ("title", "type", "startDate", "endDate"))
        for line in source.rows():
            cells = Cells(line.cells)
            if line.reason or cells.text("type").casefold() in TERM_TYPES:
                yield _read(source, line, Kind.TERM, _term)
            else:
                self._notes.say("Academic sessions other than terms and semesters were kept out.")

    # ------------------------------------------------------------ people and classes

    def _people(self, source: Table) -> Iterator[Found]:
        needed = ("role",) if self._notes.version == "1.1" and self._modes["roles"] == "absent" else ()
        self._columns(source, _PERSON, ("givenName", "familyName", *needed))
        for line in source.rows():
            cells = Cells(line.cells)
            orgs = [*cells.keys("orgSourcedIds"), *cells.keys("primaryOrgSourcedId")]
            has_role = self._roles is not None and cells.text("sourcedId") in self._roles
            if not has_role and not line.reason and self._elsewhere(orgs):
                self._notes.say("People of other schools of the file were kept out.")
                continue
            yield _read(source, line, Kind.PERSON, self._person)

    def _person(self, cells: Cells, found: Found) -> None:
        found.first_name = cells.name("preferredGivenName", "givenName")
        found.last_name = cells.name("preferredFamilyName", "familyName")
        found.email = cells.email("email", "username")
        found.ready = cells.flag("enabledUser")
        if found.going:
            return
        if self._roles is None:
            found.role = cells.role("role") if cells.text("role") else None
        elif found.key in self._roles:
            found.role = Cells({"role": self._roles[found.key][1]}).role("role")
        elif self._modes["roles"] == "bulk":
            raise CellError("role", "roles.csv gives this person no role at the school.")

    def _classes(self, source: Table) -> Iterator[Found]:
        self._columns(source, _CLASS, ("title", "schoolSourcedId"))
        for line in source.rows():
            if not line.reason and self._elsewhere(Cells(line.cells).keys("schoolSourcedId")):
                self._notes.say("Classes of other schools of the file were kept out.")
                continue
            yield _read(source, line, Kind.CLASS, _class)

    def _enrolments(self, source: Table) -> Iterator[Found]:
        self._columns(source, _ENROLMENT, ("classSourcedId", "userSourcedId", "role"))
        for line in source.rows():
            cells = Cells(line.cells)
            if not line.reason and self._elsewhere(cells.keys("schoolSourcedId")):
                self._notes.say("Enrolments at other schools of the file were kept out.")
                continue
            teaches = cells.text("role").casefold() == "teacher"
            yield _read(source, line, Kind.TEACHER if teaches else Kind.STUDENT, _enrolment)


def _term(cells: Cells, found: Found) -> None:
    found.name = cells.name("title")
    if not found.name:
        raise CellError("title", "This is needed.")
    found.begins_on, found.ends_on = cells.days("startDate", "endDate")
    if not (found.begins_on and found.ends_on):
        raise CellError("startDate", "A term needs its first and its last date.")


def _class(cells: Cells, found: Found) -> None:
    found.name = cells.name("title", "classCode")
    if not found.name:
        raise CellError("title", "This is needed.")
    found.term_key = cells.first_key("termSourcedIds")


def _enrolment(cells: Cells, found: Found) -> None:
    if cells.text("role").casefold() not in {"student", "teacher"}:
        raise CellError("role", f"Nobody is in a class as “{cells.text('role')[:40]}” here.")
    found.class_key, found.person_key = cells.key("classSourcedId"), cells.key("userSourcedId")
    found.begins_on, found.ends_on = cells.days("beginDate", "endDate")


def _read(source: Table, line: Line, kind: Kind, fill: Callable[[Cells, Found], None]) -> Found:
    if line.reason:
        return _refused(source, line, kind, line.cells.get("sourcedid", "")[:LONGEST_KEY], line.field, line.reason)
    cells = Cells(line.cells)
    found = Found(source.name, line.number, kind, "")
    try:
        found.key = cells.key("sourcedId")
        found.going = cells.going()
        fill(cells, found)
    except CellError as error:
        found.field, found.reason = error.field, error.reason
    return found


def _refused(source: Table, line: Line, kind: Kind, key: str, field: str, reason: str) -> Found:
    return Found(source.name, line.number, kind, key, field=field or None, reason=reason)


def read(path: Path, notes: Notes, school_names: frozenset[str], wanted: str = "") -> Iterator[Found]:
    """Yield the rows of a zip; notes and what is whole stand in `notes` once all have been taken."""
    with archive.opened(path) as zipped:
        yield from OneRoster(zipped, notes, school_names, wanted).rows()
