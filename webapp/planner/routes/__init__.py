"""The planner's pages: the week, its slots and focus windows, tasks, categories, and the way back."""

from webapp.planner.routes import categories, focus_windows, quick, slots, task_actions, tasks, undo, week
from webapp.planner.routes.blueprint import bp

__all__ = ["bp", "categories", "focus_windows", "quick", "slots", "task_actions", "tasks", "undo", "week"]
