"""Signing in with the account that the school gave: OpenID Connect (ADR 0012)."""
