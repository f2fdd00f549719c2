"""The words of OpenID Connect: where a browser is sent, what its code is worth, and what may be believed of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError

from webapp.accounts.school_sign_in import discovery
from webapp.accounts.school_sign_in.asking import ask_json, check_address
from webapp.accounts.school_sign_in.types import LEFT, Claims, ProviderError
from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Collection

    from joserfc.jwk import KeySet

    from webapp.accounts.school_sign_in.discovery import Metadata
    from webapp.accounts.school_sign_in.types import ProviderRow

SCOPE: Final = "openid email profile"
ALGORITHMS: Final = [f"{family}{size}" for family in ("RS", "PS", "ES") for size in (256, 384, 512)] + ["EdDSA"]
SECONDS_ASIDE: Final = 120  # how far the clocks of a provider may be from ours
LONGEST_SUBJECT: Final = 255
LONGEST_NAME: Final = 100
MOST_ROLES: Final = 500
TRUE: Final = (True, "true", "True", 1, "1")


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are to a provider: `secret` is empty for a client that has none; `inside` as in `asking.ask_json`."""

    provider: ProviderRow
    secret: str
    return_address: str
    inside: Collection[str]


@dataclass(frozen=True, slots=True)
class Begun:
    """What a browser that was sent to a provider has to prove when it comes back."""

    state: str
    nonce: str
    verifier: str


def departure(client: Client, begun: Begun) -> str:
    """Return the address to which a browser is sent; raise ProviderError where the provider is away."""
    found = discovery.metadata(client.provider.issuer, client.inside)
    return str(
        prepare_grant_uri(
            found.authorization_endpoint,
            client.provider.client_id,
            "code",
            redirect_uri=client.return_address,
            scope=SCOPE,
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
    )


def arrival(client: Client, begun: Begun, code: str, issuer: str) -> Claims:
    """Trade a code for what the provider says of its person, and believe it only when all of it is right.

    `issuer` is who the browser says sent it, empty where nothing was said (RFC 9207). Raises ProviderError where the
    provider is away, and UntrueError where what came is not to be trusted.
    """
    found = discovery.metadata(client.provider.issuer, client.inside)
    if issuer != found.issuer and (issuer or found.authorization_response_iss_parameter_supported):
        raise UntrueError("another provider sent the browser back")
    answer = _trade(client, found, begun, code)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise UntrueError("no ID token")
    access = answer.get("access_token")
    claims = _verified(client, found, token, {"nonce": begun.nonce, "access_token": access})
    if found.userinfo_endpoint and isinstance(access, str) and _lacks(client, claims):
        claims = {**_more(client, found.userinfo_endpoint, access, claims["sub"]), **claims}
    return _claims_of(client, claims, token)


def farewell(provider: ProviderRow, inside: Collection[str], back: str, token: str) -> str | None:
    """Return the address at which a provider signs a browser out and sends it `back`; None where it names none.

    `token` is the ID token by which it knows whom; empty where none is left, and then it asks. Raises ProviderError.
    """
    address = discovery.metadata(provider.issuer, inside).end_session_endpoint
    if address is None:
        return None
    check_address(address, inside)
    said = [("client_id", provider.client_id), ("post_logout_redirect_uri", back), ("state", LEFT)]
    return str(add_params_to_uri(address, [*said, ("id_token_hint", token)] if token else said))


class UntrueError(ProviderError):
    """What came back contradicts what was asked, or is not signed as it should be."""


def _trade(client: Client, found: Metadata, begun: Begun, code: str) -> dict[str, Any]:
    body = prepare_token_request(
        "authorization_code", "", client.return_address, code=code, code_verifier=begun.verifier
    )
    methods = found.token_endpoint_auth_methods_supported
    plain = "client_secret_post" if "client_secret_basic" not in methods else "client_secret_basic"
    auth = ClientAuth(client.provider.client_id, client.secret, plain if client.secret else "none")
    address, headers, body = auth.prepare("POST", found.token_endpoint, {}, body)
    try:
        return ask_json(address, client.inside, body=body, headers=headers)
    except ProviderError as error:
        # 4xx: the code is used, old, somebody else's or was not meant for us.
        raise (UntrueError(str(error)) if " answered 4" in str(error) else error) from error


def _verified(client: Client, found: Metadata, token: str, expected: dict[str, Any]) -> dict[str, Any]:
    try:
        decoded = _decoded(token, discovery.keys(found, client.inside))
    except JoseError:
        # It may have begun to sign with a new key since we looked.
        try:
            decoded = _decoded(token, discovery.keys(found, client.inside, anew=True))
        except JoseError as error:
            raise UntrueError(f"signature: {type(error).__name__}") from error
    mine = {
        "iss": {"essential": True, "value": found.issuer},
        "aud": {"essential": True, "value": client.provider.client_id},
        "sub": {"essential": True},
    }
    claims = CodeIDToken(
        decoded.claims, decoded.header, options=mine, params={**expected, "client_id": client.provider.client_id}
    )
    try:
        claims.validate(now=int(clock.now().timestamp()), leeway=SECONDS_ASIDE)
    except (JoseError, ValueError, TypeError) as error:
        raise UntrueError(f"claims: {error}") from error
    return dict(claims)


def _decoded(token: str, known: KeySet) -> jwt.Token:
    try:
        return jwt.decode(token, known, algorithms=ALGORITHMS)
    except (ValueError, TypeError) as error:
        raise UntrueError("no token that can be read") from error


def _lacks(client: Client, claims: dict[str, Any]) -> bool:
    wanted = client.provider.role_claim
    return "email" not in claims or bool(wanted and not _values(claims, wanted))


def _more(client: Client, address: str, access: str, subject: str) -> dict[str, Any]:
    """Return what the provider tells about the same person where it is asked once more."""
    said = ask_json(address, client.inside, headers={"Authorization": f"Bearer {access}"})
    if said.get("sub") != subject:
        raise UntrueError("told about somebody else")
    return said


def _claims_of(client: Client, claims: dict[str, Any], token: str) -> Claims:
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise UntrueError("a subject that cannot be kept")
    return Claims(
        subject=subject,
        email=_text(claims, "email", 254).lower(),
        email_verified=claims.get("email_verified", claims.get("xms_edov")) in TRUE,
        first_name=_text(claims, "given_name", LONGEST_NAME) or _text(claims, "name", LONGEST_NAME),
        last_name=_text(claims, "family_name", LONGEST_NAME),
        roles=_values(claims, client.provider.role_claim),
        token=token,
    )


def _text(claims: dict[str, Any], name: str, longest: int) -> str:
    value = claims.get(name)
    text = "".join(letter for letter in value if letter.isprintable()) if isinstance(value, str) else ""
    return text.strip()[:longest]


def _values(claims: dict[str, Any], path: str) -> tuple[str, ...]:
    """Return the values of a claim, which may stand within others: `realm_access.roles`; a whole name comes first."""
    found: Any = claims.get(path)
    if found is None and path:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    listed = found if isinstance(found, list) else [found]
    return tuple(str(each) for each in listed[:MOST_ROLES] if isinstance(each, (str, int)))
