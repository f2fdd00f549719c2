"""Every goal against brute force, at random moments and at the edges, over the days on which clocks change.

`GOAL_STEPS=2000` says how many steps each life takes; the default keeps the suite quick.
"""

from __future__ import annotations

import os

import pytest

from tests.goals.lives import GoalLife

STEPS = int(os.environ.get("GOAL_STEPS", "40"))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("seed", "moves", "rests"),
    [
        (0, False, False),
        (1, False, False),
        (2, False, True),
        (3, False, False),
        (4, False, True),
        (6, True, False),
        (7, True, True),
    ],
)
def test_every_goal_equals_brute_force(session, cast, clock_at, seed, moves, rests):
    life = GoalLife(session, cast.student, seed, clock_at, moves=moves, rests=rests)
    life.check()
    for _ in range(STEPS):
        for _ in range(life.random.randrange(1, 4)):
            life.step()
        life.check()
    print(f"{session.get_bind().dialect.name}, seed {seed}: {life.compared.total()} compared")
