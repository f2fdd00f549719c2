"""The flags that the code asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from webapp.core.inputs import Input


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that can be switched: how it is called, what it does, and for how many in a hundred it is on unsaid."""

    name: str
    title: str
    words: str
    usual: int = 100


FLAGS = {
    flag.name: flag
    for flag in (
        Flag("leaderboards", "Leaderboards", "Standings by points, where a school or class has not turned them off."),
        Flag(
            "school_sign_in",
            "Sign-in with the school’s account",
            "A button on the sign-in page, once it is set up. Any number above 0 shows it: nobody is known there yet.",
        ),
        Flag(
            "second_factor",
            "Second factor",
            "Setting up codes from an app, and asking them of staff where a school insists. Who has them stays asked.",
        ),
    )
}


class FlagInput(Input):
    """For how many in a hundred a flag is on; nothing stands for what holds otherwise. No school means everywhere."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    percentage: int | None = Field(default=None, ge=0, le=100)
    school_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SchoolSetting:
    """What is said of a flag for one school."""

    school_id: UUID
    school_name: str
    percentage: int


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag with what is said of it; `everywhere` is None where nothing is, and the usual holds."""

    flag: Flag
    everywhere: int | None
    schools: tuple[SchoolSetting, ...] = ()

    @property
    def in_force(self) -> int:
        """Return for how many in a hundred it is on where nothing is said of a school."""
        return self.flag.usual if self.everywhere is None else self.everywhere
