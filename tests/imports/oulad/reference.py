"""What the files say of each class, worked out from them in the plainest way and without a line of the import."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from tests.imports.oulad.files import read

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = {"", "?"}


def by_class(folder: Path) -> dict[str, dict]:
    """Return of each class its dates, its enrolments by student, its outcomes, and its attempts by quiz and student."""
    found: dict[str, dict] = {}
    for row in read(folder, "courses.csv"):
        year, month = int(row["code_presentation"][:4]), 2 if row["code_presentation"][4] == "B" else 10
        first = date(year, month, 1)
        last = first + timedelta(days=int(row["module_presentation_length"]) - 1)
        nothing = {"enrolments": {}, "outcomes": Counter(), "attempts": {}, "points": defaultdict(int)}
        found[_name(row)] = {"first": first, "last": last, **nothing}
    for row in read(folder, "studentRegistration.csv"):
        days = (row["date_registration"], row["date_unregistration"])
        first = found[_name(row)]["first"]
        dates = tuple(None if day in UNKNOWN else first + timedelta(days=int(day)) for day in days)
        found[_name(row)]["enrolments"][row["id_student"]] = dates
    for row in read(folder, "studentInfo.csv"):
        result = row["final_result"].lower()
        found[_name(row)]["outcomes"][None if result in UNKNOWN else result] += 1
    names = {row["id_assessment"]: _name(row) for row in read(folder, "assessments.csv")}
    for row in read(folder, "studentAssessment.csv"):
        held = found[names[row["id_assessment"]]]
        day = held["first"] + timedelta(days=int(row["date_submitted"]))
        score = None if row["score"] in UNKNOWN else Decimal(row["score"])
        held["attempts"][row["id_assessment"], row["id_student"]] = (day, score)
        held["points"][row["id_student"]] += (
            0 if score is None else int((score / 2).quantize(Decimal(1), ROUND_HALF_UP))
        )
    return found


def mean_score(held: dict) -> Decimal | None:
    scores = [score for _, score in held["attempts"].values() if score is not None]
    return sum(scores, Decimal(0)) / len(scores) if scores else None


def _name(row: dict[str, str]) -> str:
    return f"{row['code_module']} {row['code_presentation']}"
