"""The frame of a command that writes: one commit, and refusals in words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from webapp.core.errors import DomainError, InvalidInputError
from webapp.extensions import db

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def one_transaction() -> Iterator[None]:
    """Commit what the block wrote, or roll it back and end the command with the refusal's own words."""
    with refusals_in_words():
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """End the command with a refusal's own words; for those with transactions of their own."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(_words(error)) from error


def _words(error: DomainError) -> str:
    if isinstance(error, InvalidInputError):
        return " ".join(f"{found.field}: {found.message}" for found in error.errors)
    return error.detail
