"""What each row of a roster would do, found by statements over all rows at once."""

from webapp.imports.rosters.planning.plan import Plan, plan

__all__ = ["Plan", "plan"]
