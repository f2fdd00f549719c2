"""What demo students study: subjects, their topics in the order of a school year, and kinds of work."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """A subject with its colour in the palette and what comes up in it, week after week."""

    name: str
    color: str
    topics: tuple[str, ...]


SUBJECTS = (
    Subject(
        "Maths",
        "blue",
        ("Fractions", "Linear equations", "Quadratics", "Geometry proofs", "Probability", "Vectors", "Statistics"),
    ),
    Subject(
        "Biology",
        "green",
        ("Cells", "Photosynthesis", "Genetics", "Ecosystems", "The nervous system", "Evolution", "Enzymes"),
    ),
    Subject(
        "History",
        "vermillion",
        ("The printing press", "Trade routes", "The steam engine", "Revolutions", "Migration", "The space race"),
    ),
    Subject(
        "English",
        "pink",
        ("Short stories", "Sonnets", "A play in three acts", "Persuasive writing", "Reading journal", "Debate"),
    ),
    Subject(
        "Physics",
        "sky",
        ("Motion", "Forces", "Energy", "Waves", "Electric circuits", "Light", "Pressure"),
    ),
    Subject(
        "Spanish",
        "orange",
        ("Greetings", "Past tense", "Food and markets", "Travel", "Directions", "Subjunctive", "Letters"),
    ),
    Subject(
        "Computer Science",
        "olive",
        ("Loops", "Lists", "Functions", "Sorting", "A small game", "Networks", "Databases"),
    ),
)
WORK = ("exercises", "read the chapter", "summary", "flash cards", "worksheet", "practice test", "project")
NOTES = (
    "Bring the questions to the lesson.",
    "Pages 34 to 41, then the box at the end.",
    "First draft only, corrections next week.",
    "Work with the group, one page each.",
)
ERRANDS = (
    "Return library books",
    "Ask about the field trip",
    "Tidy the folder",
    "Print the worksheet",
    "Pick a topic for the talk",
    "Sign up for the science fair",
)
