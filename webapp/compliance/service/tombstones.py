"""Remembering who was erased, in the database and beside it, so that no older backup brings them back."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.compliance.models import Tombstone
from webapp.compliance.rows import subject_hash
from webapp.db.base import table_of
from webapp.db.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    Stones = Mapping[bytes, datetime]

FILE: Final = "tombstones"


def write_down(home: Path, stones: Stones) -> None:
    """Add to the file beside the database, which restoring leaves alone; a line that is there twice does no harm."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{digest.hex()} {erased_at.isoformat()}\n" for digest, erased_at in sorted(stones.items()))
        file.flush()
        os.fsync(file.fileno())


def read_file(path: Path) -> dict[bytes, datetime]:
    """Return what a file of tombstones says; a last line that was cut off is no tombstone."""
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_text().splitlines():
        digest, _, instant = line.partition(" ")
        try:
            found[bytes.fromhex(digest)] = datetime.fromisoformat(instant)
        except ValueError:
            continue
    return found


def all_stones(session: Session) -> dict[bytes, datetime]:
    """Return every tombstone of the database."""
    return {row.subject_hash: row.erased_at for row in session.execute(select(*table_of(Tombstone).columns))}


def put_back(session: Session, stones: Stones) -> None:
    """Add tombstones that the database does not have."""
    rows = [{"subject_hash": digest, "erased_at": erased_at} for digest, erased_at in sorted(stones.items())]
    upsert(session, table_of(Tombstone), rows, keys=["subject_hash"], update=[])


def people_under(session: Session, stones: Stones) -> list[UUID]:
    """Return the people who are in the database though they were erased."""
    if not stones:
        return []
    return [user_id for user_id in session.scalars(select(User.id)) if subject_hash(user_id) in stones]
