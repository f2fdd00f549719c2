"""What the menus hold for each role: data only; addresses are made where pages are rendered."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.core.permissions import STAFF_ROLES, Role

EVERYONE = frozenset(Role)
MANAGING = frozenset({Role.ADMIN, Role.MANAGER})
LEARNING = frozenset({Role.STUDENT})


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in the menus.

    `icon` is a name in Tabler's icon set, `letter` goes there after `g`, and `bar` puts it in a phone's bottom bar,
    which has room for four; the others are behind "More" there. `bar_roles` narrows that to some.
    """

    key: str
    label: str
    endpoint: str
    icon: str
    letter: str
    roles: frozenset[Role] = EVERYONE
    bar: bool = True
    bar_roles: frozenset[Role] = EVERYONE

    def is_in_bar(self, role: Role) -> bool:
        """Tell whether the place stands in the bar of people of this role."""
        return self.bar and role in self.bar_roles


ENTRIES = (
    Entry("planner", "Planner", "planner.week", icon="calendar-week", letter="p"),
    Entry("tasks", "Tasks", "planner.tasks", icon="checklist", letter="t"),
    Entry("goals", "Goals", "goals.index", icon="target-arrow", letter="o", bar_roles=frozenset({Role.STUDENT})),
    Entry("courses", "Courses", "learning.courses", icon="book", letter="u", bar=False),
    Entry("dashboard", "Dashboard", "analytics.dashboard", icon="chart-histogram", letter="d"),
    Entry("progress", "Progress", "students.own", icon="chart-line", letter="r", roles=LEARNING, bar=False),
    Entry("leaderboard", "Leaderboard", "leaderboard.index", icon="trophy", letter="b", bar=False),
    Entry("classes", "Classes", "classes.index", icon="users-group", letter="c", roles=STAFF_ROLES),
    Entry("at_risk", "Need help", "at_risk.index", icon="lifebuoy", letter="n", roles=STAFF_ROLES, bar=False),
    Entry("admin", "Administration", "admin.index", icon="shield", letter="m", roles=MANAGING, bar=False),
    Entry("overview", "School", "overview.index", icon="building", letter="s", roles=STAFF_ROLES, bar=False),
    Entry("exports", "Exports", "exports.index", icon="file-download", letter="e", bar=False),
    Entry("imports", "Imports", "rosters.index", icon="table-import", letter="i", roles=MANAGING, bar=False),
    Entry("account", "Account", "accounts.account", icon="user-circle", letter="a", bar=False),
)

# Blueprints without an entry whose pages belong to that of another.
PARTS_OF = {
    "compliance": "admin",
    "activity": "admin",
    "events": "admin",
    "health": "admin",
    "jobs": "admin",
    "caches": "admin",
    "points": "leaderboard",
    "reports": "overview",
    "calendar": "planner",
    "timer": "planner",
    "insights": "analytics",
    "rest": "classes",
    "reminders": "accounts",
    "second_factor": "accounts",
}
# Pages of the planner's blueprint that belong to the list of tasks.
TASK_PAGES = frozenset(
    f"planner.{name}"
    for name in (
        "new_task",
        "create_task",
        "edit_task",
        "change_task",
        "categories",
        "create_category",
        "change_category",
    )
)
# Pages of other blueprints that belong to the account.
ACCOUNT_PAGES = frozenset(
    {
        *("activity.own", "rest.days_off", "rest.take_days_off", "leaderboard.choice", "leaderboard.choose"),
        *("compliance.privacy", "compliance.ask_erasure"),
    }
)


def entries_for(role: Role) -> tuple[Entry, ...]:
    """Return the places that this role may go to, in the order of the menu."""
    return tuple(entry for entry in ENTRIES if role in entry.roles)


def current_key(endpoint: str | None) -> str:
    """Return the key of the menu entry that this endpoint belongs to, or an empty text.

    An endpoint that has no entry of its own belongs to the first entry of its blueprint, or of the one that
    its blueprint is a part of.
    """
    if endpoint is None:
        return ""
    if endpoint in TASK_PAGES:
        return "tasks"
    if endpoint in ACCOUNT_PAGES:
        return "account"
    exact = [entry.key for entry in ENTRIES if entry.endpoint == endpoint]
    blueprint = endpoint.partition(".")[0]
    blueprint = PARTS_OF.get(blueprint, blueprint)
    near = [entry.key for entry in ENTRIES if entry.endpoint.partition(".")[0] == blueprint]
    return (exact or near or [""])[0]
