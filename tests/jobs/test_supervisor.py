"""What the supervisor tells when everything runs."""

from __future__ import annotations

import pytest

from webapp.config import Settings
from webapp.jobs.supervisor import welcome


@pytest.mark.parametrize(
    ("demo", "found", "told", "untold"),
    [
        (True, {"people": True, "demo": True}, "student@demo.test", "Nobody has an account"),
        (False, {"people": True, "demo": True}, "http://127.0.0.1:8000", "demo.test"),
        (True, {"people": True, "demo": False}, "http://127.0.0.1:8000", "demo.test"),
        (True, {"people": False, "demo": False}, "Nobody has an account yet", "demo.test"),
    ],
)
def test_sign_ins_are_told_where_they_work(tmp_path, demo, found, told, untold):
    words = welcome(Settings(milepost_home=tmp_path, demo=demo), 8000, found, seconds=1.2)
    assert told in words
    assert untold not in words
    assert "1.2 s" in words
