"""Citizens, their profile, and the event with their contact."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from libs.bangladesh.phone import mask
from libs.bangladesh.text import ascii_digits, normalise
from libs.contracts.identity import ContactChanged, ContactRemoved, Profile, UpdateProfile
from libs.contracts.language import Language
from services.identity.citizens.numbers import read_birth_registration_number, read_nid

SHOWN_DIGITS: Final = 3


@dataclass(frozen=True, slots=True, repr=False)
class Citizen:
    """A person who has logged in with a phone.

    `phone` is E.164; None if it was taken away, since somebody else may have the number now.
    """

    citizen_id: UUID
    phone: str | None
    language: Language
    nid: str | None = None
    birth_registration_number: str | None = None


@dataclass(frozen=True, slots=True)
class SilencePolicy:
    """Settings of accounts whose number was silent for long.

    Args:
        hash_key: HMAC key under which the numbers of accounts without one are hashed.
        silent_after: time without a login after which a number alone does not open its account.
        wrong_proofs: wrong numbers after which the account is set aside.
    """

    hash_key: bytes = field(repr=False)
    silent_after: timedelta
    wrong_proofs: int

    def hash_phone(self, phone: str) -> bytes:
        """Return the form in which the number that an account had is stored."""
        return hmac.digest(self.hash_key, phone.encode(), sha256)


Ownership = Literal["shown", "needed", "wrong", "set_aside"]
"""The result of a proof of ownership; `set_aside`: a new account begins for the number."""


def check_owner(
    citizen: Citizen,
    number: str | None,
    wrong_proofs: int,
    policy: SilencePolicy,
    *,
    new_account: bool,
) -> Ownership:
    """Check that the holder of a silent account's number is its owner.

    Args:
        citizen: the owner; without a number in the profile nobody can show it here.
        number: the NID or birth registration number that was typed, if any.
        wrong_proofs: how many wrong ones were typed before.
        policy: the settings.
        new_account: whether a new account is asked for.
    """
    if new_account or not (citizen.nid or citizen.birth_registration_number):
        return "set_aside"
    if number is None:
        return "needed"
    if has_number(citizen, number):
        return "shown"
    return "set_aside" if wrong_proofs + 1 >= policy.wrong_proofs else "wrong"


def has_number(citizen: Citizen, typed: str) -> bool:
    """Whether a typed number is the citizen's NID or birth registration number."""
    digits = ascii_digits(normalise(typed)).translate({ord(mark): None for mark in " -"})
    own = (citizen.nid, citizen.birth_registration_number)
    return any(hmac.compare_digest(digits.encode(), number.encode()) for number in own if number)


def apply_change(citizen: Citizen, change: UpdateProfile) -> Citizen:
    """Return the citizen with the fields of the change replaced and numbers normalised.

    Raises:
        Unreadable: a number is malformed; the field error points to it.
    """
    nid, birth = change.nid, change.birth_registration_number
    return replace(
        citizen,
        language=change.language or citizen.language,
        nid=citizen.nid if nid is None else read_nid(nid),
        birth_registration_number=citizen.birth_registration_number
        if birth is None
        else read_birth_registration_number(birth),
    )


def contact_event(citizen: Citizen) -> ContactChanged | ContactRemoved:
    """Return the event that announces how to reach a citizen, or that nothing can be sent."""
    if citizen.phone is None:
        return ContactRemoved(citizen_id=citizen.citizen_id)
    return ContactChanged(
        citizen_id=citizen.citizen_id, phone=citizen.phone, language=citizen.language
    )


def profile_of(citizen: Citizen, roles: Collection[str]) -> Profile:
    """Return a citizen's profile; numbers show their last three digits only."""
    return Profile(
        citizen_id=citizen.citizen_id,
        phone=mask(citizen.phone or ""),
        language=citizen.language,
        nid=_masked(citizen.nid),
        birth_registration_number=_masked(citizen.birth_registration_number),
        roles=sorted(roles),
    )


def _masked(number: str | None) -> str | None:
    if number is None:
        return None
    return "*" * (len(number) - SHOWN_DIGITS) + number[-SHOWN_DIGITS:]
