"""The verbs of learning.

Each takes the session, the viewer and the input, changes state, and marks every local day of which a figure may
have changed, in the same transaction. None commits.
"""

from webapp.learning.service.attempts import (
    answer_quiz,
    begin_attempt,
    came_too_late,
    close_attempts,
    questions_of,
    save_answers,
    submit_attempt,
)
from webapp.learning.service.courses import (
    change_course,
    create_course,
    delete_course,
    give_to_class,
    restore_course,
    take_from_class,
)
from webapp.learning.service.images import add_image, delete_image, forget_images, markdown_of, restore_image
from webapp.learning.service.lessons import (
    change_lesson,
    create_lesson,
    delete_lesson,
    move_lesson,
    restore_lesson,
    shift_lesson,
)
from webapp.learning.service.material import import_course, read_archive, usable_pictures
from webapp.learning.service.progress import note_reading, set_progress
from webapp.learning.service.questions import (
    add_question,
    change_question,
    delete_question,
    move_question,
    restore_question,
)
from webapp.learning.service.quizzes import change_quiz, create_quiz, delete_quiz, restore_quiz

__all__ = [
    "add_image",
    "add_question",
    "answer_quiz",
    "begin_attempt",
    "came_too_late",
    "change_course",
    "change_lesson",
    "change_question",
    "change_quiz",
    "close_attempts",
    "create_course",
    "create_lesson",
    "create_quiz",
    "delete_course",
    "delete_image",
    "delete_lesson",
    "delete_question",
    "delete_quiz",
    "forget_images",
    "give_to_class",
    "import_course",
    "markdown_of",
    "move_lesson",
    "move_question",
    "note_reading",
    "questions_of",
    "read_archive",
    "restore_course",
    "restore_image",
    "restore_lesson",
    "restore_question",
    "restore_quiz",
    "save_answers",
    "set_progress",
    "shift_lesson",
    "submit_attempt",
    "take_from_class",
    "usable_pictures",
]
