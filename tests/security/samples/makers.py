"""What can stand in an address, by the name of the parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.security.samples.learning import a_course, a_lesson, a_question, a_quiz, an_attempt, an_image
from tests.security.samples.people import (
    a_class,
    a_holiday,
    a_password_link,
    a_person,
    a_pupil,
    a_roster,
    a_school,
    a_school_slug,
    a_session,
    a_spare_school,
    a_term,
    a_token,
    an_enrolment,
    an_identity,
)
from tests.security.samples.planning import (
    a_category,
    a_feed,
    a_feed_secret,
    a_goal,
    a_slot,
    a_task,
    a_window,
    an_import,
    an_offer,
    an_undo,
)
from tests.security.samples.records import (
    a_certificate,
    a_data_file,
    a_data_request,
    a_job,
    a_report_token,
    a_run,
    a_static_file,
    an_alert,
    an_alert_rule,
    an_event,
    an_export,
    an_unsubscribe_token,
)

if TYPE_CHECKING:
    from tests.security.samples.base import Maker

# By the name of the parameter in the address.
MAKERS: dict[str, Maker] = {
    "alert_id": an_alert,
    "any_school_id": a_spare_school,
    "certificate_id": a_certificate,
    "data_file_id": a_data_file,
    "request_id": a_data_request,
    "attempt_id": an_attempt,
    "course_id": a_course,
    "image_id": an_image,
    "lesson_id": a_lesson,
    "question_id": a_question,
    "quiz_id": a_quiz,
    "category_id": a_category,
    "class_id": a_class,
    "enrolment_id": an_enrolment,
    "holiday_id": a_holiday,
    "identity_id": an_identity,
    "term_id": a_term,
    "event_id": an_event,
    "export_id": an_export,
    "feed_id": a_feed,
    "filename": a_static_file,
    "goal_id": a_goal,
    "import_id": an_import,
    "offer_id": an_offer,
    "job_name": a_job,
    "report_token": a_report_token,
    "roster_id": a_roster,
    "rule_key": an_alert_rule,
    "run_id": a_run,
    "link_secret": a_password_link,
    "secret": a_feed_secret,
    "school_id": a_school,
    "school_slug": a_school_slug,
    "session_id": a_session,
    "slot_id": a_slot,
    "student_id": a_pupil,
    "task_id": a_task,
    "token_id": a_token,
    "undo_id": an_undo,
    "user_id": a_person,
    "unsubscribe_token": an_unsubscribe_token,
    "window_id": a_window,
}
NOT_IDS = {
    "school_slug": ("no-such-school", "%00"),
    "filename": ("no/such/file.css", "..%2f..%2fwsgi.py"),
    "secret": ("x" * 43, "%00"),
    "link_secret": ("x" * 43, "%00"),
    "unsubscribe_token": ("x" * 52, "%00"),
    "report_token": ("x" * 48, "%00"),
    "job_name": ("no-such-job", "%00"),
    "rule_key": ("no-such-rule", "no/such"),
}
