"""A course as named files, and back; what one writes the other reads to the last character."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import ValidationError

from webapp.core.errors import FieldError, InvalidInputError
from webapp.learning import questions as judge
from webapp.learning.material.references import named_files, with_paths
from webapp.learning.material.types import CourseText, LessonText, PictureFile, QuizText
from webapp.learning.types import (
    MAXIMUM_IMAGES,
    MAXIMUM_LESSONS,
    MAXIMUM_QUIZZES,
    CourseInput,
    LessonInput,
    QuizInput,
)
from webapp.schools.types import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.core.inputs import Input

COURSE: Final = "course.md"
LESSONS, QUIZZES = "lessons", "quizzes"
PICTURES: Final = (".png", ".jpeg", ".jpg", ".webp", ".gif")
FIELD: Final = "archive"
_FENCE: Final = "---"
_LONGEST_SLUG: Final = 40
_NUMBER: Final = re.compile(r"^\d+-")
_HEADING: Final = re.compile(r"^# +(.+?)\s*$", re.MULTILINE)
_YES, _NO = frozenset({"yes", "true"}), frozenset({"no", "false"})

Model = TypeVar("Model", bound="Input")


# ------------------------------------------------------------------ as files


def files_of(course: CourseText) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a course, in order; pictures after the text of their lesson."""
    head = {"title": course.given.title, "published": course.given.published}
    yield COURSE, _page(head, course.given.description)
    stems = [f"{number:03d}-{slug(each.given.title)}" for number, each in enumerate(course.lessons, 1)]
    for stem, lesson in zip(stems, course.lessons, strict=True):
        yield from _lesson_files(stem, lesson)
    for number, quiz in enumerate(course.quizzes, 1):
        said = quiz.given.model_dump(mode="json", exclude={"lesson_id": True, "questions": {"__all__": {"id"}}})
        said["lesson"] = None if quiz.after is None else stems[quiz.after]
        name = f"{QUIZZES}/{number:03d}-{slug(quiz.given.title)}.json"
        yield name, (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def _lesson_files(stem: str, lesson: LessonText) -> Iterator[tuple[str, bytes]]:
    folder = stem
    while f"{folder}/" in lesson.given.body:  # a text may hold any words, these too
        folder += "-"
    paths = {
        picture.key: f"{folder}/{number:03d}-{picture.name}.{picture.kind}"
        for number, picture in enumerate(lesson.pictures, 1)
    }
    head = {"title": lesson.given.title, "published": lesson.given.published}
    yield f"{LESSONS}/{stem}.md", _page(head, with_paths(lesson.given.body, paths))
    for picture in lesson.pictures:
        yield f"{LESSONS}/{paths[picture.key]}", picture.content


def _page(head: dict[str, Any], body: str) -> bytes:
    lines = "".join(f"{name}: {_written(value)}\n" for name, value in head.items())
    return f"{_FENCE}\n{lines}{_FENCE}\n{body}".encode()


def _written(value: str | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if value.isprintable() and not value.startswith('"') else json.dumps(value)


def slug(title: str) -> str:
    """Return the part of a file's name that tells what it is about: small letters, digits and dashes."""
    return slug_of(f"x {title}")[1 : _LONGEST_SLUG + 1].strip("-") or "text"


# ------------------------------------------------------------------ from files


def course_of(files: dict[str, bytes]) -> CourseText:
    """Return the course that the files hold; InvalidInputError names what is wrong with which file."""
    lessons = sorted(name for name in files if name.startswith(f"{LESSONS}/") and name.count("/") == 1)
    lessons = [name for name in lessons if name.endswith(".md")]
    quizzes = sorted(name for name in files if name.startswith(f"{QUIZZES}/") and name.endswith(".json"))
    _refuse_strangers(files, {COURSE, *lessons, *quizzes})
    _refuse_too_many(lessons, quizzes, files)
    if COURSE not in files:
        raise _refusal(COURSE, "This file is missing. It tells the title of the course and what it is about.")
    head, description = _read_page(COURSE, files[COURSE])
    given = _valid(CourseInput, COURSE, {"title": "", **head, "description": description})
    stems = {name[len(LESSONS) + 1 : -len(".md")]: place for place, name in enumerate(lessons)}
    return CourseText(
        given,
        [_lesson(name, files) for name in lessons],
        [_quiz(name, files[name], stems) for name in quizzes],
    )


def _lesson(name: str, files: dict[str, bytes]) -> LessonText:
    head, body = _read_page(name, files[name])
    stem = name[: -len(".md")]
    heading = _HEADING.search(body)
    title = heading[1] if heading else _NUMBER.sub("", stem[len(LESSONS) + 1 :]).replace("-", " ")
    given = _valid(LessonInput, name, {"title": title, **head, "body": body})
    known = {path for path in files if path.lower().endswith(PICTURES)}
    beside = sorted(path for path in known if path.rsplit("/", 1)[0].rstrip("-") == stem.rstrip("-"))
    elsewhere = sorted(named_files(body, LESSONS, known) - set(beside))
    return LessonText(given, [_picture(path, files[path]) for path in (*beside, *elsewhere)])


def _picture(path: str, content: bytes) -> PictureFile:
    stem, _, kind = path.rsplit("/", 1)[-1].rpartition(".")
    return PictureFile(path, slug(_NUMBER.sub("", stem)), kind, content)


def _quiz(name: str, content: bytes, stems: dict[str, int]) -> QuizText:
    try:
        said = json.loads(_text(name, content))
    except (ValueError, RecursionError) as error:
        raise _refusal(name, "This is not JSON that can be read.") from error
    if not isinstance(said, dict) or "lesson_id" in said:
        raise _refusal(name, "Write an object with a title and questions.")
    after = said.pop("lesson", None)
    if after is not None and after not in stems:
        raise _refusal(name, "There is no lesson of this name in the archive.")
    given = _valid(QuizInput, name, said)
    try:
        judge.check(given.questions)
    except InvalidInputError as error:
        raise InvalidInputError([_named(name, each) for each in error.errors]) from error
    return QuizText(given, None if after is None else stems[after])


def _read_page(name: str, content: bytes) -> tuple[dict[str, Any], str]:
    """Return what stands between the fences at the top, and the text below."""
    text = _text(name, content)
    lines = text.split("\n")
    if lines[0].rstrip("\r") != _FENCE:
        return {}, text
    head: dict[str, Any] = {}
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip("\r") == _FENCE:
            return head, "\n".join(lines[number + 1 :])
        key, colon, value = line.rstrip("\r").partition(":")
        if not colon or key not in {"title", "published"} or key in head:
            raise _refusal(name, f"Line {number + 1} should say title: … or published: yes, once.")
        head[key] = _value(name, key, value.strip())
    raise _refusal(name, f"The lines at the top begin with {_FENCE} and do not end with it.")


def _value(name: str, key: str, value: str) -> str | bool:
    if key == "published":
        if value.lower() not in _YES | _NO:
            raise _refusal(name, "Say published: yes or published: no.")
        return value.lower() in _YES
    if not value.startswith('"'):
        return value
    try:
        said = json.loads(value)
    except ValueError as error:
        raise _refusal(name, "The title begins with a quotation mark and is no JSON text.") from error
    return str(said)


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8")
    except UnicodeDecodeError as error:
        raise _refusal(name, "This is not text in UTF-8.") from error


def _valid(model: type[Model], name: str, said: dict[str, Any]) -> Model:
    try:
        return model.model_validate_json(json.dumps(said))
    except (ValidationError, RecursionError) as error:
        found = error.errors(include_url=False, include_input=False) if isinstance(error, ValidationError) else []
        refused = [FieldError(".".join(map(str, item["loc"])), item["msg"]) for item in found]
        raise InvalidInputError([_named(name, each) for each in refused] or [_named(name, None)]) from error


def _named(name: str, error: FieldError | None) -> FieldError:
    return FieldError(FIELD, f"{name}, {error.field}: {error.message}" if error else f"{name} cannot be read.")


def _refusal(name: str, message: str) -> InvalidInputError:
    return InvalidInputError.of(FIELD, f"{name}: {message}")


def _refuse_strangers(files: dict[str, bytes], known: set[str]) -> None:
    for name in files:
        if name not in known and not name.lower().endswith(PICTURES):
            raise _refusal(name, "There is no place for this file in a course.")


def _refuse_too_many(lessons: Sequence[str], quizzes: Sequence[str], files: dict[str, bytes]) -> None:
    pictures = sum(name.lower().endswith(PICTURES) for name in files)
    counts = ((len(lessons), MAXIMUM_LESSONS, LESSONS), (len(quizzes), MAXIMUM_QUIZZES, QUIZZES))
    for count, most, what in (*counts, (pictures, MAXIMUM_IMAGES, "pictures")):
        if count > most:
            raise InvalidInputError.of(FIELD, f"There is room for {most:,} {what} in a course.")
