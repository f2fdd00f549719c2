"""The `flask` commands; each group lives beside its feature."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

# Every group of commands, as "module:name".
GROUPS = (
    "webapp.accounts.commands:users",
    "webapp.accounts.commands:tokens",
    "webapp.audit.commands:audit",
    "webapp.mail.commands:mail",
    "webapp.schools.commands:schools",
    "webapp.rollups.commands:rollups",
    "webapp.xp.commands:xp",
    "webapp.activity.commands:activity",
    "webapp.events.commands:events",
    "webapp.demo.commands:demo",
    "webapp.imports.commands:imports",
    "webapp.compliance.commands:compliance",
    "webapp.compliance.commands:backup",
    "webapp.compliance.commands:restore",
    "webapp.jobs.commands:run_all",
    "webapp.jobs.commands:jobs",
    "webapp.jobs.initialize:initialize",
)


def register_commands(app: Flask) -> None:
    """Add every group to `flask`."""
    for address in GROUPS:
        module, _, name = address.partition(":")
        app.cli.add_command(getattr(import_module(module), name))
