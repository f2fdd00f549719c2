"""Setting codes up, asking for them, and doing without them again."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pyotp
import segno
from sqlalchemy import delete, func, select, update

from webapp.accounts import limits, passwords
from webapp.accounts.access import load_self
from webapp.accounts.models import SignInMethod, User
from webapp.accounts.second_factor.models import PendingSignIn, RecoveryCode, SchoolSignIn, SecondFactor
from webapp.accounts.second_factor.types import FactorRow, SetUp
from webapp.accounts.service.sessions import may_enter, revoke_all
from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ConflictError, InvalidInputError, NotFoundError
from webapp.core.permissions import STAFF_ROLES, Role
from webapp.core.secrets import hash_secret
from webapp.flags.service import enabled, enabled_for

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.core.sealing import Sealer

STEP_SECONDS: Final = 30
STEPS_ASIDE: Final = 1  # phones' clocks are a little wrong
CODES: Final = 10
CODE_BYTES: Final = 10
TIME_TO_TYPE: Final = timedelta(minutes=10)
ISSUER: Final = "Milepost"
FLAG: Final = "second_factor"
WRONG = "This code is not right, or it was used already. Wait for the next one."
OWN_FIRST = "Set codes up for yourself first, so that you are not locked out."


def is_asked_for(session: Session, person: User) -> bool:
    """Return whether the password alone does not let the person in: they have codes, or their school insists."""
    return _confirmed(session, person.id) is not None or is_required(session, person)


def is_required(session: Session, person: User) -> bool:
    """Return whether the school insists on codes of its staff; admins of no school decide for themselves.

    Where the flag is off for the person, no school insists: they could set none up.
    """
    if person.role not in STAFF_ROLES or person.school_id is None:
        return False
    wanted = select(SchoolSignIn.staff_need_codes).where(SchoolSignIn.school_id == person.school_id)
    return bool(session.scalar(wanted)) and enabled_for(session, FLAG, person.id, person.school_id)


def begin_waiting(session: Session, person: User, token_hash: bytes, method: str = SignInMethod.PASSWORD) -> None:
    """Let the browser with this secret wait for the code of somebody who came by `method`, for some minutes."""
    session.execute(delete(PendingSignIn).where(PendingSignIn.expires_at <= clock.now()))
    ends = clock.now() + TIME_TO_TYPE
    session.add(PendingSignIn(token_hash=token_hash, user_id=person.id, method=method, expires_at=ends))
    session.flush()


def waiting_person(session: Session, token_hash: bytes, *, demo: bool) -> User | None:
    """Return whose code the browser with this secret owes; None where it waits for nothing (any more)."""
    good = (PendingSignIn.token_hash == token_hash, PendingSignIn.expires_at > clock.now())
    found = session.scalar(select(User).join(PendingSignIn, PendingSignIn.user_id == User.id).where(*good))
    return found if found is not None and may_enter(session, found, demo=demo) else None


def end_waiting(session: Session, token_hash: bytes) -> SignInMethod:
    """Forget that a browser waits; return by what its person has come in now."""
    gone = delete(PendingSignIn).where(PendingSignIn.token_hash == token_hash).returning(PendingSignIn.method)
    by_school = session.scalar(gone) == SignInMethod.SCHOOL
    return SignInMethod.SCHOOL_CODE if by_school else SignInMethod.CODE


def has_factor(session: Session, user_id: UUID) -> bool:
    """Return whether the person has set codes up."""
    return _confirmed(session, user_id) is not None


def factor_row(session: Session, viewer: Viewer) -> FactorRow:
    """Return what the viewer's account page says of codes."""
    found = _confirmed(session, viewer.user_id)
    left = select(func.count()).select_from(RecoveryCode)
    mine = (RecoveryCode.user_id == viewer.user_id, RecoveryCode.used_at.is_(None))
    count = session.execute(left.where(*mine)).scalar_one()
    required = is_required(session, load_self(session, viewer))
    return FactorRow(found.confirmed_at if found else None, count, required, is_offered(session, viewer))


def is_offered(session: Session, viewer: Viewer) -> bool:
    """Return whether the viewer can set codes up: the flag says so."""
    return enabled(session, FLAG, viewer)


def begin_set_up(session: Session, person: User, sealer: Sealer) -> None:
    """Make a secret for the person, unless one waits already; it counts only once a code of it was typed."""
    if session.get(SecondFactor, person.id) is None:
        session.add(SecondFactor(user_id=person.id, sealed_secret=sealer.seal(pyotp.random_base32())))
        session.flush()


def set_up(session: Session, person: User, sealer: Sealer) -> SetUp | None:
    """Return the secret that waits to be confirmed; None where none does."""
    found = session.get(SecondFactor, person.id)
    if found is None or found.confirmed_at is not None:
        return None
    secret = sealer.open(found.sealed_secret)
    address = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER)
    drawing = segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=4, light="#fff")
    return SetUp(drawing, " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)))


def confirm(session: Session, person: User, code: str, sealer: Sealer, address: str) -> list[str]:
    """Take the first code of a new secret, and return the recovery codes, which are shown this once.

    Raises InvalidInputError, leaving a failure behind that the caller must keep, or TooManyRequestsError.
    """
    found = session.get(SecondFactor, person.id)
    if found is None or found.confirmed_at is not None:
        raise NotFoundError
    _take(session, person, code, sealer, address)
    found.confirmed_at = clock.now()
    record(session, None, "second_factor.added", target=("user", person.id), school_id=person.school_id)
    return renew_codes(session, person.id)


def check(session: Session, person: User, code: str, sealer: Sealer, address: str) -> None:
    """Take a code from the phone or a recovery code, each once; errors are those of `confirm`."""
    plain = _plain(code)
    if plain.isdigit() or not _take_recovery(session, person, plain):
        _take(session, person, plain, sealer, address)


def renew_codes(session: Session, user_id: UUID) -> list[str]:
    """Make new recovery codes in place of all older ones, and return them."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower() for _ in range(CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code_hash=hash_secret(code)) for code in codes)
    session.flush()
    return ["-".join(code[n : n + 4] for n in range(0, len(code), 4)) for code in codes]


def remove_own(session: Session, viewer: Viewer, password: str, address: str) -> None:
    """Do without codes from now on; raise ConflictError where the school insists on them."""
    person = load_self(session, viewer)
    if is_required(session, person):
        raise ConflictError("Your school asks its staff for codes.")
    limits.refuse_when_exhausted(session, person.email, address)
    if not passwords.matches(person.password_hash, password):
        limits.record_failure(session, person.email, address)
        raise InvalidInputError.of("current_password", "This is not your present password.")
    _forget(session, person.id)
    record(session, viewer, "second_factor.removed", target=("user", person.id))


def reset(session: Session, viewer: Viewer, user_id: UUID) -> None:
    """Take away the codes of somebody who lost phone and recovery codes, and sign them out everywhere.

    Managers reach the people of their school but no admins; anybody else is not there.
    """
    person = session.get(User, user_id)
    inside = viewer.role is Role.ADMIN or (
        person is not None and person.school_id == viewer.school_id and person.role is not Role.ADMIN
    )
    if person is None or not inside:
        raise NotFoundError
    _forget(session, user_id)
    revoke_all(session, user_id)
    record(session, viewer, "second_factor.reset", target=("user", user_id), school_id=person.school_id)


def require(session: Session, viewer: Viewer, school_id: UUID, *, wanted: bool) -> None:
    """Say whether staff of a school need codes. Those without are signed out, and set them up as they come back.

    Raises InvalidInputError for somebody of the school who has none themselves.
    """
    if wanted and viewer.school_id == school_id and not has_factor(session, viewer.user_id):
        raise InvalidInputError.of("staff_need_codes", OWN_FIRST)
    row = session.get(SchoolSignIn, school_id) or SchoolSignIn(school_id=school_id)
    row.staff_need_codes = wanted
    session.add(row)
    session.flush()
    record(
        session,
        viewer,
        "school.sign_in_changed",
        target=("school", school_id),
        school_id=school_id,
        detail={"staff_need_codes": wanted},
    )
    if wanted:
        with_factor = select(SecondFactor.user_id).where(SecondFactor.confirmed_at.is_not(None))
        staff = (User.school_id == school_id, User.role.in_(STAFF_ROLES), User.id.not_in(with_factor))
        for user_id in session.scalars(select(User.id).where(*staff)).all():
            revoke_all(session, user_id)


def school_needs_codes(session: Session, school_id: UUID) -> bool:
    """Return whether staff of a school need codes."""
    found = session.get(SchoolSignIn, school_id)
    return found is not None and found.staff_need_codes


def _confirmed(session: Session, user_id: UUID) -> SecondFactor | None:
    mine = (SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return session.scalar(select(SecondFactor).where(*mine))


def _take(session: Session, person: User, code: str, sealer: Sealer, address: str) -> None:
    """Take a code of a half-minute around now that is later than the last one taken."""
    account = f"second factor {person.id}"
    limits.refuse_when_exhausted(session, account, address)
    found = session.get(SecondFactor, person.id)
    step = _step_of(pyotp.TOTP(sealer.open(found.sealed_secret)), _plain(code)) if found else None
    fresh = (SecondFactor.user_id == person.id, SecondFactor.last_step < (step or 0))
    taken = update(SecondFactor).where(*fresh).values(last_step=step).returning(SecondFactor.user_id)
    if step is None or session.execute(taken.execution_options(synchronize_session=False)).first() is None:
        limits.record_failure(session, account, address)
        raise InvalidInputError.of("code", WRONG)
    limits.forget_failures(session, account, address)


def _step_of(codes: pyotp.TOTP, code: str) -> int | None:
    """Return the half-minute whose code this is, among those around now."""
    now = int(clock.now().timestamp()) // STEP_SECONDS
    for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1):
        if secrets.compare_digest(codes.generate_otp(step), code):
            return step
    return None


def _take_recovery(session: Session, person: User, code: str) -> bool:
    mine = (RecoveryCode.user_id == person.id, RecoveryCode.code_hash == hash_secret(code))
    unused = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None)).values(used_at=clock.now())
    taken = session.execute(unused.returning(RecoveryCode.id).execution_options(synchronize_session=False)).first()
    if taken is not None:
        record(session, None, "second_factor.recovered", target=("user", person.id), school_id=person.school_id)
    return taken is not None


def _plain(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isascii() and letter.isalnum())


def _forget(session: Session, user_id: UUID) -> None:
    for model in (SecondFactor, RecoveryCode, PendingSignIn):
        session.execute(delete(model).where(model.user_id == user_id))
