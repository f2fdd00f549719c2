"""The columns in which the list is taken away, for CSV: those of the API's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.at_risk.wording import sentence
from webapp.core.tables import Column

if TYPE_CHECKING:
    from webapp.at_risk.types import RiskRow

ROWS: Final[tuple[Column[RiskRow], ...]] = (
    Column("class_id", "Class id", lambda row: row.class_id),
    Column("class_name", "Class", lambda row: row.class_name),
    Column("user_id", "Student id", lambda row: row.user_id),
    Column("name", "Student", lambda row: row.name),
    Column("level", "Level", lambda row: row.verdict.level),
    Column("score", "Score", lambda row: row.verdict.score),
    Column("reasons", "Reasons", lambda row: "; ".join(sentence(reason) for reason in row.verdict.reasons)),
)
