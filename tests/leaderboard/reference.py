"""Leaderboards by brute force, from the ledger, the people and the enrolments; docs/metrics.md, "Leaderboard"."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.permissions import Role
from webapp.core.timezones import day_start, local_date
from webapp.schools.models import LeaderboardMode, School
from webapp.xp.models import Timeframe, XpEntry


def bounds(school, timeframe, now):
    """Return the first instants of the running period and of the one after it."""
    today = local_date(now, school.time_zone)
    if timeframe is Timeframe.ALL:
        return None
    if timeframe is Timeframe.DAY:
        first, beyond = today, today + timedelta(days=1)
    elif timeframe is Timeframe.WEEK:
        first = today
        while first.weekday() != school.week_start:
            first -= timedelta(days=1)
        beyond = first + timedelta(days=7)
    else:
        first = today.replace(day=1)
        beyond = (first + timedelta(days=32)).replace(day=1)
    return day_start(school.time_zone, first), day_start(school.time_zone, beyond)


def totals(session, school, timeframe, now):
    """Return everybody's points in the running period."""
    between = bounds(school, timeframe, now)
    found = {}
    for user_id, amount, earned_at in session.execute(select(XpEntry.user_id, XpEntry.amount, XpEntry.earned_at)):
        if between is None or between[0] <= earned_at < between[1]:
            found[user_id] = found.get(user_id, 0) + amount
    return found


def in_class(session, school, class_id, now):
    """Return who is in a class today."""
    today = local_date(now, school.time_zone)
    rows = session.scalars(select(Enrolment).where(Enrolment.class_id == class_id))
    return {
        row.user_id
        for row in rows
        if (row.begins_on is None or row.begins_on <= today) and (row.ends_on is None or today <= row.ends_on)
    }


def participants(session, school, class_id, timeframe, now):
    """Return who stands there: (points below zero, shown name, id), in order."""
    group = session.get(ClassGroup, class_id) if class_id else None
    mode = (group.leaderboard_mode if group else None) or school.leaderboard_mode
    inside = in_class(session, school, class_id, now) if class_id else None
    points = totals(session, school, timeframe, now)
    found = []
    for person in session.scalars(select(User).where(User.school_id == school.id, User.role == Role.STUDENT)):
        listed = {
            LeaderboardMode.OFF: False,
            LeaderboardMode.OPT_IN: person.on_leaderboard is True,
            LeaderboardMode.OPT_OUT: person.on_leaderboard is not False,
        }[mode]
        here = inside is None or person.id in inside
        if person.active and listed and here and points.get(person.id, 0) > 0:
            name = person.nickname or f"{person.first_name} {person.last_name}".strip() or "A student"
            found.append((-points[person.id], name, person.id))
    return sorted(found)


def board(session, viewer, school_id, class_id, timeframe, limit, now):
    """Return rows (rank, points, id, name, is you), how many take part, and where the viewer stands."""
    school = session.get(School, school_id)
    everyone = participants(session, school, class_id, timeframe, now)
    rank = {key: 1 + sum(other[0] < key[0] for other in everyone) for key in everyone}
    rows = [(rank[key], -key[0], key[2], key[1], key[2] == viewer.user_id) for key in everyone]
    if viewer.is_staff:
        return [(*row[:4], False) for row in rows[:limit]], len(rows), None
    place = next((n for n, row in enumerate(rows) if row[4]), None)
    named = rows[: min(limit, (len(rows) + 1) // 2)]
    lowest = rows[-1][1] if rows else 0
    if named and named[-1][0] > 1 and named[-1][1] == lowest:
        named = [row for row in named if row[1] != lowest]
    points = totals(session, school, timeframe, now).get(viewer.user_id, 0)
    if place is None:
        return named, len(rows), (points, None, None, None)
    around = [row for row in rows[max(0, place - 2) : place + 3] if row not in named]
    shown = [row if row[4] else (row[0], row[1], None, None, False) for row in around]
    more = [row[1] - points for row in rows if row[1] > points]
    less = sum(row[1] < points for row in rows)
    percentile = float(int(Fraction(1000 * less, len(rows) - 1) + Fraction(1, 2)) / 10) if len(rows) > 1 else 100.0
    return [*named, *shown], len(rows), (points, rows[place][0], percentile, min(more, default=None))


def teams(session, school_id, timeframe, now):
    """Return each class with participants in order: (place, name, participants, points, mean)."""
    school = session.get(School, school_id)
    found = []
    for group in session.scalars(select(ClassGroup).where(ClassGroup.school_id == school_id)):
        inside = participants(session, school, group.id, timeframe, now)
        if inside and group.archived_at is None:
            total = -sum(key[0] for key in inside)
            mean = float(int(Fraction(10 * total, len(inside)) + Fraction(1, 2)) / 10)
            found.append((mean, total, group.name, len(inside)))
    found.sort(key=lambda row: (-row[0], -row[1], row[2]))
    return [(1 + sum(other[0] > row[0] for other in found), row[2], row[3], row[1], row[0]) for row in found]
