"""Imports point one way, Flask stays at the edge, nothing is imported inside functions."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.architecture.source import Module, functions, imported, modules

# From the ground up. A module may import what stands on an earlier line, or its own family; the longest prefix
# counts. Families on one line do not import each other, except those joined by "+".
TIERS = (
    "webapp.core",
    "webapp.config",
    "webapp.db",
    "webapp.extensions + webapp.web + webapp.jobs.models + webapp.jobs.runs + webapp.jobs.queue + webapp.jobs.wrapper",
    "webapp.audit, webapp.mail",
    "webapp.schools",
    "webapp.flags",
    "webapp.accounts",
    "webapp.rest",
    "webapp.classes",
    "webapp.activity, webapp.xp, webapp.rollups.models + webapp.rollups.types + webapp.rollups.marks",
    "webapp.planner, webapp.learning",
    "webapp.rollups",
    "webapp.goals",
    "webapp.analytics, webapp.leaderboard",
    "webapp.insights",
    "webapp.at_risk",
    "webapp.students, webapp.overview",
    "webapp.exports, webapp.imports, webapp.reminders, webapp.reports, webapp.compliance, webapp.events",
    "webapp.demo, webapp.admin",
    "webapp.home",
    "webapp.models + webapp.app + webapp.cli + webapp.jobs + webapp.health + webapp",
)


@cache
def places() -> dict[str, tuple[int, str]]:
    """Return the tier and the family of each prefix."""
    found = {}
    for tier, line in enumerate(TIERS):
        for family in line.split(", "):
            for prefix in family.split(" + "):
                found[prefix.strip()] = (tier, family)
    return found


@cache
def place(name: str) -> tuple[int, str]:
    known = places()
    fits = [prefix for prefix in known if name == prefix or name.startswith(f"{prefix}.")]
    return known[max(fits, key=len)]


def wrong_imports(module: Module) -> list[str]:
    tier, family = place(module.name)
    wrong = []
    for name, line in imported(module.tree):
        if not name.startswith("webapp"):
            continue
        other_tier, other_family = place(name)
        if other_tier > tier or (other_tier == tier and other_family != family):
            wrong.append(f"{module.shown}:{line} imports {name}")
    return wrong


def test_imports_point_one_way():
    assert [line for module in modules() for line in wrong_imports(module)] == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("webapp.core.clock", "from webapp.db.base import Base"),
        ("webapp.planner.service", "import webapp.learning.models"),
        ("webapp.xp.service", "from webapp.rollups import marks"),
        ("webapp.planner.queries", "from webapp.rollups import queries"),
        ("webapp.accounts.service", "def f():\n    from webapp.app import create_app"),
    ],
)
def test_the_gauge_goes_red_on_an_import_that_points_up_or_aside(name, source):
    assert wrong_imports(Module(name, modules()[0].path, ast.parse(source)))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("webapp.planner.service", "from webapp.rollups import marks"),
        ("webapp.planner.service", "from webapp.planner.queries import tasks"),
        ("webapp.rollups.queries", "from webapp.planner.models import Slot"),
    ],
)
def test_and_stays_green_on_those_that_point_down(name, source):
    assert wrong_imports(Module(name, modules()[0].path, ast.parse(source))) == []


# ------------------------------------------------------------ Flask

EDGE_FOLDERS = ("web", "jobs", "routes", "api")
EDGE_FILES = ("app.py", "cli.py", "extensions.py", "routes.py", "api.py", "jobs.py", "commands.py")


def is_edge(module: Module) -> bool:
    parts = module.path.parts
    return parts[-1] in EDGE_FILES or bool(set(EDGE_FOLDERS) & set(parts))


def is_web(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in {"flask", "werkzeug", "apiflask"} or name.startswith("flask_")


def test_flask_stays_at_the_edge():
    assert [
        f"{module.shown}:{line} imports {name}"
        for module in modules()
        if not is_edge(module)
        for name, line in imported(module.tree)
        if is_web(name)
    ] == []


def test_what_is_below_the_edge_does_not_reach_for_the_request_by_another_way():
    """`webapp.extensions` and `webapp.web` bring Flask along; services and queries take what they need as arguments."""
    allowed = {"webapp.web.api.idempotency"}  # plain types of the frame, fulfilled by accounts
    assert [
        f"{module.shown}:{line} imports {name}"
        for module in modules()
        if not is_edge(module) and module.name != "webapp.config"
        for name, line in imported(module.tree)
        if name.startswith(("webapp.web", "webapp.extensions")) and name not in allowed
    ] == []


# ------------------------------------------------------------ inside functions

MAY_IMPORT_LATE = {"webapp.app", "webapp.cli"}


def late_imports(module: Module) -> list[str]:
    return [
        f"{module.shown}:{node.lineno} in {function.name}"
        for function in functions(module.tree)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]


def test_nothing_is_imported_inside_functions():
    assert [line for module in modules() if module.name not in MAY_IMPORT_LATE for line in late_imports(module)] == []


def test_that_gauge_goes_red_too():
    planted = Module("webapp.x", modules()[0].path, ast.parse("def f():\n    import os"))
    assert late_imports(planted)


# ------------------------------------------------------------ the clock

ASKS_THE_TIME = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "localtime"),
    ("time", "gmtime"),
}


def clocks(module: Module) -> list[str]:
    """Return each call or mention of a clock on the wall; stop-watches (`perf_counter`, `monotonic`) are none."""
    return [
        f"{module.shown}:{node.lineno} {node.value.id}.{node.attr}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in ASKS_THE_TIME
    ]


def test_one_module_asks_what_time_it_is():
    assert [line for module in modules() if module.name != "webapp.core.clock" for line in clocks(module)] == []


def test_a_clock_elsewhere_is_seen():
    planted = ast.parse("from datetime import datetime\ndef f():\n    return datetime.now()")
    assert clocks(Module("webapp.x", modules()[0].path, planted))
    stop_watch = ast.parse("import time\ndef f():\n    return time.monotonic()")
    assert clocks(Module("webapp.x", modules()[0].path, stop_watch)) == []


# ------------------------------------------------------------ commits

MAY_COMMIT = ("webapp.web.", "webapp.jobs.", "webapp.db.")


def test_commits_happen_at_the_edge():
    assert [
        f"{module.shown}:{node.lineno}"
        for module in modules()
        if not module.name.startswith(MAY_COMMIT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ] == []
