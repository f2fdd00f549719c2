"""The triggers on PostgreSQL: once for each statement, however many rows it changes.

The row of `standing_versions` is locked first, so that counts of one school are written by one transaction after the
other and never cross.
"""

from __future__ import annotations

from typing import Final

LISTING: Final = """CASE WHEN NEW.active AND NEW.role = 'student' AND coalesce(NEW.on_leaderboard, true)
    THEN CASE WHEN NEW.on_leaderboard IS NULL THEN 2 ELSE 1 END ELSE 0 END"""
DISPLAY_NAME: Final = "coalesce(NEW.nickname, nullif(btrim(NEW.first_name || ' ' || NEW.last_name), ''), 'A student')"
_KEYS: Final = "school_id, timeframe, first_date, listing, width, low"
_COUNTED: Final = """SELECT school_id, timeframe, first_date, listing, width,
        -minus_xp - mod(-minus_xp, width) AS low, count(*)::integer AS people
    FROM {rows}, (VALUES (1), (256)) AS widths (width) WHERE listing > 0 AND minus_xp < 0
    GROUP BY 1, 2, 3, 4, 5, 6"""

_BUMP: Final = """UPDATE standing_versions SET version = version + 1
    WHERE school_id IN (SELECT school_id FROM {rows});"""
_BUMP_OR_MAKE: Final = """INSERT INTO standing_versions (school_id, version, sliced_by)
    SELECT DISTINCT school_id, 1, '' FROM come ORDER BY 1
    ON CONFLICT (school_id) DO UPDATE SET version = standing_versions.version + 1;"""
_COUNT_IN: Final = f"""INSERT INTO standing_counts ({_KEYS}, people) {_COUNTED.format(rows="come")}
    ON CONFLICT ({_KEYS}) DO UPDATE SET people = standing_counts.people + excluded.people;"""  # nosec B608
_COUNT_OUT: Final = f"""UPDATE standing_counts AS known SET people = known.people - gone_by.people
    FROM ({_COUNTED.format(rows="gone")}) AS gone_by
    WHERE known.school_id = gone_by.school_id AND known.timeframe = gone_by.timeframe
        AND known.first_date = gone_by.first_date AND known.listing = gone_by.listing
        AND known.width = gone_by.width AND known.low = gone_by.low;"""  # noqa: S608 # nosec B608


def _function(name: str, body: str) -> str:
    return f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN {body} RETURN NULL; END $body$"""


_OF_PEOPLE: Final = f"""
    PERFORM 1 FROM standing_versions WHERE school_id IN (OLD.school_id, NEW.school_id) ORDER BY school_id FOR UPDATE;
    DELETE FROM standings WHERE user_id = NEW.id AND NEW.school_id IS NULL;
    UPDATE standings SET school_id = NEW.school_id, listing = {LISTING}, display_name = {DISPLAY_NAME}
        WHERE user_id = NEW.id;
    UPDATE standing_versions SET version = version + 1 WHERE school_id = NEW.school_id;
    UPDATE standing_versions SET sliced_by = ''
        WHERE school_id = NEW.school_id AND NEW.school_id IS DISTINCT FROM OLD.school_id;"""  # noqa: S608 # nosec B608
_FUNCTIONS: Final = {
    "standings_come": f"{_BUMP_OR_MAKE} {_COUNT_IN}",
    "standings_change": f"{_BUMP_OR_MAKE} {_BUMP.format(rows='gone')} {_COUNT_OUT} {_COUNT_IN}",
    "standings_go": f"{_BUMP.format(rows='gone')} {_COUNT_OUT}",
    "standings_of_people": _OF_PEOPLE,
    "standings_members_come": _BUMP.format(rows="come"),
    "standings_members_go": _BUMP.format(rows="gone"),
}
_COME, _GONE = "REFERENCING NEW TABLE AS come FOR EACH STATEMENT", "REFERENCING OLD TABLE AS gone FOR EACH STATEMENT"
_BOTH: Final = "REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT"

# Of each: the table, when, and which function.
TRIGGERS: Final = {
    "standings_come": ("standings", f"AFTER INSERT ON standings {_COME}", "standings_come"),
    "standings_change": ("standings", f"AFTER UPDATE ON standings {_BOTH}", "standings_change"),
    "standings_go": ("standings", f"AFTER DELETE ON standings {_GONE}", "standings_go"),
    "standings_of_people": (
        "users",
        """AFTER UPDATE OF active, role, school_id, on_leaderboard, nickname, first_name, last_name ON users
        FOR EACH ROW WHEN ((OLD.active, OLD.role, OLD.school_id, OLD.on_leaderboard, OLD.nickname, OLD.first_name,
            OLD.last_name) IS DISTINCT FROM (NEW.active, NEW.role, NEW.school_id, NEW.on_leaderboard, NEW.nickname,
            NEW.first_name, NEW.last_name))""",
        "standings_of_people",
    ),
    "standings_enrol": ("enrolments", f"AFTER INSERT ON enrolments {_COME}", "standings_members_come"),
    "standings_enrolments_change": ("enrolments", f"AFTER UPDATE ON enrolments {_COME}", "standings_members_come"),
    "standings_enrolments_go": ("enrolments", f"AFTER DELETE ON enrolments {_GONE}", "standings_members_go"),
    "standings_class_groups_change": (
        *("class_groups", f"AFTER UPDATE ON class_groups {_COME}", "standings_members_come"),
    ),
    "standings_class_groups_go": ("class_groups", f"AFTER DELETE ON class_groups {_GONE}", "standings_members_go"),
}
MAKE: Final = [
    *(_function(name, body) for name, body in _FUNCTIONS.items()),
    *(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {function}()" for name, (_, when, function) in TRIGGERS.items()),
]
DROP: Final = [
    *(f"DROP TRIGGER IF EXISTS {name} ON {table}" for name, (table, _, _) in TRIGGERS.items()),
    *(f"DROP FUNCTION IF EXISTS {name}()" for name in _FUNCTIONS),
]
