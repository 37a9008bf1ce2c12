"""Citizens, their profile, and the event with their contact."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from libs.bangladesh.phone import mask
from libs.contracts.identity import ContactChanged, Profile, Role, UpdateProfile
from libs.contracts.language import Language
from services.identity.citizens.numbers import read_birth_registration_number, read_nid

SHOWN_DIGITS: Final = 3


@dataclass(frozen=True, slots=True, repr=False)
class Citizen:
    """A person who has logged in with a phone; `phone` is E.164."""

    citizen_id: UUID
    phone: str
    language: Language
    nid: str | None = None
    birth_registration_number: str | None = None


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


def contact_event(citizen: Citizen) -> ContactChanged:
    """Return the event that announces how to reach a citizen."""
    return ContactChanged(
        citizen_id=citizen.citizen_id, phone=citizen.phone, language=citizen.language
    )


def profile_of(citizen: Citizen, roles: Collection[Role]) -> Profile:
    """Return a citizen's profile; numbers show their last three digits only."""
    return Profile(
        citizen_id=citizen.citizen_id,
        phone=mask(citizen.phone),
        language=citizen.language,
        nid=_masked(citizen.nid),
        birth_registration_number=_masked(citizen.birth_registration_number),
        roles=sorted(roles),
    )


def _masked(number: str | None) -> str | None:
    if number is None:
        return None
    return "*" * (len(number) - SHOWN_DIGITS) + number[-SHOWN_DIGITS:]
