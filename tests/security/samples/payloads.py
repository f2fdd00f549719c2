"""What to send so that an endpoint with a row in its address acts on it."""

from __future__ import annotations

from typing import Any

from tests.security.samples.base import SENT, TIMES
from webapp.xp.types import RulesInput

POINTS = dict.fromkeys(RulesInput.model_fields, "7")
PICTURE = (str(SENT / "picture.png"), "picture.png")
# What to send so that an endpoint with a row in its address succeeds; those not named here need nothing. UNIQUE
# stands for a text that nobody has sent before, STUDENT for the id of a student of the row's school, COURSE for that
# of a course which whoever asks may give to a class there.
PAYLOADS: dict[str, dict[str, Any]] = {
    "school_sign_in.save": {"issuer": "https://a.test", "client_id": "x"},
    "api_school_sign_in.set_sign_in": {"issuer": "https://a.test", "client_id": "x"},
    "health.change_rule": {"enabled": "true", "threshold": "90", "hold_minutes": "0", "severity": "critical"},
    "compliance.change_retention": {"grace_days": "7", "consent_months": "12"},
    "learning.change_course": {"title": "Another title"},
    "learning.publish_course": {"published": "true"},
    "learning.create_lesson": {"title": "A lesson"},
    "learning.change_lesson": {"title": "Another title"},
    "learning.add_image": {"title": "Another title", "image": PICTURE},
    "learning.note_position": {"position": "500"},
    "learning.create_quiz": {"title": "A quiz"},
    "learning.change_quiz": {"title": "Another title"},
    "learning.create_question": {"kind": "text", "text": "Why?", "answer": "Because"},
    "learning.change_question": {"kind": "text", "text": "How?", "answer": "So"},
    "learning.give_course": {"course_id": "COURSE"},
    "learning.take_course": {"course_id": "COURSE"},
    "api_learning.change_course": {"title": "Another title"},
    "api_learning.give_course": {"course_id": "COURSE"},
    "api_learning.take_course": {"course_id": "COURSE"},
    "api_learning.create_lesson": {"title": "A lesson"},
    "api_learning.change_lesson": {"title": "Another title"},
    "api_learning.set_progress": {"percent": 50},
    "api_learning.create_quiz": {"title": "A quiz"},
    "api_learning.change_quiz": {"title": "Another title"},
    "rosters.columns": {"email": "E-Mail"},
    "classes.change_class": {"name": "UNIQUE"},
    "classes.enrol": {"user_ids": ["STUDENT"]},
    "api_classes.change_class": {"name": "UNIQUE"},
    "api_classes.enrol": {"user_ids": ["STUDENT"]},
    "api_classes.change_enrolments": {"user_ids": ["STUDENT"], "outcome": "pass"},
    "api_classes.unenrol": {"user_ids": ["STUDENT"]},
    "rest.change_term": {"name": "UNIQUE", "starts_on": "2026-09-01", "ends_on": "2026-12-18"},
    "rest.change_holiday": {"name": "UNIQUE", "starts_on": "2026-10-19", "ends_on": "2026-10-30"},
    "goal_offers.offer": {"name": "UNIQUE", "target_type": "minutes", "target_value": "60", "time_period": "weekly"},
    "goals.change_goal": {"name": "Another name", "target_value": "90"},
    "api_goals.change_goal": {"name": "Another name"},
    "points.set_rules": POINTS,
    "api_points.set_rules": {name: int(worth) for name, worth in POINTS.items()},
    "admin.change_user": {"email": "ADDRESS", "role": "student"},
    "planner.change_category": {"name": "UNIQUE", "color": "green"},
    "planner.change_slot": TIMES,
    "planner.move_slot": TIMES,
    "planner.mark_slot": {"missed": "true"},
    "planner.change_task": {"title": "Another title"},
    "api_planner.change_category": {"name": "UNIQUE"},
    "api_planner.change_task": {"title": "Another title"},
    "api_planner.complete_task": {},
    "api_planner.change_slot": TIMES,
    "api_planner.create_slot": TIMES,
}
# The same for what stands behind the question mark of an address that is posted to.
QUERIES: dict[str, dict[str, Any]] = {
    "classes.enrol_again": {"user_ids": "STUDENT"},
    "learning.give_course_again": {"course_id": "COURSE"},
}
