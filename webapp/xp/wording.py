"""Points in words."""

from __future__ import annotations

from typing import Final

from webapp.xp.models import Note, XpReason

REASONS: Final = {
    XpReason.TASK_COMPLETED: "Task completed",
    XpReason.LESSON_COMPLETED: "Lesson completed",
    XpReason.QUIZ_SUBMITTED: "Quiz handed in",
    XpReason.GOAL_ACHIEVED: "Goal achieved",
}
NOTES: Final = {
    Note.UNDONE: "Taken back: it was undone",
    Note.RULES: "Corrected: the school's rules changed",
    Note.REPEATED: "Not counted: the same was done less than 3 minutes before",
    Note.TOO_MANY: "Not counted: more than 10 in a minute",
    Note.COUNTED: "Counted after all",
}
DELETED: Final = "Deleted since"
RULES: Final = {
    "task_high": "Task of high priority",
    "task_medium": "Task of medium priority",
    "task_low": "Task of low priority",
    "lesson_completed": "Lesson completed",
    "quiz_full_score": "Quiz with everything right; others get their share",
    "goal_daily": "Goal of a day achieved",
    "goal_weekly": "Goal of a week achieved",
    "goal_monthly": "Goal of a month achieved",
}


def note_text(note: str | None) -> str:
    """Return what is particular about a line of the ledger, or an empty text."""
    return NOTES[Note(note)] if note else ""


def held_back_text(note: Note | None) -> str:
    """Return the sentence about points that are not counted, or an empty text."""
    return f"{NOTES[note]}." if note else ""
