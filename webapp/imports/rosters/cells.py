"""What single cells of a roster mean. Every refusal names the column and says why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from webapp.accounts.types import ADDRESS, LONGEST_ADDRESS, LONGEST_NAME
from webapp.core.permissions import Role
from webapp.imports.rosters.models import LONGEST_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nobody becomes an admin by a roster; those who look after more than one school stay out.
ROLES: Final = {
    "administrator": Role.MANAGER,
    "siteadministrator": Role.MANAGER,
    "principal": Role.MANAGER,
    "manager": Role.MANAGER,
    "teacher": Role.TEACHER,
    "student": Role.STUDENT,
}
TRUE: Final = frozenset({"", "true", "1", "yes", "y"})
FALSE: Final = frozenset({"false", "0", "no", "n"})
ACTIVE: Final = frozenset({"", "active"})
GOING: Final = frozenset({"tobedeleted", "inactive"})


class CellError(ValueError):
    """A cell cannot be used."""

    def __init__(self, field: str, reason: str) -> None:
        """Keep which column it is of."""
        super().__init__(reason)
        self.field = field
        self.reason = reason


class Cells:
    """The cells of one row, by the names that a format gives its columns."""

    def __init__(self, row: Mapping[str, str]) -> None:
        """Keep the row; its names are in small letters."""
        self._row = row

    def text(self, field: str) -> str:
        """Return a cell, empty where it is blank or there is no such column."""
        return self._row.get(field.casefold(), "")

    def key(self, field: str) -> str:
        """Return an id of the source's, which must be there."""
        found = self.text(field)
        if not found:
            raise CellError(field, "This is needed.")
        if len(found) > LONGEST_KEY:
            raise CellError(field, f"An id may have {LONGEST_KEY} characters.")
        return found

    def keys(self, field: str) -> list[str]:
        """Return a list, in which ids stand apart by commas."""
        return [part.strip() for part in self.text(field).split(",") if part.strip()]

    def first_key(self, field: str) -> str | None:
        """Return the first of a list of ids; None where there is none."""
        found = next(iter(self.keys(field)), None)
        if found is not None and len(found) > LONGEST_KEY:
            raise CellError(field, f"An id may have {LONGEST_KEY} characters.")
        return found

    def name(self, *fields: str) -> str:
        """Return the first of these that is not blank, as long as names may be."""
        found = next((text for field in fields if (text := " ".join(self.text(field).split()))), "")
        if len(found) > LONGEST_NAME:
            raise CellError(fields[0], f"A name may have {LONGEST_NAME} characters.")
        return found

    def email(self, *fields: str) -> str | None:
        """Return the first of these that is a mail address, in small letters; None where all are blank."""
        given = [(field, self.text(field)) for field in fields if self.text(field)]
        for _, text in given:
            if ADDRESS.fullmatch(text) and len(text) <= LONGEST_ADDRESS:
                return text.lower()
        if self.text(fields[0]):
            raise CellError(fields[0], "This is not a mail address.")
        return None

    def role(self, field: str) -> str:
        """Return the role here for one of a roster's."""
        found = ROLES.get(self.text(field).casefold())
        if found is None:
            raise CellError(field, f"There is no place here for the role “{self.text(field)[:40]}”.")
        return found.value

    def flag(self, field: str) -> bool:
        """Return a truth value; blank means true."""
        found = self.text(field).casefold()
        if found not in TRUE | FALSE:
            raise CellError(field, "Write true or false.")
        return found in TRUE

    def going(self, field: str = "status") -> bool:
        """Return whether the row says that the thing is no more."""
        found = self.text(field).casefold()
        if found not in ACTIVE | GOING:
            raise CellError(field, "Write active or tobedeleted.")
        return found in GOING

    def day(self, field: str) -> date | None:
        """Return a date in ISO form; None where it is blank."""
        found = self.text(field)
        if not found:
            return None
        try:
            return date.fromisoformat(found[:10])
        except ValueError:
            raise CellError(field, "Write a date like 2026-09-01.") from None

    def days(self, first: str, last: str) -> tuple[date | None, date | None]:
        """Return two dates, in order."""
        begins, ends = self.day(first), self.day(last)
        if begins and ends and ends < begins:
            raise CellError(last, "The last date is before the first.")
        return begins, ends
