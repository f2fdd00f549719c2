"""The real job in real processes, killed while it works."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from tests.reminders.conftest import pupils_of
from webapp.core import clock
from webapp.core.timezones import local_date

MORNING = 11
KILLS = 2


@pytest.fixture
def review_morning(session, cast):
    """Have it be eleven in the morning of the week's first day at the cast's school, whatever the time is now."""
    ahead = MORNING - clock.now().hour
    cast.school.time_zone = f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
    cast.school.week_start = local_date(clock.now(), cast.school.time_zone).weekday()
    session.commit()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_again_and_again_everybody_is_written_to_once(
    session, settings, cast, plan, mails, review_morning, tmp_path
):
    pupils = pupils_of(session, cast, 15, clock.now())
    for pupil in pupils:
        plan(pupil, clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=2))
    environment = {
        **os.environ,
        "MILEPOST_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "MAIL_BACKEND": "file",
    }
    kills, log = 0, tmp_path / "log"
    while len(mails()) < len(pupils):
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run", "send reminders"]
        queued = len(mails())
        with log.open("ab") as said, subprocess.Popen(command, env=environment, stdout=said, stderr=said) as process:
            while process.poll() is None and (kills == KILLS or len(mails()) == queued):
                time.sleep(0.002)
            killed = process.poll() is None
            if killed:
                process.kill()
                kills += 1
        assert killed or len(mails()) > queued, log.read_text()
    assert kills >= 1
    assert sorted(mail.recipient for mail in mails()) == sorted(pupil.user.email for pupil in pupils)
