"""The life of a mandate: requested, active for two hours, then used, revoked or expired.

An application that was sent is a fact: `use` wins over every end, in any order of arrival.
Everything else happens to an open mandate only.
"""

import hmac
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from libs.bangladesh.phone import mask
from libs.bangladesh.text import initials
from libs.contracts.applications import MandateUsed
from libs.contracts.catalogue import FormOrigin
from libs.contracts.identity import ConsentRequested, MandateClosed, MandateMessageRequested
from libs.contracts.language import Language, Text
from libs.contracts.mandates import (
    MANDATE_TYPE,
    ApplicantParts,
    ConsentKind,
    EndReason,
    FeeBasis,
    MandateNotice,
    MandateOutcome,
    MandateState,
    MandateView,
    NotProven,
    Replacement,
    RequestCorrection,
    fee_day_mark,
    replaced_mark,
)
from libs.errors import Refused
from libs.ids import derived_id
from services.identity.codes.rules import hash_code

REQUEST_VALID: Final = timedelta(minutes=30)
ACTIVE: Final = timedelta(hours=2)
CODE_VALID: Final = timedelta(minutes=10)
ATTEMPTS: Final = 5
SENDS: Final = 3
OPEN: Final[frozenset[MandateState]] = frozenset({"requested", "active"})
PIN_DIGITS: Final = (4, 8)
MOST_INITIALS: Final = 3
MOST_WRONG_PINS: Final = 5
"""Wrong PINs of a citizen since the last right one, at all centres together."""
WITNESS_DIGITS: Final = 8
WARDS_WITHIN: Final = timedelta(days=365)
PHONES_OF_OTHERS: Final[frozenset[ConsentKind]] = frozenset({"guardian_phone", "shared_phone"})
"""Consents by a phone that is not the citizen's own; news of the application go there."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """A mandate.

    Args:
        citizen_id: whose matter it is.
        phone: of the consenting person, in E.164; None before a witness.
        fee_basis: whether the fee was published.
        fee_case: the case in which it applies.
        fee_at_office: whether the citizen pays it there, and nothing of it at the centre.
        fee_day: decided on the case; the form must have the same.
        cap_bdt: the most that the centre could charge.
        code_hash: of the code that was sent last, with `code_salt`.
        attempts_left: wrong codes until the mandate is revoked.
        sends_left: how often a code can still be sent.
        office_id: the office that is responsible for the application, once there is one.
        corrects: the mandate whose application is to be corrected; None for an application.
        correction_id: of the answers to which the citizen agrees.
        changes: what they change of who the applicant is.
        replaced: and in which words the citizen is asked.
        applicant: initials of a citizen without a phone of her own.
        witness_number: an officer who witnesses the consent types it.
        is_first_use: whether the phone has never consented for this citizen before.
    """

    mandate_id: UUID
    public_service_id: str
    service_centre_id: str
    uddokta_id: UUID
    device_id: UUID
    citizen_id: UUID
    consent: ConsentKind
    phone: str | None = field(repr=False)
    language: Language
    fee_bdt: int
    charge_bdt: int
    cap_bdt: int
    requested_at: datetime
    expires_at: datetime
    state: MandateState = "requested"
    code_hash: bytes | None = field(default=None, repr=False)
    code_salt: bytes | None = field(default=None, repr=False)
    code_sent_at: datetime | None = None
    code_expires_at: datetime | None = None
    attempts_left: int = ATTEMPTS
    sends_left: int = SENDS
    consented_at: datetime | None = None
    witness_id: UUID | None = None
    ended_at: datetime | None = None
    application_id: UUID | None = None
    tracking_number: str | None = None
    used_at: datetime | None = None
    complained_at: datetime | None = None
    office_id: str | None = None
    fee_basis: FeeBasis = "told_by_office"
    fee_case: Text | None = None
    fee_at_office: bool = False
    fee_day: date | None = field(default=None, repr=False)
    corrects: UUID | None = None
    correction_id: UUID | None = None
    changes: ApplicantParts = ()
    replaced: tuple[Replacement, ...] = field(default=(), repr=False)
    applicant: str | None = field(default=None, repr=False)
    witness_number: str | None = None
    is_first_use: bool = False

    @property
    def is_appeal(self) -> bool:
        """Whether it is a consent to an objection to a refusal: nothing is changed."""
        return self.corrects is not None and not self.changes


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the public service, the centre and the uddokta of a mandate.

    Args:
        form_origin: who made the form of the public service.
    """

    public_service: Text
    service_centre: Text
    helper: Text
    form_origin: FormOrigin = "this_project"


def initials_of(name: str | None) -> str:
    """Return the first letters of a name, of three words at most.

    Raises:
        Refused: it has no letter.
    """
    found = initials(name or "", MOST_INITIALS)
    if not found:
        raise Refused("consent_incomplete", pointer="/applicant")
    return found


def as_of(mandate: Mandate, at: datetime) -> Mandate:
    """Return a mandate as it is at a time: an open one whose time is over has expired."""
    if mandate.state in OPEN and at >= mandate.expires_at:
        return replace(mandate, state="expired", ended_at=mandate.expires_at)
    return mandate


def correction_of(
    mandate: Mandate,
    mandate_id: UUID,
    device_id: UUID,
    wanted: RequestCorrection,
    at: datetime,
) -> Mandate:
    """Return the request for a consent to correct an application, or to object to its refusal.

    The same person is asked in the same way, and nothing more is paid. Where the owner of another's
    phone was erased, an officer is the witness.

    Raises:
        Refused: nothing was sent with it, or the citizen's own phone is not known any more.
    """
    if mandate.state != "used" or mandate.corrects is not None:
        raise Refused("mandate_not_active" if mandate.state in OPEN else "mandate_ended")
    if mandate.consent == "own_phone" and not mandate.phone:
        raise Refused("mandate_ended")
    return Mandate(
        mandate_id=mandate_id,
        public_service_id=mandate.public_service_id,
        service_centre_id=mandate.service_centre_id,
        uddokta_id=mandate.uddokta_id,
        device_id=device_id,
        citizen_id=mandate.citizen_id,
        consent=mandate.consent if mandate.phone else "witness",
        phone=mandate.phone or None,
        language=mandate.language,
        fee_bdt=0,
        charge_bdt=0,
        cap_bdt=mandate.cap_bdt,
        fee_basis=mandate.fee_basis,
        requested_at=at,
        expires_at=at + REQUEST_VALID,
        tracking_number=mandate.tracking_number,
        corrects=mandate.mandate_id,
        correction_id=wanted.correction_id,
        changes=wanted.changes,
        replaced=wanted.replaced,
        applicant=mandate.applicant,
    )


def check_speaks(mandate: Mandate, phone: str | None) -> None:
    """Check that the phone that consented still speaks for the citizen.

    Args:
        mandate: with its phone; an officer always does.
        phone: of the citizen's account now.

    Raises:
        Refused: it is not the citizen's any more, or she has one of her own instead of a
            guardian's or a shared one.
    """
    expected = mandate.phone if mandate.consent == "own_phone" else None
    if mandate.consent != "witness" and phone != expected:
        raise Refused("citizen_has_another_phone")


def send_code(mandate: Mandate, key: bytes, salt: bytes, code: str, at: datetime) -> Mandate:
    """Return a mandate that waits for a new code; the ones before do not count any more.

    Raises:
        Refused: it is not requested any more, is for a witness, or no code can be sent again.
    """
    mandate = _requested(mandate, at)
    if not mandate.phone:
        raise Refused("witness_needed")
    if mandate.sends_left <= 0:
        raise Refused("codes_too_many_for_phone")
    return replace(
        mandate,
        code_hash=hash_code(key, salt, code),
        code_salt=salt,
        code_sent_at=at,
        code_expires_at=at + CODE_VALID,
        sends_left=mandate.sends_left - 1,
    )


def check_code(
    mandate: Mandate, key: bytes, code: str, at: datetime
) -> tuple[Mandate, Refused | None]:
    """Check a code; return the mandate with the attempt counted, and the refusal if any.

    A right code does not make it active yet: see `activate`. After the last wrong one the mandate
    is revoked.

    Raises:
        Refused: the mandate is not requested any more, or is for a witness.
    """
    mandate = _requested(mandate, at)
    if mandate.code_hash is None or mandate.code_salt is None or mandate.code_expires_at is None:
        raise Refused("witness_needed")
    if at >= mandate.code_expires_at:
        return mandate, Refused("code_expired", pointer="/code")
    if hmac.compare_digest(hash_code(key, mandate.code_salt, code), mandate.code_hash):
        return mandate, None
    return count_attempt(mandate, at), Refused("code_wrong", pointer="/code")


def count_attempt(mandate: Mandate, at: datetime) -> Mandate:
    """Return a mandate after a wrong code or PIN; after the last one it is revoked."""
    mandate = replace(mandate, attempts_left=mandate.attempts_left - 1)
    if mandate.attempts_left > 0:
        return mandate
    return replace(mandate, state="revoked", ended_at=at)


def activate(
    mandate: Mandate, citizen_id: UUID, at: datetime, witness_id: UUID | None = None
) -> Mandate:
    """Return a mandate to which its citizen has consented.

    Raises:
        Refused: it is not requested any more, or a witness is missing or not asked for.
    """
    mandate = _requested(mandate, at)
    if (mandate.consent == "witness") != (witness_id is not None):
        raise Refused("witness_needed")
    return replace(
        mandate,
        state="active",
        citizen_id=citizen_id,
        consented_at=at,
        witness_id=witness_id,
        expires_at=at + ACTIVE,
        code_hash=None,
        code_salt=None,
    )


def end(mandate: Mandate, at: datetime) -> Mandate:
    """Return a mandate that was ended; one that is over stays as it is."""
    mandate = as_of(mandate, at)
    if mandate.state not in OPEN:
        return mandate
    return replace(mandate, state="revoked", ended_at=at, code_hash=None, code_salt=None)


def use(mandate: Mandate, used: MandateUsed) -> Mandate:
    """Return a mandate with which an application was sent, even if it had ended meanwhile.

    A repeat changes nothing.

    Raises:
        Refused: it never had a consent, or another application was sent with it; both are defects.
    """
    if mandate.state == "used":
        if mandate.application_id != used.application_id:
            raise Refused("mandate_used")
        return mandate
    if mandate.consented_at is None:
        raise Refused("mandate_not_active")
    return replace(
        mandate,
        state="used",
        application_id=used.application_id,
        tracking_number=used.tracking_number,
        used_at=used.occurred_at,
        office_id=used.office_id,
    )


def is_closed_by(before: Mandate, after: Mandate) -> bool:
    """Whether a mandate to apply is over by a change; a consent to a correction is none."""
    return after.corrects is None and after.state not in OPEN and after.state != before.state


def closing_of(mandate: Mandate, area: str, reason: EndReason) -> MandateClosed:
    """Return the event that says how a mandate ended, and what it cost.

    Args:
        mandate: which is over.
        area: of its centre.
        reason: why it ended, where nothing was sent and its time was not over.
    """
    outcome = _outcome_of(mandate, reason)
    return MandateClosed(
        event_id=derived_id(mandate.mandate_id, f"closed {outcome}"),
        occurred_at=mandate.used_at or mandate.ended_at or mandate.expires_at,
        service_centre_id=mandate.service_centre_id,
        area=area,
        public_service_id=mandate.public_service_id,
        outcome=outcome,
        fee_bdt=None if mandate.fee_at_office else mandate.fee_bdt,
        charge_bdt=mandate.charge_bdt,
    )


def details_of(mandate: Mandate) -> dict[str, Any]:
    """Return the content of a citizen's consent, as an object of RFC 9396."""
    return {
        "type": MANDATE_TYPE,
        "mandate_id": str(mandate.mandate_id),
        "public_service_id": mandate.public_service_id,
        "service_centre_id": mandate.service_centre_id,
        "consent": mandate.consent,
        "consented_at": mandate.consented_at.isoformat() if mandate.consented_at else None,
        "fee_bdt": mandate.fee_bdt,
        "fee_basis": mandate.fee_basis,
        "fee_at_office": mandate.fee_at_office,
        "charge_bdt": mandate.charge_bdt,
        "cap_bdt": mandate.cap_bdt,
        **_correction_in(mandate),
        **_fee_day_in(mandate),
        "not_proven": not_proven(mandate),
    }


def not_proven(mandate: Mandate) -> list[NotProven]:
    """Return what a consent does not prove; with an officer as witness the person is proven."""
    if mandate.consent == "witness":
        return []
    missing: list[NotProven] = ["who_the_citizen_is"]
    if mandate.consent in PHONES_OF_OTHERS:
        missing.append("whose_phone_it_is")
    if mandate.is_first_use:
        missing.append("earlier_use_of_phone")
    return missing


def check_active(mandate: Mandate) -> None:
    """Check that an application can be sent with a mandate.

    Raises:
        Refused: it waits for the consent, was used, or is over.
    """
    match mandate.state:
        case "active":
            return
        case "requested":
            raise Refused("mandate_not_active")
        case "used":
            raise Refused("mandate_used")
        case "revoked" | "expired":
            raise Refused("mandate_ended")


def view(mandate: Mandate, names: Names, citizen_id: UUID | None = None) -> MandateView:
    """Return the view of a mandate; the number is masked.

    Args:
        mandate: the mandate.
        names: of what it is about.
        citizen_id: the citizen who asks; None for others.
    """
    return MandateView(
        mandate_id=mandate.mandate_id,
        state=mandate.state,
        public_service_id=mandate.public_service_id,
        public_service_name=names.public_service,
        service_centre_id=mandate.service_centre_id,
        service_centre_name=names.service_centre,
        helper=names.helper,
        consent=mandate.consent,
        phone=mask(mandate.phone) if mandate.phone else None,
        applicant=mandate.applicant,
        for_another=citizen_id not in {None, mandate.citizen_id},
        witness_number=mandate.witness_number if mandate.state == "requested" else None,
        fee_bdt=mandate.fee_bdt,
        fee_basis=mandate.fee_basis,
        fee_at_office=mandate.fee_at_office,
        fee_case=mandate.fee_case,
        fee_day=mandate.fee_day if citizen_id is None and mandate.state == "active" else None,
        form_origin=names.form_origin,
        charge_bdt=mandate.charge_bdt,
        total_bdt=mandate.fee_bdt + mandate.charge_bdt,
        cap_bdt=mandate.cap_bdt,
        requested_at=mandate.requested_at,
        consented_at=mandate.consented_at,
        expires_at=mandate.expires_at,
        sends_left=mandate.sends_left,
        tracking_number=mandate.tracking_number,
        used_at=mandate.used_at,
        complained=mandate.complained_at is not None,
        corrects=mandate.corrects,
        changes=mandate.changes,
        replaced=mandate.replaced if citizen_id in {None, mandate.citizen_id} else (),
    )


def consent_request(mandate: Mandate, names: Names, code: str) -> ConsentRequested:
    """Return the event that asks a citizen for the consent; only her own phone gets answers.

    Raises:
        Refused: the mandate is for a witness.
    """
    if mandate.phone is None or mandate.code_expires_at is None:
        raise Refused("witness_needed")
    return ConsentRequested(
        phone=mandate.phone,
        code=code,
        cap_bdt=mandate.cap_bdt,
        expires_at=mandate.code_expires_at,
        tracking_number=mandate.tracking_number,
        replaced=mandate.replaced if mandate.consent == "own_phone" else (),
        **_shared_fields(mandate, names),
    )


def notices_of(
    mandate: Mandate, names: Names, notice: MandateNotice, phone_of: UUID | None
) -> list[MandateMessageRequested]:
    """Return the event that informs the consenting person; none without a phone number.

    A mandate before a witness has no number; the number of an erased citizen is deleted. `phone_of`
    has the account of a number that is another's.
    """
    if not mandate.phone:
        return []
    return [
        MandateMessageRequested(
            phone=mandate.phone,
            notice=notice,
            tracking_number=mandate.tracking_number,
            application_id=mandate.application_id if mandate.consent in PHONES_OF_OTHERS else None,
            phone_of=phone_of,
            **_shared_fields(mandate, names),
        )
    ]


def _shared_fields(mandate: Mandate, names: Names) -> dict[str, Any]:
    return {
        "citizen_id": mandate.citizen_id,
        "language": mandate.language,
        "public_service_name": names.public_service,
        "service_centre_name": names.service_centre,
        "helper": names.helper,
        "fee_bdt": mandate.fee_bdt,
        "fee_basis": mandate.fee_basis,
        "fee_at_office": mandate.fee_at_office,
        "fee_case": mandate.fee_case,
        "form_origin": names.form_origin,
        "charge_bdt": mandate.charge_bdt,
        "changes": mandate.changes,
        "applicant": mandate.applicant,
    }


def _outcome_of(mandate: Mandate, reason: EndReason) -> MandateOutcome:
    if mandate.state == "used":
        return "used"
    if mandate.state == "expired" or reason == "expired":
        return "expired"
    if reason != "revoked":
        return "stopped"
    return "refused" if mandate.consented_at is None else "revoked"


def _correction_in(mandate: Mandate) -> dict[str, Any]:
    if mandate.corrects is None or mandate.correction_id is None:
        return {}
    return {
        "corrects": str(mandate.corrects),
        "correction_id": str(mandate.correction_id),
        "changes": list(mandate.changes),
        "replaced_mark": replaced_mark(mandate.correction_id, mandate.replaced),
    }


def _fee_day_in(mandate: Mandate) -> dict[str, Any]:
    """Return a mark of the day that decided on the fee: as of a number, not the day itself."""
    if mandate.fee_day is None:
        return {}
    return {"fee_day_mark": fee_day_mark(mandate.mandate_id, mandate.fee_day.isoformat())}


def _requested(mandate: Mandate, at: datetime) -> Mandate:
    """Return a mandate that waits for its consent.

    Raises:
        Refused: it does not wait any more.
    """
    mandate = as_of(mandate, at)
    match mandate.state:
        case "requested":
            return mandate
        case "active" | "used":
            raise Refused("mandate_consented_before")
        case "revoked" | "expired":
            raise Refused("mandate_ended")
