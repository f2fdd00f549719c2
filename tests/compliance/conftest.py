"""People whose every text carries a mark of theirs, and ways to run what works in the background."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from tests.security import samples
from webapp.accounts.models import IdempotencyKey, ResetRequest, SignInFailure
from webapp.compliance.models import Consent, Purpose
from webapp.core.secrets import hash_secret
from webapp.extensions import db
from webapp.mail.service import queue_mail
from webapp.mail.types import Mail
from webapp.planner import service
from webapp.planner.types import CategoryInput, FocusWindowInput, SlotInput, TaskInput
from webapp.rollups.rebuild import drain


@pytest.fixture
def home(app, settings):
    """Return the data folder, without the files of other tests."""
    for name in ("privacy", "exports", "mail", "rosters", "tombstones"):
        path = settings.home / name
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
    return settings.home


@pytest.fixture
def marked(app, session, cast, home):
    """Return a way to give somebody a name, plans, work and files of every kind that carry a mark."""
    session.info["exports_folder"] = home / "exports"

    def give(person, mark):
        person.user.first_name, person.user.last_name = f"{mark}first", f"{mark}last"
        person.user.email = f"{mark}@mail.test"
        session.flush()
        viewer, now = person.viewer, datetime.now(UTC).replace(second=0, microsecond=0)
        category = service.create_category(session, viewer, CategoryInput(name=f"{mark}category"))
        for hours in (-50, -26, -2, 1, 30):
            starts = now + timedelta(hours=hours)
            slots = [SlotInput(starts_at=starts, ends_at=starts + timedelta(hours=1))]
            given = {"title": f"{mark}title", "notes": f"{mark}notes", "category_id": category.id}
            task = service.create_task(session, viewer, TaskInput(**given, slots=slots, due_at=starts))
        service.complete_task(session, viewer, task.id)
        service.add_focus_window(session, viewer, FocusWindowInput(starts_at=now, ends_at=now + timedelta(hours=2)))
        for make in OWN:
            make(session, person.user, mark)
        _work_and_words(session, person, mark)
        session.commit()

    return give


OWN = (
    samples.a_session,
    samples.a_token,
    samples.a_goal,
    samples.an_undo,
    samples.an_import,
    samples.a_feed,
    samples.an_export,
    samples.a_password_link,
)


def _work_and_words(session, person, mark):
    """Add an attempt, and what mails, programs and failed sign-ins leave behind."""
    attempt = samples.an_attempt(session, person.user, "neutral").row
    attempt.answers, attempt.submitted_at = {"question": f"{mark}answer"}, datetime.now(UTC)
    attempt.score_points, attempt.max_points, attempt.score_hundredths = 1, 2, 5000
    samples.an_attempt(session, person.user, "neutral").row.answers = {"question": f"{mark}draft"}
    session.add_all(
        [
            IdempotencyKey(user_id=person.id, key=f"{mark}key", request_hash=b"x", status=201, body=f"{mark}body"),
            SignInFailure(account_hash=hash_secret(person.user.email), address="192.0.2.1"),
            ResetRequest(account_hash=hash_secret(person.user.email), email=person.user.email, address="192.0.2.1"),
            Consent(user_id=person.id, school_id=person.user.school_id, purpose=Purpose.NOTICE),
        ]
    )
    said = {"text": f"{mark}mail", "html": f"<p>{mark}mail</p>", "subject": f"{mark}subject"}
    queue_mail(
        session, Mail(key=f"{mark}occasion", kind="test", recipient=person.user.email, user_id=person.id, **said)
    )


@pytest.fixture
def settled(app):
    """Return a way to have all figures of days computed."""

    def settle():
        with app.app_context():
            while drain(db.session(), datetime.now(UTC)):
                db.session.commit()
            db.session.commit()

    return settle
