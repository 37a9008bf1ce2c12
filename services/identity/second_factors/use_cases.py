"""Set up and check the second factors of staff: codes of an app, and passkeys."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.second_factors import passkeys, queries, rules, totp
from services.identity.second_factors.passkeys import Passkey, RelyingParty
from services.identity.settings import Settings
from services.identity.signing_keys.key_wrapping import KeyWrapping, derive_key

_ROWS_PER_CLEANUP: Final = 1_000  # so that no transaction is long


@dataclass(frozen=True, slots=True, repr=False)
class SecondFactors:
    """The keys and the site with which second factors are set up and checked.

    Args:
        wrapping: encrypts the secrets of apps.
        challenge_key: signs challenges.
        site: the site that passkeys belong to.
    """

    wrapping: KeyWrapping
    challenge_key: bytes
    site: RelyingParty

    @classmethod
    def of(cls, settings: Settings) -> "SecondFactors":
        """Derive the keys from the key secret; passkeys belong to the site where staff log in."""
        secret = settings.key_secret.get_secret_value()
        return cls(
            KeyWrapping(derive_key(secret, "second factors")),
            derive_key(secret, "challenges"),
            RelyingParty(settings.staff_origin),
        )

    def new_challenge(self, purpose: str, at: datetime) -> bytes:
        """Return a challenge for a purpose; nothing is stored."""
        nonce = secrets.token_bytes(rules.NONCE_BYTES)
        return rules.make_challenge(self.challenge_key, purpose, nonce, at)


async def set_up_app(tx: Transaction, factors: SecondFactors, staff_id: UUID, username: str) -> str:
    """Give a person a new secret for an authenticator app, instead of the one before.

    Returns the address to set the app up with. It is shown once and stored encrypted only.
    """
    secret = totp.new_secret()
    wrapped = factors.wrapping.wrap(secret.encode(), str(staff_id))
    await queries.put_totp_secret(tx, staff_id, wrapped)
    return totp.setup_address(secret, username)


async def check_code(
    tx: Transaction, factors: SecondFactors, staff_id: UUID, code: str, at: datetime
) -> bool:
    """Return whether a code is the person's app's and was not used before."""
    stored = await queries.lock_totp_secret(tx, staff_id)
    if stored is None:
        return False
    wrapped, last_step = stored
    secret = factors.wrapping.unwrap(wrapped, str(staff_id))
    step = totp.matching_step(secret.decode(), code, at, last_step) if secret else None
    if step is None:
        return False
    await queries.update_last_step(tx, staff_id, step)
    return True


async def check_passkey(
    tx: Transaction,
    factors: SecondFactors,
    staff_id: UUID,
    answer: Mapping[str, Any],
    at: datetime,
) -> bool:
    """Return whether a passkey of the person answered a challenge of ours for the first time."""
    challenge = await _take_challenge(tx, factors, rules.LOGIN, answer, at)
    passkey = await queries.lock_passkey(tx, passkeys.id_in(answer), staff_id)
    if challenge is None or passkey is None:
        return False
    sign_count = factors.site.read_login(answer, challenge, passkey)
    if sign_count is None:
        return False
    await queries.update_sign_count(tx, passkey.passkey_id, sign_count)
    return True


def ask_for_passkey(factors: SecondFactors, at: datetime) -> dict[str, Any]:
    """Return the options of a login with a passkey; they are the same for all accounts."""
    return factors.site.login_options(factors.new_challenge(rules.LOGIN, at))


async def ask_for_new_passkey(
    tx: Transaction, factors: SecondFactors, staff_id: UUID, username: str, at: datetime
) -> dict[str, Any]:
    """Return the options for a new passkey."""
    passkey_ids = [passkey.passkey_id for passkey, _ in await queries.read_passkeys(tx, staff_id)]
    challenge = factors.new_challenge(rules.registration_of(staff_id), at)
    return factors.site.registration_options(staff_id, username, passkey_ids, challenge)


async def add_passkey(
    tx: Transaction,
    factors: SecondFactors,
    staff_id: UUID,
    name: str,
    answer: Mapping[str, Any],
    at: datetime,
) -> Passkey:
    """Add the passkey that a browser made to an account, with an audit entry.

    Raises:
        Refused: the answer does not belong to a challenge of ours, or the passkey is known.
    """
    challenge = await _take_challenge(tx, factors, rules.registration_of(staff_id), answer, at)
    if challenge is None:
        raise Refused("passkey_wrong")
    passkey = factors.site.read_registration(answer, challenge, staff_id, name)
    if not await queries.insert_passkey(tx, passkey, at):
        raise Refused("passkey_wrong", "known")
    await _audit(tx, "add passkey", staff_id)
    return passkey


async def list_passkeys(tx: Transaction, staff_id: UUID) -> list[tuple[Passkey, datetime]]:
    """Return a person's passkeys and when each was added."""
    return await queries.read_passkeys(tx, staff_id)


async def remove_passkey(tx: Transaction, staff_id: UUID, passkey_id: bytes) -> None:
    """Remove a passkey of a person, with an audit entry.

    Raises:
        Refused: the person has no such passkey.
    """
    if not await queries.delete_passkeys(tx, staff_id, passkey_id):
        raise Refused("not_found")
    await _audit(tx, "remove passkey", staff_id)


async def remove_passkeys(tx: Transaction, staff_id: UUID) -> None:
    """Remove all passkeys of a person."""
    await queries.delete_passkeys(tx, staff_id)


async def delete_expired_challenges(tx: Transaction, at: datetime) -> int:
    """Delete a batch of answered challenges that have expired; return how many."""
    return await queries.delete_expired_challenges(tx, at, limit=_ROWS_PER_CLEANUP)


async def _take_challenge(
    tx: Transaction, factors: SecondFactors, purpose: str, answer: Mapping[str, Any], at: datetime
) -> bytes | None:
    """Return the challenge of an answer; None if it is not ours, has expired or was answered."""
    challenge = passkeys.challenge_in(answer)
    expires_at = rules.expiry_of(factors.challenge_key, purpose, challenge, at)
    if expires_at is None or not await queries.use_challenge(tx, challenge, expires_at):
        return None
    return challenge


async def _audit(tx: Transaction, action: str, staff_id: UUID) -> None:
    await record_action(tx, actor=f"staff:{staff_id}", action=action, subject=str(staff_id))
