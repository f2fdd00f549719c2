"""What the demo courses say."""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class CourseText(NamedTuple):
    """A course: which classes take it (by the beginning of their name, or all), its lessons and its quizzes."""

    title: str
    description: str
    for_class: str
    lessons: tuple[tuple[str, str], ...]
    quizzes: tuple[tuple[str, int | None, tuple[dict[str, Any], ...]], ...]


def _one(text: str, right: str, *wrong: str, why: str = "") -> dict[str, Any]:
    choices = sorted([right, *wrong])
    return {"kind": "single", "text": text, "choices": choices, "answer": right, "explanation": why}


def _some(text: str, right: tuple[str, ...], *wrong: str, why: str = "") -> dict[str, Any]:
    choices = sorted([*right, *wrong])
    return {"kind": "multiple", "text": text, "choices": choices, "answer": list(right), "explanation": why}


def _number(text: str, right: str, tolerance: str = "0", why: str = "") -> dict[str, Any]:
    return {"kind": "number", "text": text, "answer": right, "tolerance": tolerance, "explanation": why}


def _words(text: str, *right: str, why: str = "") -> dict[str, Any]:
    return {"kind": "text", "text": text, "answer": list(right), "explanation": why}


STUDY_SKILLS: Final = CourseText(
    "Study skills",
    "How to plan a week, how to read so that it stays, and how to find out what you know.",
    "",
    (
        (
            "Planning a week",
            (
                "Put the fixed things in first: lessons, training, dinner. What is left is **yours to plan**.\n\n"
                "## Three rules\n\n1. Short and often beats long and late.\n2. A slot has one task.\n"
                "3. Leave one evening free, because something always comes up.\n\n"
                "> A plan is a guess. Change it as soon as you know better."
            ),
        ),
        (
            "Reading so that it stays",
            (
                "Read a page, close the book, and say aloud what it said. What you cannot say, read again.\n\n"
                "| way | what stays after a week |\n| --- | --- |\n| reading twice | a little |\n| "
                "reading once, then recalling "
                "| much more |\n\nMarking a text in four colours feels like work. *Recalling* is work."
            ),
        ),
        (
            "Testing yourself",
            (
                "A test is not only for teachers. Answering from memory makes the memory stronger.\n\n"
                "- Write three questions at the end of each lesson.\n- Answer them the next day.\n- Keep the hard ones."
            ),
        ),
        (
            "Spacing it out",
            (
                "The same hour is worth more in four parts on four days. Begin early, come back, "
                "and let some forgetting "
                "happen in between: remembering again is the exercise."
            ),
        ),
    ),
    (
        (
            "What works",
            None,
            (
                _one(
                    "What helps most to remember a text?",
                    "Closing the book and recalling it",
                    "Reading it twice",
                    "Copying it out",
                    why="Recalling is what makes memory stronger.",
                ),
                _some(
                    "Which belong to a good plan?",
                    ("One task in each slot", "A free evening"),
                    "All of Sunday",
                    "No breaks",
                ),
                _number("Into how many parts would the lesson on spacing cut an hour?", "4"),
                _words(
                    "What is a plan, in one word?",
                    "guess",
                    "a guess",
                    why="And it may be changed when you know better.",
                ),
            ),
        ),
    ),
)
QUADRATICS: Final = CourseText(
    "Mathematics: quadratics",
    "From the first parabola to the formula that solves them all.",
    "Mathematics",
    (
        (
            "What a parabola is",
            (
                "Throw a ball, and its path is a parabola. Its equation has a square in it: `y = x² − 4x + 3`.\n\n"
                "## Where it crosses\n\nWhere `y` is 0 the curve crosses the axis. Those places are the *roots*."
            ),
        ),
        (
            "Factorising",
            (
                "`x² − 4x + 3` is `(x − 1)(x − 3)`. A product is 0 when one of its factors is, so "
                "the roots are 1 and 3.\n\n"
                "1. Look for two numbers whose product is 3.\n2. Their sum must be −4.\n3. They are −1 and −3."
            ),
        ),
        (
            "Completing the square",
            "`x² + 6x` is nearly `(x + 3)²`, only 9 too little. So `x² + 6x + 5 = (x + 3)² − 4`.",
        ),
        (
            "The formula",
            (
                "For `ax² + bx + c = 0`:\n\n```\nx = (−b ± √(b² − 4ac)) / 2a\n```\n\nThe number "
                "under the root tells how many "
                "solutions there are."
            ),
        ),
    ),
    (
        (
            "Roots",
            20,
            (
                _number("What is the larger root of x² − 4x + 3?", "3"),
                _one(
                    "How many roots has x² + 1?",
                    "None",
                    "One",
                    "Two",
                    why="Under the square root stands −4, which no real number squares to.",
                ),
                _number("√2, to two decimals?", "1.41", "0.005"),
            ),
        ),
        (
            "Ways to solve",
            None,
            (
                _words("What are the places called where a parabola crosses the axis?", "roots", "the roots", "zeros"),
                _some("Which are factors of x² − 4x + 3?", ("x − 1", "x − 3"), "x + 1", "x + 3"),
            ),
        ),
    ),
)
CELLS: Final = CourseText(
    "Biology: cells",
    "The smallest things that live, and what goes on inside them.",
    "Biology",
    (
        (
            "Seeing cells",
            (
                "Most cells are smaller than the width of a hair. With a microscope you see a wall, "
                "a **nucleus**, and much "
                "that moves."
            ),
        ),
        (
            "Parts of a cell",
            (
                "| part | what it does |\n| --- | --- |\n| nucleus | keeps the plans |\n| "
                "mitochondria | release energy |\n"
                "| membrane | decides what comes in |\n\nPlant cells have a *cell wall* and *chloroplasts* besides."
            ),
        ),
        ("Dividing", "One cell becomes two: first the plans are copied, then they move apart, then the cell divides."),
    ),
    (
        (
            "Parts of a cell",
            None,
            (
                _words("Which part keeps the plans?", "nucleus", "the nucleus"),
                _some(
                    "What do plant cells have that ours do not?", ("Cell wall", "Chloroplasts"), "Membrane", "Nucleus"
                ),
                _one("What releases energy?", "Mitochondria", "Membrane", "Nucleus"),
                _number("One cell divides three times. How many are there?", "8", why="Two, four, eight."),
            ),
        ),
    ),
)
COURSES: Final = (STUDY_SKILLS, QUADRATICS, CELLS)
