"""What a provider says of itself, and the keys that it signs with; both are remembered for a while in the process."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from authlib.oidc.discovery import get_well_known_url
from cachetools import TTLCache
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from webapp.accounts.school_sign_in.asking import ask_json, check_address
from webapp.accounts.school_sign_in.types import ProviderError

if TYPE_CHECKING:
    from collections.abc import Collection

KNOWN_SECONDS: Final = 3600
AWAY_SECONDS: Final = 10  # so that a provider that is away holds up one request, not all of them
KEYS_AGAIN_SECONDS: Final = 60
MOST_KNOWN: Final = 500


class Metadata(BaseModel):
    """What is needed of a provider's description of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    code_challenge_methods_supported: tuple[str, ...] = ()
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking came to: the answer, or the words of a failure."""

    found: Any = None
    failure: str = ""


_lock = threading.Lock()
_known: TTLCache[str, Asked] = TTLCache(MOST_KNOWN, KNOWN_SECONDS)
_away: TTLCache[str, Asked] = TTLCache(MOST_KNOWN, AWAY_SECONDS)
_fresh_keys: TTLCache[str, bool] = TTLCache(MOST_KNOWN, KEYS_AGAIN_SECONDS)


def metadata(issuer: str, inside: Collection[str], *, anew: bool = False) -> Metadata:
    """Return what the issuer says of itself; raise ProviderError where it says nothing, or that it is another."""
    address = get_well_known_url(issuer, external=True)
    try:
        found = Metadata.model_validate(_read(address, inside, anew=anew))
    except ValidationError as error:
        raise ProviderError("What it says of itself lacks something that is needed.") from error
    if found.issuer != issuer:
        raise ProviderError(f"It calls itself {found.issuer}: enter exactly that as the issuer.")
    for each in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        check_address(each, inside)
    return found


def keys(found: Metadata, inside: Collection[str], *, anew: bool = False) -> KeySet:
    """Return the keys that a provider signs with; `anew` asks it again, at most once a minute."""
    if anew:
        with _lock:
            anew = found.jwks_uri not in _fresh_keys
            _fresh_keys[found.jwks_uri] = True
    try:
        return KeySet.import_key_set(_read(found.jwks_uri, inside, anew=anew))  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderError("The keys that it signs with cannot be read.") from error


def _read(address: str, inside: Collection[str], *, anew: bool) -> dict[str, Any]:
    with _lock:
        kept = None if anew else _known.get(address) or _away.get(address)
    asked = kept or _ask(address, inside)
    if asked.failure:
        raise ProviderError(asked.failure)
    return asked.found  # type: ignore[no-any-return]


def _ask(address: str, inside: Collection[str]) -> Asked:
    try:
        asked = Asked(ask_json(address, inside))
    except ProviderError as error:
        asked = Asked(failure=str(error))
    with _lock:
        (_away if asked.failure else _known)[address] = asked
    return asked
