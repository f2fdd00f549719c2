"""A sense of proportion: files, functions and templates that fit on a screen or two."""

from __future__ import annotations

import pytest

from tests.architecture.source import ROOT, TEMPLATES, functions, modules

LONGEST_FILE = 350
LONGEST_FUNCTION = 50
LONGEST_TEMPLATE = 150
LONGEST_MACROS = 200  # a file of many short ones, with a page of examples on top
MEDIAN_FUNCTION = 10


def lengths():
    return sorted(
        (node.end_lineno - node.lineno + 1, f"{module.shown}:{node.lineno} {node.name}")
        for module in modules()
        for node in functions(module.tree)
    )


def test_files_are_short():
    counted = ((len(module.path.read_text().splitlines()), module.shown) for module in modules())
    assert [line for line in counted if line[0] > LONGEST_FILE] == []


def test_functions_are_short():
    assert [line for line in lengths() if line[0] > LONGEST_FUNCTION] == []


def test_most_are_very_short():
    every = lengths()
    assert every[len(every) // 2][0] <= MEDIAN_FUNCTION


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_are_short(path):
    longest = LONGEST_MACROS if path.parent.name == "macros" else LONGEST_TEMPLATE
    assert len(path.read_text().splitlines()) <= longest


def test_no_note_to_self_is_left():
    marks = tuple("".join(parts) for parts in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("NOT", " YET")))
    folders = ("webapp", "templates", "static/js", "static/css", "migrations", "scripts", "bench", "docs")
    files = (path for folder in folders for path in (ROOT / folder).rglob("*.*") if path.suffix in KINDS)
    assert [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(mark in line for mark in marks)
    ] == []


KINDS = {".py", ".html", ".js", ".mjs", ".css", ".md"}
