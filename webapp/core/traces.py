"""What may be kept of an error: its kinds and the lines of code that it passed, never what it said.

Messages of errors hold what people typed: values that a database refused, addresses, names. Code holds none.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_TRACE: Final = 8_000
LONGEST_PROBLEM: Final = 200
MOST_ERRORS: Final = 5
# Where our code and that of libraries begins, so that no folder of a machine is named.
ROOTS: Final = ("/site-packages/", "/webapp/", "/tests/", "/lib/")


def problem_of(error: BaseException) -> str:
    """Return the kinds of an error and of those that led to it, the last one first."""
    kinds = [type(each).__name__ for each in _chain(error)]
    return " after ".join(kinds)[:LONGEST_PROBLEM]


def trace_of(error: BaseException) -> str:
    """Return the lines of code that an error and those that led to it passed, the outermost first."""
    parts = ["\n".join([type(each).__name__, *_lines(each)]) for each in _chain(error)]
    return "\nafter ".join(parts)[:LONGEST_TRACE]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it, some of them at most."""
    found: BaseException | None = error
    for _ in range(MOST_ERRORS):
        if found is None:
            return
        yield found
        hidden = found.__suppress_context__
        found = found.__cause__ or (None if hidden else found.__context__)


def _lines(error: BaseException) -> list[str]:
    return [
        f"  {_short(frame.filename)}:{frame.lineno} {frame.name}: {frame.line or ''}".rstrip()
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def _short(file: str) -> str:
    for root in ROOTS:
        _, found, rest = file.rpartition(root)
        if found:
            return rest if root == ROOTS[0] else root.removeprefix("/") + rest
    return file.rpartition("/")[2]
