"""Prints, as JSON, every GET rule that shows something to people: the rule, who may see it, its parameters."""

from __future__ import annotations

import json
import sys

from webapp.app import create_app
from webapp.web.access import PolicyRow, policy_table

UNSEEN = ("/static/", "/api/v1", "/healthz", "/readyz", "/metrics")


def listed(row: PolicyRow) -> tuple[str, list[str] | None, tuple[str, ...]]:
    """Return what the tests need to know of a row."""
    return row.rule, sorted(row.roles) if row.roles is not None else None, row.parameters


if __name__ == "__main__":
    shown = [row for row in policy_table(create_app()) if "GET" in row.methods and not row.rule.startswith(UNSEEN)]
    sys.stdout.write(json.dumps([listed(row) for row in shown]) + "\n")
