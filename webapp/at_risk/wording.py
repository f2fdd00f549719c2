"""What a reason says, and where the rows behind it are."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from webapp.at_risk.scoring import SCALES, WINDOW_DAYS, Level, ReasonKind
from webapp.core.ratios import rounded
from webapp.core.words import minutes_text

if TYPE_CHECKING:
    from webapp.at_risk.scoring import Reason
    from webapp.at_risk.types import RiskRow

LEVELS: Final = {Level.HIGH: "High", Level.MEDIUM: "Medium", Level.LOW: "Low"}
TITLES: Final = {
    ReasonKind.ABSENCE: "Absent",
    ReasonKind.FALLING_ACTIVITY: "Less active",
    ReasonKind.DUE_WORK: "Due work not done",
    ReasonKind.LOW_SCORES: "Low quiz scores",
    ReasonKind.SCORE_TREND: "Falling quiz scores",
    ReasonKind.MISSED_WORK: "Planned study missed",
    ReasonKind.GOALS_BEHIND: "Goals behind",
}


class Evidence(NamedTuple):
    """The page with the rows behind a reason."""

    endpoint: str
    values: dict[str, str]
    anchor: str


def sentence(reason: Reason) -> str:
    """Return a reason in words, with its figures."""
    whole = reason.whole if reason.whole is not None else Fraction(0)
    figure, of = int(reason.figure), int(whole)
    return {
        ReasonKind.ABSENCE: f"No activity for {_counted(figure, 'day')}",
        ReasonKind.FALLING_ACTIVITY: (
            f"Active on {_counted(figure, 'day')} of the last {WINDOW_DAYS}, on {of} of the {WINDOW_DAYS} before"
        ),
        ReasonKind.DUE_WORK: f"{figure} of {_counted(of, 'due lesson and quiz', 'due lessons and quizzes')} not done",
        ReasonKind.LOW_SCORES: f"{_percent(reason.figure)} in the latest quizzes",
        ReasonKind.SCORE_TREND: f"Quizzes fell from {_percent(whole)} to {_percent(reason.figure)}",
        ReasonKind.MISSED_WORK: (
            f"{minutes_text(figure)} of {minutes_text(of)} planned study missed in {WINDOW_DAYS} days"
        ),
        ReasonKind.GOALS_BEHIND: f"{figure} of {_counted(of, 'goal', 'goals')} taken up from the class behind",
    }[reason.kind]


def points_text() -> str:
    """Return how many points each reason gives at the most."""
    return ", ".join(f"{title.lower()} {SCALES[kind].points}" for kind, title in TITLES.items())


def evidence(row: RiskRow, kind: ReasonKind) -> Evidence:
    """Return where the rows behind a reason are; whoever looks after the class may see them."""
    if kind is ReasonKind.GOALS_BEHIND:
        return Evidence("goal_offers.show", {"class_id": str(row.class_id)}, "")
    return Evidence("students.show", {"student_id": str(row.user_id)}, _ANCHORS[kind])


def draft(teacher: str, school: str | None) -> tuple[str, str]:
    """Return subject and text that a message begins with."""
    where = f" at {school}" if school else ""
    text = (
        "Hello,\n\nI have not seen much of your work lately and would like to know how you are getting on. "
        "Is there anything that makes it hard at the moment? Tell me when we can talk for ten minutes this week.\n\n"
        f"{teacher}{where}"
    )
    return "How are you getting on?", text


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _percent(value: Fraction) -> str:
    return f"{rounded(value, 1):g} %"


_ANCHORS: Final = {
    ReasonKind.ABSENCE: "activity",
    ReasonKind.FALLING_ACTIVITY: "activity",
    ReasonKind.DUE_WORK: "work",
    ReasonKind.LOW_SCORES: "quizzes",
    ReasonKind.SCORE_TREND: "quizzes",
    ReasonKind.MISSED_WORK: "minutes",
}
