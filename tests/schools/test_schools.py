from __future__ import annotations

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from webapp.core.errors import ConflictError
from webapp.schools import service
from webapp.schools.models import LeaderboardMode, School
from webapp.schools.types import SchoolInput, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Hillside School", "hillside-school"),
        ("École Jean Moulin n° 2", "ecole-jean-moulin-n-2"),
        ("  St. Anne's -- Lower  School ", "st-anne-s-lower-school"),
        ("学校", "school"),
        ("x" * 100, "x" * 63),
        ("a" * 62 + " b", "a" * 62),
    ],
)
def test_a_name_gives_a_slug(name, slug):
    assert slug_of(name) == slug
    assert SchoolInput(name=name, slug=slug, time_zone="UTC").slug == slug


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "   "),
        ("name", "x" * 201),
        ("slug", "Upper"),
        ("slug", "two--dashes"),
        ("slug", "-edge"),
        ("slug", "x" * 64),
        ("slug", ""),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../etc/passwd"),
        ("week_start", 7),
        ("week_start", -1),
    ],
)
def test_what_is_no_school_is_refused(field, value):
    good = {"name": "Hillside", "slug": "hillside", "time_zone": "Europe/Berlin", "week_start": 0}
    with pytest.raises(ValidationError):
        SchoolInput(**good | {field: value})


def test_a_slug_is_taken_once(session):
    given = SchoolInput(name="Hillside", slug="hillside", time_zone="Europe/Berlin")
    made = service.create_school(session, given)
    assert (made.week_start, made.leaderboard_mode) == (0, LeaderboardMode.OPT_IN)
    with pytest.raises(ConflictError, match="short name already"):
        service.create_school(session, given)


class TestCommand:
    WORDS = ("schools", "create", "--name", "Hillside", "--slug", "hillside", "--zone", "Europe/Berlin")

    def test_it_prints_the_id_alone(self, app, session):
        made = app.test_cli_runner().invoke(args=[*self.WORDS, "--week-start", "6"])
        assert made.exit_code == 0
        found = session.scalars(select(School)).one()
        assert made.stdout == f"{found.id}\n"
        assert (found.name, found.time_zone, found.week_start) == ("Hillside", "Europe/Berlin", 6)

    @pytest.mark.parametrize(
        ("more", "refusal"),
        [
            (["--week-start", "9"], "week_start"),
            (["--week-start", "Monday"], "week_start"),
            (["--zone", "Mars/Olympus"], "Choose a time zone"),
            (["--slug", "Not A Slug"], "small letters"),
        ],
    )
    def test_refusals_change_nothing(self, app, session, more, refusal):
        ended = app.test_cli_runner().invoke(args=[*self.WORDS, *more])
        assert ended.exit_code != 0
        assert refusal in ended.stderr
        assert ended.stdout == ""
        assert session.scalars(select(School)).all() == []

    def test_twice_is_refused_in_words(self, app, session):
        app.test_cli_runner().invoke(args=self.WORDS)
        again = app.test_cli_runner().invoke(args=self.WORDS)
        assert again.exit_code != 0
        assert "Another school has this short name already." in again.stderr
