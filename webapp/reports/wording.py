"""The weekly report in words; pure text. Its subject holds nothing that a locked screen should not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from webapp.at_risk.wording import LEVELS, sentence
from webapp.core.periods import format_week
from webapp.core.words import DASH, minutes_text, range_text
from webapp.goals.types import GoalStatus
from webapp.overview.queries.measures import compare
from webapp.overview.types import Figure
from webapp.overview.wording import AS_OF_NOW, LABELS, change_of, value_text

if TYPE_CHECKING:
    from webapp.at_risk.types import RiskRow
    from webapp.goals.offers.types import OfferCounts
    from webapp.overview.types import CourseRow
    from webapp.overview.wording import Change
    from webapp.reports.types import ClassLine, WeeklyReport

# In the order of the report: what was done, then what was learnt.
ACTIVITY: Final = (
    *(Figure.STUDENTS_ACTIVE, Figure.ENGAGEMENT_RATE, Figure.ATTENDANCE_RATE, Figure.ACTIVITIES, Figure.XP),
    *(Figure.LESSONS, Figure.ATTEMPTS),
)
MASTERY: Final = (Figure.COMPLETION, Figure.SCORE)
STANDINGS: Final = (
    (GoalStatus.ACHIEVED, "reached"),
    (GoalStatus.ON_TRACK, "on track"),
    (GoalStatus.AT_RISK, "at risk"),
    (GoalStatus.BEHIND, "behind"),
)


class FigureLine(NamedTuple):
    """A figure of the week: its name, its value, what it is of, and its change against the week before."""

    figure: Figure
    label: str
    value: str
    note: str
    change: Change | None


def subject(found: WeeklyReport) -> str:
    """Return the subject of the mail."""
    return f"The week in Milepost: {range_text(found.week)}"


def lines(found: WeeklyReport, figures: tuple[Figure, ...]) -> list[FigureLine]:
    """Return some figures in words."""
    return [_line(found, figure) for figure in figures]


def _line(found: WeeklyReport, figure: Figure) -> FigureLine:
    label, _, note = LABELS[figure]
    known = compare(found.measures, found.before, figure.value)
    change = None if figure in AS_OF_NOW else change_of(figure, known)
    return FigureLine(figure, label, value_text(figure, known.value), note.replace("these dates", "the week"), change)


def change_text(line: FigureLine) -> str:
    """Return what changed against the week before; empty where nothing can be compared."""
    if line.change is None or not line.change.text:
        return line.note
    if line.change.trend == "same":
        return "as the week before"
    return f"{line.change.text} against the week before"


def class_text(line: ClassLine) -> str:
    """Return a class in one line; figures that are withheld or not known are left out."""
    row = line.now
    told = [
        (f"{row.students_active} of {row.students} active", row.students_active),
        (f"{_percent(row.average_completion)} of the courses done", row.average_completion),
        (f"quizzes {_percent(row.average_quiz_score)}", row.average_quiz_score),
        (_studied(line), row.studied_minutes),
    ]
    known = [text for text, value in told if value is not None]
    return ", ".join(known) or "Not shown: fewer than 5 people are behind it."


def risk_text(line: ClassLine) -> str:
    """Return how many students of a class are at high risk; empty where none are, or it is not known."""
    return f"{line.now.at_risk_high:,} at high risk" if line.now.at_risk_high else ""


def _studied(line: ClassLine) -> str:
    minutes = line.now.studied_minutes
    earlier = None if line.before is None else line.before.studied_minutes
    text = f"{minutes_text(minutes)} studied"
    if minutes is None or earlier is None or minutes == earlier:
        return text
    return f"{text} ({minutes_text(abs(minutes - earlier))} {'more' if minutes > earlier else 'less'})"


def _percent(value: float | None) -> str:
    return DASH if value is None else f"{round(value, 1):g} %"


def risk_sentence(found: WeeklyReport) -> str:
    """Return how many may need help, by level; a student of two classes is looked at in both."""
    counts = found.risk.counts
    if not counts.students:
        return "Nobody was looked at yet."
    if not counts.at_risk:
        return f"None of {counts.students:,} enrolments stands out."
    levels = [(counts.high, "high"), (counts.medium, "medium"), (counts.low, "low")]
    told = ", ".join(f"{number:,} {level}" for number, level in levels if number)
    return f"{counts.at_risk:,} of {counts.students:,} enrolments have a reason to look closer: {told}."


def level_text(row: RiskRow) -> str:
    """Return a student's level and score."""
    return f"{LEVELS[row.verdict.level]}, {row.verdict.score}" if row.verdict.level else DASH


def reasons_text(row: RiskRow) -> str:
    """Return a student's reasons with their figures."""
    return "; ".join(sentence(reason) for reason in row.verdict.reasons)


def offer_text(counts: OfferCounts) -> str:
    """Return how a class stands to a goal that was offered to it."""
    if counts.withheld:
        return "Not shown: fewer than 5 people are behind it."
    if not counts.accepted:
        return f"taken up by none of {counts.students:,}"
    said = [f"{counts.statuses[status]:,} {words}" for status, words in STANDINGS if counts.statuses.get(status)]
    if counts.stopped:
        said.append(f"{counts.stopped:,} paused or deleted")
    return f"taken up by {counts.accepted:,} of {counts.students:,}: {', '.join(said)}"


def course_text(course: CourseRow) -> str:
    """Return how far those who take a course have come."""
    return DASH if course.average_completion is None else f"{course.average_completion} %"


def enrolments_text(course: CourseRow) -> str:
    """Return how many take a course."""
    return "1 enrolment" if course.enrolments == 1 else f"{course.enrolments:,} enrolments"


# What the page and both halves of the mail are written with.
WORDS: Final = {
    "ACTIVITY": ACTIVITY,
    "MASTERY": MASTERY,
    "change_text": change_text,
    "class_text": class_text,
    "course_text": course_text,
    "enrolments_text": enrolments_text,
    "format_week": format_week,
    "level_text": level_text,
    "lines": lines,
    "offer_text": offer_text,
    "range_text": range_text,
    "reasons_text": reasons_text,
    "risk_sentence": risk_sentence,
    "risk_text": risk_text,
}
