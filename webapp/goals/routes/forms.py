"""The form of a goal: what it asks, the examples beside it, and what it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import request

from webapp.core import clock
from webapp.core.inputs import Input
from webapp.core.paging import Page
from webapp.core.words import minutes_text, range_text
from webapp.extensions import db
from webapp.goals import queries, wording
from webapp.goals.hints import hint, last_week
from webapp.goals.types import HIGHEST, WITH_CATEGORY, TargetType, TimePeriod
from webapp.planner.access import load_category
from webapp.planner.queries import categories
from webapp.web.forms import parse_form
from webapp.web.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer
    from webapp.goals.hints import LastWeek
    from webapp.goals.types import GoalInput, GoalRow

PAGE, FORM, HINT = "goals/form.html", "goals/_goal_form.html", "goals/_hint.html"
PERIODS = (("daily", "Day"), ("weekly", "Week"), ("monthly", "Month"))
LOOKED_AT = Page(limit=2, offset=0)


class HintQuery(Input):
    """The kind of goal that an example is asked for."""

    target_type: TargetType = TargetType.MINUTES
    time_period: TimePeriod = TimePeriod.WEEKLY
    category_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of goal to choose: what it counts, an example of the person's own, and the unit of its target."""

    key: TargetType
    title: str
    text: str
    example: str
    unit: str


def goal_form(person: Viewer, goal: GoalRow | None, errors: Sequence[FieldError] = ()) -> Response:
    """Return the form as it stands or as it was sent; a refused one comes with the fields named."""
    values, now = _typed(goal), clock.now()
    found = categories(db.session(), person, include_archived=True)
    return render(
        PAGE,
        FORM,
        422 if errors else 200,
        goal=goal,
        locked=goal is not None and is_judged(person, goal),
        values=values,
        errors=errors,
        kinds=kinds(last_week(db.session(), person, now)),
        periods=PERIODS,
        highest=HIGHEST[_chosen(TargetType, values["target_type"], TargetType.MINUTES)],
        category_choices=[(each.id, each.name) for each in found if _offered(each, goal)],
        **hint_context(person, _hint_asked(values, {each.id for each in found})),
    )


def is_judged(person: Viewer, goal: GoalRow) -> bool:
    """Tell whether a period of the goal is over, so that what it counts can no longer change."""
    found = queries.history(db.session(), person, goal.id, LOOKED_AT, clock.now())
    return any(row.closed for row in found.items)


def parsed(model: type[GoalInput] | Any) -> Any:
    """Return the sent form; a category left out, or one that the type cannot have, counts as none."""
    kind = request.form.get("target_type")
    if "category_id" not in request.form:
        return parse_form(model)
    without = kind is not None and kind not in {each.value for each in WITH_CATEGORY}
    is_empty = without or not request.form["category_id"].strip()
    return parse_form(model, {"category_id": None} if is_empty else None)


def hint_context(person: Viewer, asked: HintQuery) -> dict[str, Any]:
    """Return what the fragment of the example shows; NotFoundError when the category is somebody else's."""
    kind, period = asked.target_type, asked.time_period
    category_id = asked.category_id if kind in WITH_CATEGORY else None
    category = load_category(db.session(), person, category_id) if category_id else None
    found = hint(db.session(), person, clock.now(), kind, period, category_id)
    periods = [(wording.period_text(period, dates), wording.amount_text(kind, value)) for dates, value in found.periods]
    return {
        "hint": found,
        "hint_periods": periods,
        "hint_words": wording.amount_text(kind, found.suggested),
        "hint_period": wording.A_PERIOD[period],
        "hint_category": category.name if category else "",
        "hint_query": asked,
    }


def kinds(week: LastWeek) -> list[Kind]:
    """Return the types of goals, each with what it came to last week."""
    figures, dates = week.figures, f"Last week ({range_text(week.dates)})"
    of_top = f", {minutes_text(week.top.studied_minutes)} of them for {week.top.name}" if week.top else ""
    share = "nothing was planned" if week.share is None else f"you kept {wording.number_text(week.share)} %"
    tasks, lessons = (
        wording.amount_text(TargetType.TASK_COUNT, figures.completed_tasks_count),
        wording.amount_text(TargetType.LESSONS, figures.lessons_completed),
    )
    minutes = f"{minutes_text(figures.studied_minutes)} ({figures.studied_minutes:,} min)"
    return [
        Kind(
            TargetType.MINUTES,
            "Study time",
            "Minutes that you planned and did not miss.",
            f"{dates} you studied {minutes}{of_top}.",
            "minutes",
        ),
        Kind(
            TargetType.PERCENTAGE,
            "Keeping to the plan",
            "How much of the planned time you study; of all of it, also where the goal is for one category.",
            f"{dates} {share}.",
            "percent",
        ),
        Kind(
            TargetType.TASK_COUNT,
            "Tasks completed",
            "Each task counts when you complete it.",
            f"{dates} you completed {tasks}.",
            "tasks",
        ),
        Kind(
            TargetType.XP,
            "XP",
            "All the points that you earn.",
            f"{dates} you earned {wording.amount_text(TargetType.XP, figures.xp)}.",
            "XP",
        ),
        Kind(
            TargetType.LESSONS,
            "Lessons",
            "Lessons that you complete in your courses.",
            f"{dates} you completed {lessons}.",
            "lessons",
        ),
    ]


def _typed(goal: GoalRow | None) -> dict[str, str]:
    usual: dict[str, Any] = {
        "name": goal.name if goal else "",
        "target_type": goal.target_type.value if goal else TargetType.MINUTES.value,
        "target_value": goal.target_value if goal else "",
        "time_period": goal.time_period.value if goal else TimePeriod.WEEKLY.value,
        "category_id": goal.category_id or "" if goal else "",
    }
    sent = request.form.to_dict() if request.method == "POST" else request.args.to_dict()
    return {name: str(sent.get(name, value)) for name, value in usual.items()}


def _hint_asked(values: dict[str, str], known: set[UUID]) -> HintQuery:
    try:
        category = UUID(values["category_id"])
    except ValueError:
        category = None
    return HintQuery(
        target_type=_chosen(TargetType, values["target_type"], TargetType.MINUTES),
        time_period=_chosen(TimePeriod, values["time_period"], TimePeriod.WEEKLY),
        category_id=category if category in known else None,
    )


def _chosen(kinds_of: Any, value: str, usual: Any) -> Any:
    return kinds_of(value) if value in {each.value for each in kinds_of} else usual


def _offered(category: Any, goal: GoalRow | None) -> bool:
    return not category.archived or (goal is not None and category.id == goal.category_id)
