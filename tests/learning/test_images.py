"""Pictures of lessons: what is taken, what remains of it, and who sees it."""

from __future__ import annotations

import io
import os
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select, update

from webapp.core import clock
from webapp.jobs.wrapper import run
from webapp.learning.jobs import images_folder
from webapp.learning.models import Lesson, LessonImage
from webapp.learning.pictures import LONGEST_SIDE, UnusablePictureError, encoded_anew


def drawn(kind: str = "PNG", mode: str = "RGB", size=(30, 20), **more) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **more)
    return file.getvalue()


def with_secrets() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "SECRET place"
    return drawn("JPEG", exif=exif, comment=b"SECRET") + b"<script>SECRET</script>"


@pytest.mark.parametrize(
    ("given", "kind", "size"),
    [
        (drawn("PNG", "RGBA"), "png", (30, 20)),
        (drawn("PNG", "1"), "png", (30, 20)),
        (drawn("GIF", "P"), "png", (30, 20)),
        (drawn("WEBP"), "jpeg", (30, 20)),
        (drawn("JPEG", "CMYK"), "jpeg", (30, 20)),
        (drawn("JPEG", size=(4000, 1000)), "jpeg", (LONGEST_SIDE, 400)),
        (with_secrets(), "jpeg", (20, 30)),
    ],
)
def test_nothing_but_what_is_seen_remains(given, kind, size):
    kept = encoded_anew(given)
    assert (kept.kind, (kept.width, kept.height)) == (kind, size)
    assert b"SECRET" not in kept.content
    again = Image.open(io.BytesIO(kept.content))
    assert (again.size, dict(again.getexif())) == (size, {})


def bomb() -> bytes:
    return drawn("PNG", "1", (20_000, 20_000))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (drawn("BMP"), "no picture"),
        (drawn("TIFF"), "no picture"),
        (drawn("PNG")[:40], "no picture"),
        (drawn("JPEG", size=(300, 300))[:200], "no picture"),
        (bomb(), "million pixels"),
        (drawn("PNG", "1", (6_000, 5_000)), "million pixels"),
        (b"\x89PNG" + b"\0" * 10_000_000, "larger than"),
    ],
)
def test_what_is_no_usable_picture_is_refused(given, words):
    with pytest.raises(UnusablePictureError, match=words):
        encoded_anew(given)


def add(client, csrf, lesson_id, content: bytes, **more):
    form = {"csrf_token": csrf(client), "title": "New title", "body": "New text", "published": "true", **more}
    form["image"] = (io.BytesIO(content), "../My Map.PNG")
    return client.post(f"/lessons/{lesson_id}/images", data=form, content_type="multipart/form-data")


@pytest.fixture
def shown(room, cast, as_, csrf, session) -> LessonImage:
    """Return a picture that the teacher has put into the lesson."""
    assert add(as_(cast.teacher), csrf, room.lesson.id, drawn()).status_code == 303
    session.rollback()
    return session.scalars(select(LessonImage)).one()


def test_a_picture_is_added_with_what_was_typed_and_shown_in_the_lesson(shown, room, cast, as_, session):
    session.expire_all()
    lesson = session.get(Lesson, room.lesson.id)
    assert (lesson.title, lesson.body) == ("New title", f"New text\n\n![my-map](/lesson-images/{shown.id})\n")
    client = as_(cast.student)
    assert f'<img src="/lesson-images/{shown.id}" alt="my-map">' in client.get(f"/lessons/{lesson.id}").text
    answer = client.get(f"/lesson-images/{shown.id}", buffered=True)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    again = client.get(f"/lesson-images/{shown.id}", headers={"If-None-Match": answer.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_only_those_who_may_read_the_lesson_see_its_pictures(shown, room, cast, as_, client, session):
    address = f"/lesson-images/{shown.id}"
    assert as_(cast.other_teacher).get(address).status_code == 404
    assert as_(cast.other_student).get(address).status_code == 404
    assert client.get(address).status_code in {302, 303, 401}
    session.execute(update(Lesson).values(published=False))
    session.commit()
    assert as_(cast.student).get(address).status_code == 404
    assert as_(cast.teacher).get(address, buffered=True).status_code == 200


def test_a_refused_picture_leaves_the_lesson_as_it_was_and_keeps_what_was_typed(room, cast, as_, csrf, session):
    for content, words in ((b"no picture", "no picture that can be read"), (bomb(), "million pixels")):
        answer = add(as_(cast.teacher), csrf, room.lesson.id, content)
        assert answer.status_code == 422
        assert words in answer.text
        assert "New text</textarea>" in answer.text
    assert add(as_(cast.other_teacher), csrf, room.lesson.id, drawn()).status_code == 404
    assert add(as_(cast.student), csrf, room.lesson.id, drawn()).status_code == 403
    session.rollback()
    assert session.get(Lesson, room.lesson.id).title == "Counting"
    assert session.scalars(select(LessonImage)).all() == []


def test_a_deleted_picture_comes_back_within_a_day_and_is_gone_for_good_after(shown, cast, as_, csrf, app, session):
    client = as_(cast.teacher)
    form = {"csrf_token": csrf(client)}
    assert client.post(f"/lesson-images/{shown.id}/delete", data=form).status_code == 303
    assert client.get(f"/lesson-images/{shown.id}").status_code == 404
    assert client.post(f"/lesson-images/{shown.id}/restore", data=form).status_code == 303
    assert client.get(f"/lesson-images/{shown.id}", buffered=True).status_code == 200
    client.post(f"/lesson-images/{shown.id}/delete", data=form)
    session.rollback()
    session.execute(update(LessonImage).values(deleted_at=clock.now() - timedelta(days=2)))
    session.commit()
    with app.app_context():
        path = images_folder() / shown.file_name
    assert path.is_file()
    os.utime(path, (0, 0))
    assert run(app, "webapp.learning.jobs.forget_images") == 1
    assert not path.exists()
