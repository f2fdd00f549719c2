"""Courses as zip files: what goes out comes in again to the last character; what is wrong does not come in at all."""

from __future__ import annotations

import io
import json
import random
import stat
import zipfile

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.learning.school import ALL_KINDS
from webapp.core.errors import InvalidInputError
from webapp.learning import queries, service
from webapp.learning.jobs import images_folder
from webapp.learning.material import archive
from webapp.learning.material.texts import course_of, files_of
from webapp.learning.models import Course, Lesson, LessonImage, Question, Quiz
from webapp.learning.pictures import encoded_anew
from webapp.learning.types import CourseInput, LessonInput, QuestionInput, QuizInput

PIECES = (
    *(
        "---",
        "\n---\n",
        "title: x",
        "# A heading",
        "\r\n",
        "![a](b.png)",
        "äöü 数学",
        '"quoted"',
        " ",
        "\t",
        "\ufeff",
        "|",
    ),
    *("001-a/001-a.png", "](001-a/", "/lesson-images/", "\u2028", "<b>", "\\", "published: yes", "a" * 300, "\n\n"),
)


def picture(dice: random.Random, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (dice.randrange(1, 40), 9), (dice.randrange(256), 5, 90)).save(file, kind)
    return file.getvalue()


def words(dice: random.Random, least: int = 0) -> str:
    return "".join(dice.choice(PIECES) for _ in range(dice.randrange(least, 8)))


def title(dice: random.Random) -> str:
    return f"{words(dice)[:90]}x{dice.randrange(9)}".strip()


def a_course(session, cast, folder, seed: int) -> Course:
    """Make a course of any content."""
    dice, viewer = random.Random(seed), cast.teacher.viewer
    given = CourseInput(title=title(dice), description=words(dice), published=dice.random() < 0.5)
    course = service.create_course(session, viewer, given)
    lessons = []
    for _ in range(dice.randrange(4)):
        made = service.create_lesson(session, viewer, course.id, LessonInput(title=title(dice), body=words(dice)))
        for _ in range(dice.randrange(3)):
            kept = service.add_image(session, viewer, made.id, folder, f"{title(dice)}.png", _drawn(dice))
            made.body += dice.choice(["", f"\n{service.markdown_of(kept)}\n", f"\n[x]: /lesson-images/{kept.id}"])
        lessons.append(made.id)
    for _ in range(dice.randrange(3)):
        asked = [QuestionInput.model_validate(one, strict=False) for one in dice.sample(ALL_KINDS, dice.randrange(4))]
        after = dice.choice([None, *lessons])
        service.create_quiz(session, viewer, course.id, QuizInput(title=title(dice), lesson_id=after, questions=asked))
    session.flush()
    return course


def _drawn(dice):
    return encoded_anew(picture(dice, dice.choice(["PNG", "JPEG"])))


def zipped(session, cast, course_id, folder) -> bytes:
    return archive.written(files_of(queries.course_text(session, cast.teacher.viewer, course_id, folder)))


def brought_in(session, cast, content: bytes, folder) -> Course:
    text = service.read_archive(content)
    pictures = service.usable_pictures(session, text, folder)
    return service.import_course(session, cast.teacher.viewer, text, pictures, folder)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # what differs between databases is tried below
def test_what_goes_out_comes_in_again(seed, session, cast, tmp_path):
    course = a_course(session, cast, tmp_path, seed)
    out = zipped(session, cast, course.id, tmp_path)
    again = brought_in(session, cast, out, tmp_path)
    assert zipped(session, cast, again.id, tmp_path) == out
    assert (again.title, again.description, again.published) == (course.title, course.description, course.published)
    old, new = (
        session.scalars(select(Lesson).where(Lesson.course_id == each.id).order_by(Lesson.position)).all()
        for each in (course, again)
    )
    assert [(each.title, _without_ids(session, each)) for each in old] == [
        (each.title, _without_ids(session, each)) for each in new
    ]


def _without_ids(session, lesson) -> str:
    body = lesson.body
    for image in session.scalars(select(LessonImage).where(LessonImage.lesson_id == lesson.id)):
        body = body.replace(str(image.id), f"{image.name} {image.digest}")
    return body


def upload(client, token, content: bytes, **more):
    sent = {"csrf_token": token, "archive": (io.BytesIO(content), "course.zip"), **more}
    return client.post("/courses/import", data=sent, content_type="multipart/form-data", follow_redirects=True)


def by_hand(**files: bytes | str) -> bytes:
    given = {"course.md": "---\ntitle: Rivers\n---\nAll about rivers.", **files}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zip_file:
        for name, content in given.items():
            zip_file.writestr(f"rivers/{name}", content)
    return made.getvalue()


def test_a_course_written_by_hand(session, cast, app, as_, csrf):
    drawn = picture(random.Random(1))
    quiz = {"title": "Check", "lesson": "1-source", "questions": [ALL_KINDS[0]]}
    content = by_hand(
        **{
            "lessons/1-source.md": "# The source\n\n![Map](../pictures/map.png) and ![no](none.png)",
            "pictures/map.png": drawn,
            "quizzes/check.json": json.dumps(quiz),
            "__MACOSX/._x": b"\0",
        }
    )
    client = as_(cast.teacher)
    page = upload(client, csrf(client), content)
    assert "<title>Rivers" in page.text
    session.rollback()
    lesson = session.scalars(select(Lesson)).one()
    image = session.scalars(select(LessonImage)).one()
    assert (lesson.title, lesson.published) == ("The source", False)
    assert lesson.body.endswith(f"![Map](/lesson-images/{image.id}) and ![no](none.png)")
    assert session.scalars(select(Quiz)).one().lesson_id == lesson.id
    assert session.scalar(select(func.count()).select_from(Question)) == 1
    shown = client.get(f"/lesson-images/{image.id}", buffered=True)
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert Image.open(io.BytesIO(shown.data)).size == Image.open(io.BytesIO(drawn)).size
    course = session.scalars(select(Course)).one()
    sent = client.get(f"/courses/{course.id}/export", buffered=True)
    assert sent.mimetype == "application/zip"
    assert "lessons/001-the-source/001-map.png" in archive.read(sent.data)
    assert as_(cast.student).get(f"/courses/{course.id}/export").status_code == 403
    assert as_(cast.other_teacher).get(f"/courses/{course.id}/export").status_code == 404


def _entry(name: str, mode: int = 0o644, content: str = "x") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zip_file:
        zip_file.writestr("course.md", "---\ntitle: T\n---\n")
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        zip_file.writestr(entry, content)
    return made.getvalue()


def _many() -> bytes:
    return by_hand(**{f"lessons/{number}.md": "x" for number in range(2_100)})


def _deflated_bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zip_file:
        for number in range(30):
            zip_file.writestr(f"lessons/{number}.md", b"\0" * 9_900_000)
    return made.getvalue()


def _lying() -> bytes:
    """Return an archive that says of a file that it is small, and unpacks to much more."""
    content = bytearray(_entry("lessons/1.md", content="a" * 5_000_000))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.rindex(mark)
        content[start + place : start + place + 4] = (10).to_bytes(4, "little")
    return bytes(content)


HOSTILE = {
    "no zip": (lambda: b"hello", "no zip file"),
    "cut off": (lambda: by_hand()[:-20], "no zip file"),
    "empty": (lambda: by_hand()[:0], "no zip file"),
    "large": (lambda: b"PK" + b"\0" * 20_000_001, "larger than"),
    "bomb": (_deflated_bomb, "more than is taken"),
    "lying": (_lying, "no zip file"),
    "many": (_many, "more than 2,000"),
    "up": (lambda: _entry("../../etc/passwd"), "outside"),
    "absolute": (lambda: _entry("/etc/passwd"), "outside"),
    "drive": (lambda: _entry("C:/x.md"), "cannot be"),
    "backslash": (lambda: _entry("lessons\\..\\x.md"), "cannot be"),
    "link": (lambda: _entry("lessons/1.md", stat.S_IFLNK | 0o777), "packed in a way"),
    "twice": (lambda: _entry("COURSE.md"), "twice"),
    "stranger": (lambda: _entry("evil.exe"), "no place"),
    "no course": (lambda: _entry("x.png").replace(b"course.md", b"x/1234.md"), "no place"),
    "encoding": (lambda: by_hand(**{"lessons/1.md": b"\xff\xfe"}), "lessons/1.md: This is not text in UTF-8"),
    "NUL": (lambda: by_hand(**{"lessons/1.md": "a\0b"}), "lessons/1.md"),
    "no end": (lambda: by_hand(**{"lessons/1.md": "---\ntitle: x"}), "do not end"),
    "other key": (lambda: by_hand(**{"lessons/1.md": "---\nowner: x\n---\n"}), "Line 2"),
    "long": (lambda: by_hand(**{"lessons/1.md": "a" * 200_001}), "lessons/1.md, body"),
    "no title": (lambda: by_hand(**{"course.md": "Nothing"}), "course.md, title"),
    "no picture": (lambda: by_hand(**{"lessons/1.md": "![x](x.png)", "lessons/x.png": b"GIF8"}), "lessons/x.png"),
    "no json": (lambda: by_hand(**{"quizzes/1.json": "[" * 100_000}), "quizzes/1.json"),
    "no question": (
        lambda: by_hand(
            **{"quizzes/1.json": json.dumps({"title": "x", "questions": [{"kind": "single", "text": "y"}]})}
        ),
        "questions.0.choices",
    ),
    "no lesson": (lambda: by_hand(**{"quizzes/1.json": json.dumps({"title": "x", "lesson": "9"})}), "no lesson"),
}


@pytest.mark.parametrize("fault", HOSTILE)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # refused before any database is asked
def test_what_is_wrong_is_refused_with_its_reason_and_nothing_comes_in(fault, session, cast, as_, csrf):
    made, reason = HOSTILE[fault]
    client = as_(cast.teacher)
    answer = upload(client, csrf(client), made())
    assert answer.status_code == 422, answer.text
    assert reason in answer.text
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Course)) == 0


def test_when_the_last_quiz_fails_nothing_of_the_course_stands(session, cast, as_, csrf, monkeypatch):
    def refuse(*_given):
        raise InvalidInputError.of("title", "No more.")

    monkeypatch.setattr("webapp.learning.service.material.create_quiz", refuse)
    client = as_(cast.teacher)
    content = by_hand(**{"lessons/1.md": "x", "quizzes/1.json": json.dumps({"title": "x"})})
    assert upload(client, csrf(client), content).status_code == 422
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Course)) == 0
    assert session.scalar(select(func.count()).select_from(Lesson)) == 0


def test_the_files_of_a_course_read_back_without_a_database():
    files = {"course.md": b"---\ntitle: A\npublished: YES\n---\nB", "lessons/02-the-end.md": b"Text"}
    text = course_of(files)
    assert (text.given.title, text.given.published, text.given.description) == ("A", True, "B")
    assert text.lessons[0].given.title == "the end"


def test_images_of_a_home_are_in_a_folder_of_their_own(app):
    with app.app_context():
        assert images_folder().name == "lesson-images"
