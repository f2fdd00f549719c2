"""How the text of a lesson names its pictures: by address here, by path in files."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ADDRESS: Final = "/lesson-images/"
_BEFORE, _AFTER = r"(?<=[(<\s])", r"(?=[)>\s]|\Z)"
_KEY: Final = re.compile(rf"{_BEFORE}{ADDRESS}([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}){_AFTER}")
_PATH: Final = re.compile(rf"{_BEFORE}([^\s()<>]{{1,200}}){_AFTER}")


def address_of(key: object) -> str:
    """Return where a picture is shown."""
    return f"{ADDRESS}{key}"


def with_paths(body: str, paths: Mapping[str, str]) -> str:
    """Return the text with paths in place of the addresses of known pictures, by their ids."""
    return _KEY.sub(lambda found: paths.get(found[1], found[0]), body)


def named_files(body: str, folder: str, known: Collection[str]) -> set[str]:
    """Return those of the known files that the text of a file in a folder names."""
    return {name for match in _PATH.finditer(body) if (name := _within(folder, match[1])) in known}


def with_addresses(body: str, folder: str, addresses: Mapping[str, str]) -> str:
    """Return the text of a file in a folder with addresses in place of the paths of known files, by their names."""
    return _PATH.sub(lambda found: addresses.get(_within(folder, found[1]), found[0]), body)


def _within(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))
