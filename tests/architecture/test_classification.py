"""Every column of every table is classified, in one place."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from webapp import models
from webapp.compliance.classification import MODULES, TABLES, Erasing, forgotten, unclassified
from webapp.db.base import Base

HOW = """
These columns are not classified: {missing}.

Add each to the rule of its table in webapp/compliance/classification/ (people, planner, progress, activity,
administration or records), as a line of its `columns`:

    "name": told("what it is"),                  its person's export holds it
    "name": inner("what it is"),                 no export does: a secret, bookkeeping, or nobody's
    "name": told("what it is", to("Erased")),    it tells who somebody is: what takes its place when they are erased
    "name": link("who did it"),                  a reference to somebody beside the row's owner, ON DELETE SET NULL

A new table is a `TableRule(name, why it is kept, how long, columns, owner, erasing)`: `person()` where its `user_id`
says whose a row is, with `Erasing.DELETED` (rows go with the person) or `Erasing.MOVED` (sums of a class or school are
made of them: they go to a person without a name). A table about no person has neither."""


def test_every_column_is_classified():
    assert models.MODULES
    missing = unclassified(Base.metadata)
    assert missing == [], HOW.format(missing=", ".join(missing))


def test_nothing_is_classified_that_is_not_there():
    assert forgotten(Base.metadata) == [], "Take these out of webapp/compliance/classification/."


def test_the_gauge_goes_red_on_a_column_and_on_a_table():
    planted = MetaData()
    Table("tasks", planted, Column("secret_wish", Integer))
    Table("wishes", planted, Column("id", Integer, primary_key=True))
    assert unclassified(planted) == ["tasks.secret_wish", "wishes.id"]
    assert "tasks.title" in forgotten(planted)


@pytest.mark.parametrize("rule", TABLES.values(), ids=lambda rule: rule.name)
def test_a_rule_says_everything_and_contradicts_nothing(rule):
    assert rule.why, rule.name
    assert rule.kept
    assert all(column.what for column in rule.columns.values())
    if rule.owner is None:
        assert rule.erasing is Erasing.UNTOUCHED
    else:
        assert rule.owner.column in rule.columns
        assert rule.owner.through is None or TABLES[rule.owner.through].owner is not None
    assert set(rule.mentions) <= set(rule.columns)
    assert rule.files is None or "file_name" in rule.columns


def test_no_table_is_listed_twice():
    names = [rule.name for module in MODULES for rule in module.TABLES]
    assert len(names) == len(set(names))


def test_what_people_write_does_not_stay_when_they_are_erased():
    """A text in a row that stays is emptied, chosen from a list, or no person's words."""
    chosen = {
        *("categories.color", "tasks.priority", "tasks.status", "attempts.source", "goals.target_type"),
        *("goals.time_period", "goals.sliced_by", "xp_entries.reason", "xp_entries.note", "enrolments.outcome"),
        *("users.role", "users.time_zone", "users.theme", "activity_day_types.type", "standings.timeframe"),
    }
    kept = {
        f"{rule.name}.{name}"
        for rule in TABLES.values()
        if rule.erasing is Erasing.MOVED
        for name, column in rule.columns.items()
        if column.blank is None and _is_text(rule.name, name)
    }
    assert kept <= chosen


def _is_text(table, name):
    kind = Base.metadata.tables[table].c[name].type
    return kind.__class__.__name__ in {"String", "Text", "JSON", "Enum"}
