"""`flask import`: bringing in what other systems know."""

from __future__ import annotations

from flask.cli import AppGroup

imports = AppGroup("import", help="Bring in what other systems know.")
