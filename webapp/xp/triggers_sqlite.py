"""The triggers on SQLite: row by row, within the statement that changes the row."""

from __future__ import annotations

from typing import Final

LISTING: Final = """CASE WHEN NEW.active AND NEW.role = 'student' AND coalesce(NEW.on_leaderboard, 1)
    THEN CASE WHEN NEW.on_leaderboard IS NULL THEN 2 ELSE 1 END ELSE 0 END"""
DISPLAY_NAME: Final = "coalesce(NEW.nickname, nullif(trim(NEW.first_name || ' ' || NEW.last_name), ''), 'A student')"
_KEYS: Final = "school_id, timeframe, first_date, listing, width, low"
_WIDTHS: Final = "(SELECT 1 AS width UNION ALL SELECT 256)"


def _bump(row: str) -> str:
    """Let the version of a school grow; it gets one where it has none."""
    return f"""INSERT INTO standing_versions (school_id, version, sliced_by) VALUES ({row}.school_id, 1, '')
        ON CONFLICT (school_id) DO UPDATE SET version = version + 1;"""  # noqa: S608 # nosec B608


def _bump_standing(row: str) -> str:
    """Let the version grow if the school has one: it may be on its way out."""
    return f"UPDATE standing_versions SET version = version + 1 WHERE school_id = {row}.school_id;"  # noqa: S608 # nosec B608


_COUNT_IN: Final = f"""INSERT INTO standing_counts ({_KEYS}, people)
    SELECT NEW.school_id, NEW.timeframe, NEW.first_date, NEW.listing, width,
        -NEW.minus_xp - (-NEW.minus_xp) % width, 1
    FROM {_WIDTHS} WHERE NEW.listing > 0 AND NEW.minus_xp < 0
    ON CONFLICT ({_KEYS}) DO UPDATE SET people = people + 1;"""  # noqa: S608 # nosec B608
_COUNT_OUT: Final = """UPDATE standing_counts SET people = people - 1
    WHERE OLD.listing > 0 AND OLD.minus_xp < 0 AND school_id = OLD.school_id AND timeframe = OLD.timeframe
        AND first_date = OLD.first_date AND listing = OLD.listing AND width IN (1, 256)
        AND low = -OLD.minus_xp - (-OLD.minus_xp) % width;"""
# Of each the columns that a leaderboard follows from.
_MEMBERS: Final = {
    "enrolments": "user_id, class_id, school_id, begins_on, ends_on",
    "class_groups": "name, leaderboard_mode, archived_at, school_id",
}

TRIGGERS: Final = {
    "standings_come": f"AFTER INSERT ON standings BEGIN {_bump('NEW')} {_COUNT_IN} END",
    "standings_change": f"""AFTER UPDATE ON standings BEGIN
        {_bump("NEW")} {_bump_standing("OLD")} {_COUNT_OUT} {_COUNT_IN} END""",
    "standings_go": f"AFTER DELETE ON standings BEGIN {_bump_standing('OLD')} {_COUNT_OUT} END",
    "standings_of_people": f"""AFTER UPDATE OF active, role, school_id, on_leaderboard, nickname, first_name, last_name
        ON users WHEN OLD.active IS NOT NEW.active OR OLD.role IS NOT NEW.role OR OLD.school_id IS NOT NEW.school_id
            OR OLD.on_leaderboard IS NOT NEW.on_leaderboard OR OLD.nickname IS NOT NEW.nickname
            OR OLD.first_name IS NOT NEW.first_name OR OLD.last_name IS NOT NEW.last_name
        BEGIN
            DELETE FROM standings WHERE user_id = NEW.id AND NEW.school_id IS NULL;
            UPDATE standings SET school_id = NEW.school_id, listing = {LISTING}, display_name = {DISPLAY_NAME}
                WHERE user_id = NEW.id;
            UPDATE standing_versions SET version = version + 1 WHERE school_id = NEW.school_id;
            UPDATE standing_versions SET sliced_by = ''
                WHERE school_id = NEW.school_id AND NEW.school_id IS NOT OLD.school_id;
        END""",  # noqa: S608 # nosec B608
    "standings_enrol": f"AFTER INSERT ON enrolments BEGIN {_bump_standing('NEW')} END",
    **{
        f"standings_{table}_change": f"AFTER UPDATE OF {columns} ON {table} BEGIN {_bump_standing('NEW')} END"
        for table, columns in _MEMBERS.items()
    },
    **{f"standings_{table}_go": f"AFTER DELETE ON {table} BEGIN {_bump_standing('OLD')} END" for table in _MEMBERS},
}
MAKE: Final = [f"CREATE TRIGGER {name} {what}" for name, what in TRIGGERS.items()]
DROP: Final = [f"DROP TRIGGER IF EXISTS {name}" for name in TRIGGERS]
