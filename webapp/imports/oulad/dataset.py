"""Reading the dataset, one presentation at a time, and refusing what cannot be true."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from webapp.classes.models import Outcome
from webapp.core.errors import InvalidInputError
from webapp.imports.oulad.files import TableFile
from webapp.imports.oulad.types import Assessment, Part, Presentation, Registration, Submission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webapp.imports.oulad.files import Line

UNKNOWN: Final = frozenset({"", "?"})
OUTCOMES: Final = {
    "Distinction": Outcome.DISTINCTION,
    "Pass": Outcome.PASS,
    "Fail": Outcome.FAIL,
    "Withdrawn": Outcome.WITHDRAWN,
}
MONTHS: Final = {"B": 2, "J": 10}
# Changes whenever the same lines would be brought in as something else.
_FORM: Final = b"1"
_LONGEST: Final = 2_000  # days, to either side of the first
_WHOLE = re.compile(r"-?[0-9]{1,6}")
_STUDENT = re.compile(r"[0-9]{1,12}")
_MODULE, _PRESENTATION = re.compile(r"[A-Z0-9]{1,10}"), re.compile(r"(20[0-9]{2})([BJ])")
_ASSESSMENT, _KIND = re.compile(r"[0-9]{1,12}"), re.compile(r"[A-Za-z ]{1,30}")
_WHICH: Final = ("code_module", "code_presentation")


class Dataset:
    """The files in a folder. Opening it reads what is short, and notes where the rest stands."""

    def __init__(self, folder: Path) -> None:
        """Look the files through; InvalidInputError names the first thing that is wrong."""
        self.courses = TableFile(folder, "courses.csv", (*_WHICH, "module_presentation_length"))
        self.assessments = TableFile(
            folder, "assessments.csv", (*_WHICH, "id_assessment", "assessment_type", "date", "weight")
        )
        self.info = TableFile(folder, "studentInfo.csv", (*_WHICH, "id_student", "final_result"))
        self.registrations = TableFile(
            folder,
            "studentRegistration.csv",
            (*_WHICH, "id_student", "date_registration", "date_unregistration"),
        )
        self.submissions = TableFile(
            folder, "studentAssessment.csv", ("id_assessment", "id_student", "date_submitted", "score")
        )
        self.presentations: dict[str, Presentation] = {}
        self._presentation_of: dict[str, str] = {}
        self.courses.look_through(self._add_presentation)
        self._add_assessments()
        for table in (self.info, self.registrations):
            table.look_through(lambda line, table=table: self._named(table, line))  # type: ignore[misc]
        self.submissions.look_through(self._handed_in_for)

    def digest(self, name: str) -> str:
        """Return what changes when any line of a presentation does."""
        found = hashlib.sha256(_FORM)
        for table in (self.courses, self.assessments, self.info, self.registrations, self.submissions):
            table.digest(name, found)
        return found.hexdigest()

    def part(self, name: str) -> Part:
        """Read all of a presentation."""
        registrations = {row.student: row for row in self._registrations(name, self._outcomes(name))}
        return Part(
            self.presentations[name], list(registrations.values()), list(self._submissions(name, registrations))
        )

    # ------------------------------------------------------------ looking through

    def _add_presentation(self, line: Line) -> str:
        module, code, length = line.cells
        if not _MODULE.fullmatch(module):
            raise self.courses.refuse(line, _WHICH[0], "Write capital letters and digits.")
        named = _PRESENTATION.fullmatch(code)
        if not named:
            raise self.courses.refuse(line, _WHICH[1], "Write a year and B or J, such as 2013J.")
        days = _whole(self.courses, line, "module_presentation_length", length, least=1)
        first = date(int(named[1]), MONTHS[named[2]], 1)
        made = Presentation(module, code, first, days)
        if made.name in self.presentations:
            raise self.courses.refuse(line, _WHICH[1], f"{made.name} stands here twice.")
        self.presentations[made.name] = made
        return made.name

    def _add_assessments(self) -> None:
        """Read all assessments: titles count those of a kind within a presentation, by day, then as they stand."""
        found: dict[str, list[Assessment]] = defaultdict(list)
        self.assessments.look_through(lambda line: self._named(self.assessments, line))
        for name in self.presentations:
            for line in self.assessments.lines_of(name):
                found[name].append(self._assessment(line, name))
        for name, some in found.items():
            self.presentations[name].assessments.update((each.key, each) for each in _titled(some))

    def _assessment(self, line: Line, name: str) -> Assessment:
        _, _, key, kind, due, weight = line.cells
        if not _ASSESSMENT.fullmatch(key) or key in self._presentation_of:
            raise self.assessments.refuse(line, "id_assessment", "Write a number that stands here once.")
        if not _KIND.fullmatch(kind):
            raise self.assessments.refuse(line, "assessment_type", "Write what kind it is in a word or two.")
        self._presentation_of[key] = name
        day = _whole(self.assessments, line, "date", due)
        return Assessment(key, kind, kind, day, _weight(self.assessments, line, weight))

    def _named(self, table: TableFile, line: Line) -> str:
        name = f"{line.cells[0]} {line.cells[1]}"
        if name not in self.presentations:
            raise table.refuse(line, _WHICH[1], f"courses.csv has no presentation {name[:30]}.")
        return name

    def _handed_in_for(self, line: Line) -> str:
        name = self._presentation_of.get(line.cells[0])
        if name is None:
            raise self.submissions.refuse(line, "id_assessment", "assessments.csv has no such assessment.")
        return name

    # ------------------------------------------------------------ reading a part

    def _outcomes(self, name: str) -> dict[str, Outcome | None]:
        outcomes: dict[str, Outcome | None] = {}
        for line in self.info.lines_of(name):
            student, result = line.cells[2:]
            if student in outcomes:
                raise self.info.refuse(line, "id_student", "This student stands in this presentation twice.")
            if result not in UNKNOWN and result not in OUTCOMES:
                raise self.info.refuse(line, "final_result", f"Write one of {', '.join(OUTCOMES)}.")
            outcomes[student] = OUTCOMES.get(result)
        return outcomes

    def _registrations(self, name: str, outcomes: dict[str, Outcome | None]) -> Iterator[Registration]:
        seen: set[str] = set()
        for line in self.registrations.lines_of(name):
            student, begun, ended = line.cells[2:]
            if not _STUDENT.fullmatch(student) or student in seen:
                raise self.registrations.refuse(line, "id_student", "Write a number that stands here once.")
            seen.add(student)
            if student not in outcomes:
                raise self.registrations.refuse(line, "id_student", "studentInfo.csv does not know this student here.")
            registered = _whole(self.registrations, line, "date_registration", begun)
            unregistered = _whole(self.registrations, line, "date_unregistration", ended)
            if registered is not None and unregistered is not None and unregistered < registered:
                raise self.registrations.refuse(line, "date_unregistration", "This is before the registration.")
            yield Registration(student, registered, unregistered, outcomes[student])
        for student in outcomes.keys() - seen:
            raise InvalidInputError.of("studentRegistration.csv", f"Student {student[:12]} of {name} is missing.")

    def _submissions(self, name: str, registrations: dict[str, Registration]) -> Iterator[Submission]:
        seen: set[tuple[str, str]] = set()
        for line in self.submissions.lines_of(name):
            assessment, student, handed_in, score = line.cells
            if student not in registrations:
                raise self.submissions.refuse(line, "id_student", f"This student is not registered for {name}.")
            if (assessment, student) in seen:
                raise self.submissions.refuse(line, "id_student", "This student has handed this in already.")
            seen.add((assessment, student))
            day = _whole(self.submissions, line, "date_submitted", handed_in)
            if day is None:
                raise self.submissions.refuse(line, "date_submitted", "Say on which day it was handed in.")
            yield Submission(assessment, student, day, _score(self.submissions, line, score))


def _titled(some: list[Assessment]) -> Iterator[Assessment]:
    of_kind: dict[str, list[Assessment]] = defaultdict(list)
    for each in sorted(some, key=lambda each: _LONGEST if each.due is None else each.due):
        of_kind[each.kind].append(each)
    for kind, them in of_kind.items():
        for number, each in enumerate(them, 1):
            yield each._replace(title=f"{kind} {number}" if len(them) > 1 else kind)


def _whole(table: TableFile, line: Line, column: str, text: str, least: int = -_LONGEST) -> int | None:
    if text in UNKNOWN:
        return None
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= _LONGEST:
        raise table.refuse(line, column, f"Write a whole number from {least} to {_LONGEST}, or ? for unknown.")
    return int(text)


def _weight(table: TableFile, line: Line, text: str) -> float | None:
    found = _percent(text)
    if found is None and text not in UNKNOWN:
        raise table.refuse(line, "weight", "Write a number from 0 to 100, or ? for unknown.")
    return None if found is None else float(found)


def _score(table: TableFile, line: Line, text: str) -> int | None:
    found = _percent(text)
    if found is None and text not in UNKNOWN:
        raise table.refuse(line, "score", "Write a number from 0 to 100, or ? for unknown.")
    return None if found is None else int((found * 100).to_integral_value(ROUND_HALF_UP))


def _percent(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found <= 100 else None  # noqa: PLR2004 - percent
