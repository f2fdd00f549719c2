"""Page = API = CSV = brute force, right after every write, on both databases, with and without jobs in between.

`EXACTNESS_WRITES=2000` says how many writes each walk takes; the default keeps the suite quick.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.exactness.pages import compare_dashboard, minutes_text
from tests.exactness.reference import Reference, rounded
from tests.exactness.student import END, START, ZONES, Student
from tests.insights.recount import Recount, Someone
from webapp.accounts.models import UserSession
from webapp.rollups.rebuild import drain

WRITES = int(os.environ.get("EXACTNESS_WRITES", "60"))
HORIZON = timedelta(days=400)


class Checker:
    """Asks the application and the reference for the same range, and compares everything that both know."""

    def __init__(self, client, session, user_id, randomness) -> None:
        self.client, self.session, self.user_id, self.random = client, session, user_id, randomness
        self.compared = 0

    def same(self, what: str, shown, expected) -> None:
        self.compared += 1
        assert shown == expected, f"{what}: shown {shown!r}, by brute force {expected!r}"

    def check(self, zone: str, now: datetime, categories: list[str]) -> None:
        today = now.astimezone(ZoneInfo(zone)).date()
        first, last = self._range(today)
        self.session.rollback()
        whole = Reference(self.session, self.user_id, zone, now)
        self._quick_stats(whole, first, last)
        self._widget(whole, first, last)
        self._dashboard(whole, first, last, None)
        self._page(whole, first, last, None)
        self._csv(whole, first, last)
        self._weekly_xp(whole, today)
        if self.random.random() < 0.2:
            self._insights(zone, now)
        known = [key for key in categories if any(str(name) == key for name in whole.names)]
        chosen = self.random.choice(["none", *known])
        narrowed = "none" if chosen == "none" else next(name for name in whole.names if str(name) == chosen)
        part = Reference(self.session, self.user_id, zone, now, narrowed)
        self._dashboard(part, first, last, chosen)
        self._page(part, first, last, chosen)
        self.session.rollback()

    def _range(self, today: date) -> tuple[date, date]:
        if self.random.random() < 0.3:
            return today - timedelta(days=6), today
        first = START.date() + timedelta(days=self.random.randrange(-3, 36))
        return first, first + timedelta(days=self.random.choice([0, 1, 6, 27, 60]))

    def _get(self, path: str, **headers) -> str:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return answer.text

    def _quick_stats(self, ref: Reference, first: date, last: date) -> None:
        shown = json.loads(self._get(f"/api/v1/analytics/quick-stats?start_date={first}&end_date={last}"))
        self.same("scheduled", shown["total_scheduled_minutes"], ref.total("scheduled", first, last))
        self.same("studied", shown["studied_minutes"], ref.total("studied", first, last))
        self.same("completed", shown["completed_tasks_count"], ref.total("completed", first, last))
        self.same("focus use", shown["focus_time_utilization"], ref.utilization(first, last))
        self.same("follow-through", shown["follow_through"], ref.follow_through(first, last))
        self.same("streak", shown["streak_days_completed"], ref.streak())
        top = shown["top_category"]
        self.same("top category", (top["name"], top["minutes"]) if top else None, ref.top_category(first, last))

    def _widget(self, ref: Reference, first: date, last: date) -> None:
        page = self._get(f"/quick-stats?start_date={first}&end_date={last}", **{"HX-Request": "true"})
        values = [" ".join(text.split()) for text in re.findall(r'class="stat-value">([^<]*)<', page)]
        self.same("widget planned", values[0], minutes_text(ref.total("scheduled", first, last)))
        self.same("widget studied", values[1], minutes_text(ref.total("studied", first, last)))
        self.same("widget completed", values[2], str(ref.total("completed", first, last)))
        self.same("widget streak", values[6].split()[0], str(ref.streak()))

    def _dashboard(self, ref: Reference, first: date, last: date, category: str | None) -> None:
        narrowed = f"&category_id={category}" if category else ""
        shown = json.loads(self._get(f"/api/v1/analytics/dashboard?start_date={first}&end_date={last}{narrowed}"))
        before = first - (last - first) - timedelta(days=1)
        self._totals(shown["totals"], ref, first, last)
        self._totals(shown["previous"], ref, before, first - timedelta(days=1))
        self._deltas(shown["deltas"], ref, (first, last), (before, first - timedelta(days=1)))
        for row, (day, count) in zip(shown["daily"], ref.range(first, last), strict=True):
            numbers = (count.scheduled, count.studied, count.focus, count.completed, count.xp)
            self.same("day", tuple(row.values()), (str(day), *numbers))
        minutes = {row["category_id"]: row["minutes"] for row in shown["categories"] if row["minutes"]}
        expected = {key and str(key): count for key, count in ref.category_minutes(first, last).items() if count}
        self.same("categories", minutes, expected)
        priorities = {row["priority"]: (row["tasks"], row["completed"], row["minutes"]) for row in shown["priorities"]}
        self.same("priorities", priorities, ref.priorities(first, last))

    def _page(self, ref: Reference, first: date, last: date, category: str | None) -> None:
        narrowed = f"&category_id={category}" if category else ""
        address = f"/dashboard?start_date={first}&end_date={last}{narrowed}"
        compare_dashboard(self.same, self._get(address), ref, (first, last))

    def _totals(self, shown, ref: Reference, first: date, last: date) -> None:
        names = {"scheduled_minutes": "scheduled", "studied_minutes": "studied", "focus_minutes": "focus"}
        for name, counted in (names | {"completed_tasks_count": "completed", "xp": "xp"}).items():
            self.same(name, shown[name], ref.total(counted, first, last))
        self.same("completion_rate", shown["completion_rate"], ref.completion_rate(first, last))
        self.same("focus_time_utilization", shown["focus_time_utilization"], ref.utilization(first, last))
        self.same("follow_through", shown["follow_through"], ref.follow_through(first, last))

    def _deltas(self, shown, ref: Reference, now, before) -> None:
        for name, counted in {"scheduled_minutes": "scheduled", "studied_minutes": "studied", "xp": "xp"}.items():
            this, that = ref.total(counted, *now), ref.total(counted, *before)
            self.same(f"delta of {name}", shown[name]["delta"], this - that)
            percent = float(rounded(Fraction(100 * (this - that), that), 2)) if that else None
            self.same(f"delta_percent of {name}", shown[name]["delta_percent"], percent)
        parts = [(ref.total("studied", *dates), ref.total("passed", *dates)) for dates in (now, before)]
        exact = [Fraction(*pair) if pair[1] else None for pair in parts]
        delta = None if None in exact else float(rounded(exact[0] - exact[1], 4))
        self.same("delta of follow_through", shown["follow_through"]["delta"], delta)

    def _weekly_xp(self, ref: Reference, today: date) -> None:
        shown = json.loads(self._get("/api/v1/analytics/weekly_xp"))
        days = {row["date"]: row["xp"] for row in shown["days"]}
        expected = {str(day): count.xp for day, count in ref.range(today - timedelta(days=6), today)}
        self.same("XP of the week", (days, shown["total"]), (expected, sum(expected.values())))
        self.same("XP streak", shown["streak"], ref.streak("xp"))

    def _insights(self, zone: str, now: datetime) -> None:
        shown = json.loads(self._get("/api/v1/analytics/insights?limit=100"))["items"]
        found = {
            (item["kind"], item["subject_id"]): (
                {one["name"]: one["value"] for one in item["figures"]},
                item["strength"],
            )
            for item in shown
        }
        said = Recount(self.session, Someone(self.user_id, zone, 0), now).said
        self.same("insights", found, {(kind, key and str(key)): what for (kind, key), what in said.items()})

    def _csv(self, ref: Reference, first: date, last: date) -> None:
        exported = self._get(f"/api/v1/analytics/export?format=csv&start_date={first}&end_date={last}")
        self.same("both CSVs", self._get(f"/dashboard.csv?start_date={first}&end_date={last}"), exported)
        rows = list(csv.DictReader(io.StringIO(exported.removeprefix("\ufeff"))))
        for row, (day, count) in zip(rows, ref.range(first, last), strict=True):
            categories = {ref.names.get(key, "Uncategorised"): minutes for key, minutes in count.categories.items()}
            self.same("CSV date", row["date"], str(day))
            self.same("CSV planned", int(row["total_scheduled_minutes"]), count.scheduled)
            self.same("CSV focus", int(row["focus_minutes"]), count.focus)
            self.same("CSV completed", int(row["completed_tasks_count"]), count.completed)
            self.same("CSV categories", json.loads(row["category_minutes"]), categories)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_right_after_every_write(seed, app, session, cast, as_, csrf, clock_at):
    randomness = random.Random(seed)
    moment = START
    clock_at(moment)
    client = as_(cast.student)
    for row in session.query(UserSession).all():
        row.last_seen_at = row.expires_at = moment + HORIZON
    session.commit()
    student = Student(client, csrf(client), randomness)
    checker = Checker(client, session, cast.student.id, randomness)
    step = (END - START) / WRITES
    done = Counter()
    while done.total() < WRITES:
        for _ in range(randomness.randrange(1, 8)):
            done[student.act()] += 1
        checker.check(student.zone, moment, student.categories)
        if randomness.random() < 0.4:
            drain(session, moment)
            session.commit()
        moment = min(END, moment + step * randomness.random() * 8).astimezone(UTC)
        clock_at(moment)
        checker.check(student.zone, moment, student.categories)
    database = app.config["SQLALCHEMY_DATABASE_URI"].partition(":")[0]
    print(f"{database}, seed {seed}: {checker.compared} compared after {done.total()} writes {dict(done)}")


def test_the_zones_of_the_walk_exist():
    assert {ZoneInfo(name).key for name in ZONES} == set(ZONES)
