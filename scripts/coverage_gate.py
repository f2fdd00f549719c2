"""Print what the tests cover, by line and by branch, and fail below the two floors."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

LINES = 90.0
BRANCHES = 85.0


def main() -> int:
    """Compare the totals of the last run with the floors."""
    totals = read_totals()
    lines = 100 * totals["covered_lines"] / max(1, totals["num_statements"])
    branches = 100 * totals["covered_branches"] / max(1, totals["num_branches"])
    floors = f"(floors {LINES:.0f} and {BRANCHES:.0f})"
    print(f"Coverage: {lines:.1f} % of lines, {branches:.1f} % of branches {floors}")
    if lines >= LINES and branches >= BRANCHES:
        return 0
    coverage("report", "--sort=cover")
    return 1


def read_totals() -> dict[str, int]:
    """Return coverage.py's own totals."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "coverage.json")
        coverage("json", "-q", "-o", str(report))
        return dict(json.loads(report.read_text())["totals"])


def coverage(*arguments: str) -> None:
    """Run one of coverage.py's commands."""
    subprocess.run([sys.executable, "-m", "coverage", *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())
