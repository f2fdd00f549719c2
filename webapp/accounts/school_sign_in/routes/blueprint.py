"""The blueprint, and what of the installation its views need."""

from __future__ import annotations

from flask import Blueprint, current_app

from webapp.core.sealing import Sealer

bp = Blueprint("school_sign_in", __name__)


def sealer(purpose: str) -> Sealer:
    """Return what seals for this purpose: the secrets of providers, or what a browser carries to one and back."""
    return Sealer(str(current_app.secret_key), f"school-sign-in-{purpose}")


def inside() -> frozenset[str]:
    """Return the hosts of providers that may have private addresses."""
    return frozenset(current_app.extensions["milepost_settings"].private_sign_in_hosts)
