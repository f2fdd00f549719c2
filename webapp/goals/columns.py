"""The columns in which goals are taken away, for CSV: those of the API's answers, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core.tables import Column

if TYPE_CHECKING:
    from webapp.goals.types import GoalProgress, SnapshotRow

PROGRESS: Final[tuple[Column[GoalProgress], ...]] = (
    Column("goal_id", "Goal", lambda row: row.goal_id),
    Column("name", "Name", lambda row: row.name),
    Column("target_type", "Counts", lambda row: row.target_type),
    Column("category", "Category", lambda row: row.goal.category_name),
    Column("time_period", "Period", lambda row: row.goal.time_period),
    Column("period_start", "From", lambda row: row.period.first),
    Column("period_end", "To", lambda row: row.period.last),
    Column("target_value", "Target", lambda row: row.target_value),
    Column("achieved_value", "Achieved", lambda row: row.achieved_value),
    Column("percent_complete", "Percent", lambda row: row.percent_complete),
    Column("status", "Status", lambda row: row.status),
    Column("forecast", "Forecast", lambda row: row.forecast),
    Column("streak", "Streak", lambda row: row.streak),
)
HISTORY: Final[tuple[Column[SnapshotRow], ...]] = (
    Column("period_start", "From", lambda row: row.period.first),
    Column("period_end", "To", lambda row: row.period.last),
    Column("target_value", "Target", lambda row: row.target_value),
    Column("achieved_value", "Achieved", lambda row: row.achieved_value),
    Column("percent_complete", "Percent", lambda row: row.percent_complete),
    Column("status", "Status", lambda row: row.status),
    Column("closed", "Over", lambda row: row.closed),
)
