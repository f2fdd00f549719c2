"""The verbs of goals, and what keeps their snapshots.

The verbs take the session, the viewer and the input, change state, and let every cached answer of the person expire
in the same transaction. None commits.
"""

from webapp.goals.service import verify
from webapp.goals.service.keeping import FIRST, settle_all, settle_some
from webapp.goals.service.verbs import change_goal, create_goal, delete_goal, undo_goal

__all__ = [
    "FIRST",
    "change_goal",
    "create_goal",
    "delete_goal",
    "settle_all",
    "settle_some",
    "undo_goal",
    "verify",
]
