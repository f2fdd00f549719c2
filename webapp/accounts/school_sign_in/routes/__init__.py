"""The pages of signing in with the school's account, and those on which that is looked after."""

from webapp.accounts.school_sign_in.routes import entering, leaving, own, settings
from webapp.accounts.school_sign_in.routes.blueprint import bp

__all__ = ["bp", "entering", "leaving", "own", "settings"]
