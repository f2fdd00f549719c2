"""The pages of administration."""

from __future__ import annotations

from webapp.admin.routes import bulk, flags, impersonation, landing, log, schools, user_forms, user_page, users
from webapp.admin.routes.blueprint import bp

__all__ = [
    "bp",
    "bulk",
    "flags",
    "impersonation",
    "landing",
    "log",
    "schools",
    "user_forms",
    "user_page",
    "users",
]
