"""The real job in real processes, killed while it works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import select

from tests.reports.conftest import ALL_DUE, JOB, MONDAY
from webapp.accounts.models import User
from webapp.core.permissions import Role
from webapp.mail.models import OutgoingMail

KILLS = 3
TEACHERS = 12
# The process believes in that Monday as the tests do.
SCRIPT = f"""
import time_machine
from datetime import datetime
time_machine.travel(datetime.fromisoformat({ALL_DUE.isoformat()!r}), tick=True).start()
from webapp.app import create_app
from webapp.jobs.on_demand import load
from webapp.jobs.wrapper import run
load()
run(create_app(), {JOB!r})
"""


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_again_and_again_everybody_is_written_to_once(session, settings, cast, clock_at, mails):
    clock_at(MONDAY.replace(day=1))
    for number in range(TEACHERS):
        address = f"manager-{number:02}@school.test"
        session.add(User(email=address, role=Role.MANAGER, school_id=cast.school.id))
    session.commit()
    clock_at(ALL_DUE)
    environment = {
        **os.environ,
        "MILEPOST_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "MAIL_BACKEND": "file",
    }
    expected = {f"manager-{number:02}@school.test" for number in range(TEACHERS)}
    kills, runs = 0, 0
    while not expected <= set(mails()):
        runs += 1
        assert runs < KILLS + 3
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        queued = len(mails())
        while process.poll() is None and (kills == KILLS or len(mails()) == queued):
            time.sleep(0.002)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills >= 1
    session.rollback()
    sent = session.scalars(select(OutgoingMail.recipient).where(OutgoingMail.recipient.in_(expected))).all()
    assert sorted(sent) == sorted(expected)
