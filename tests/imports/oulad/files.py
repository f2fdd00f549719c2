"""Files in the form of the dataset: made up from a seed, or the real ones where they are."""

from __future__ import annotations

import csv
import os
import random
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REAL = Path(os.environ.get("OULAD_DIR", ROOT.parent / "shared" / "data" / "oulad"))
WHICH = ("code_module", "code_presentation")
HEADINGS = {
    "courses.csv": (*WHICH, "module_presentation_length"),
    "assessments.csv": (*WHICH, "id_assessment", "assessment_type", "date", "weight"),
    "studentInfo.csv": (*WHICH, "id_student", "gender", "final_result"),
    "studentRegistration.csv": (*WHICH, "id_student", "date_registration", "date_unregistration"),
    "studentAssessment.csv": ("id_assessment", "id_student", "date_submitted", "is_banked", "score"),
}
RESULTS = ("Pass", "Fail", "Withdrawn", "Distinction", "?")


def made_up(folder: Path, seed: int = 1, students: int = 14) -> Path:
    """Write three presentations of two modules, some of whose students come again in the next one."""
    dice = random.Random(seed)
    rows: dict[str, list[tuple]] = defaultdict(list)
    for number, which in enumerate([("AAA", "2013J"), ("AAA", "2014J"), ("BBB", "2013B")]):
        rows["courses.csv"].append((*which, 268 - number))
        work = [str(100 * number + n) for n in range(1, 6)]
        for place, key in enumerate(work):
            kind = "Exam" if place == 4 else dice.choice(["TMA", "CMA"])
            rows["assessments.csv"].append((*which, key, kind, "?" if place == 4 else 20 + 30 * place, 20))
        for student in range(number * students // 2 + 1, number * students // 2 + students + 1):
            _student(rows, which, student, work, dice)
    return write(folder, rows)


def _student(rows, which, student, work, dice) -> None:
    result = dice.choice(RESULTS)
    begun = dice.choice(["?", -40, -3, 5])
    left = dice.choice([30, 60, ""]) if result == "Withdrawn" else "?"
    rows["studentInfo.csv"].append((*which, student, dice.choice("MF"), result))
    rows["studentRegistration.csv"].append((*which, student, begun, left))
    for place, key in enumerate(work):
        if dice.random() < 0.7:
            score = dice.choice(["?", "", 0, 100, "67.5", *(str(dice.randrange(101)) for _ in range(9))])
            rows["studentAssessment.csv"].append((key, student, max(-1, 18 + 30 * place + dice.randrange(9)), 0, score))


def write(folder: Path, rows: dict[str, list[tuple]]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, heading in HEADINGS.items():
        with (folder / name).open("w", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(heading)
            writer.writerows(rows[name])
    return folder


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))
