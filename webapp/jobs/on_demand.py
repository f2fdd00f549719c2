"""The jobs that people's actions start; beside them there are those of the schedule, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Final

from webapp.jobs.schedule import SCHEDULE
from webapp.jobs.wrapper import SLOW, Registered, registered


@dataclass(frozen=True, slots=True)
class OnDemand:
    """A job that is asked for, not scheduled."""

    name: str
    function: str
    queue: str
    timeout: int
    asked_by: str


ON_DEMAND: Final = (
    OnDemand(
        name="work on roster",
        function="webapp.imports.rosters.jobs.work_on_roster",
        queue=SLOW,
        timeout=1800,
        asked_by="a manager who uploads a roster, applies it or takes it back",
    ),
    OnDemand(
        name="build export",
        function="webapp.exports.jobs.build_export",
        queue=SLOW,
        timeout=1800,
        asked_by="a person who orders an export, or retries one",
    ),
    OnDemand(
        name="build personal export",
        function="webapp.compliance.jobs.build_personal_export",
        queue=SLOW,
        timeout=1800,
        asked_by="a person who asks for all of their data, or staff for them",
    ),
    OnDemand(
        name="erase person",
        function="webapp.compliance.jobs.erase_person",
        queue=SLOW,
        timeout=1800,
        asked_by="an erasure whose time has come",
    ),
    OnDemand(
        name="refresh the risk of a school",
        function="webapp.at_risk.jobs.refresh_school",
        queue=SLOW,
        timeout=1800,
        asked_by="whoever changes what their school looks for",
    ),
    OnDemand(
        name="refresh the risk of a class",
        function="webapp.at_risk.jobs.refresh_class",
        queue=SLOW,
        timeout=600,
        asked_by="somebody who opens a large class when what is kept of it is old",
    ),
)


def load() -> None:
    """Import every job's module, so that its functions are on the list of what may run."""
    for row in (*SCHEDULE, *ON_DEMAND):
        resolve(row.function)


def resolve(path: str) -> Registered:
    """Import a job's module and return the job; raises when the module has no such job."""
    import_module(path.rpartition(".")[0])
    return registered(path)
