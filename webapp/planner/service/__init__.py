"""The verbs of the planner.

Each takes the session, the viewer and the input, changes state, and marks every local day of which a figure
may have changed, in the same transaction. None commits.
"""

from webapp.planner.service.categories import change_category, create_category, delete_category
from webapp.planner.service.quick import quick_add, quick_read
from webapp.planner.service.slots import (
    add_focus_window,
    add_slot,
    change_slot,
    delete_focus_window,
    delete_slot,
    set_missed,
)
from webapp.planner.service.tasks import (
    cancel_task,
    change_task,
    complete_task,
    complete_tasks,
    complete_together,
    create_task,
    delete_task,
    reopen_task,
)
from webapp.planner.service.undo import undo
from webapp.planner.service.undo_store import expire_undo

__all__ = [
    "add_focus_window",
    "add_slot",
    "cancel_task",
    "change_category",
    "change_slot",
    "change_task",
    "complete_task",
    "complete_tasks",
    "complete_together",
    "create_category",
    "create_task",
    "delete_category",
    "delete_focus_window",
    "delete_slot",
    "delete_task",
    "expire_undo",
    "quick_add",
    "quick_read",
    "reopen_task",
    "set_missed",
    "undo",
]
