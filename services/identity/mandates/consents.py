"""Asks a citizen to consent to a mandate at a fixed price; a code, a PIN or a witness confirms."""

import hmac
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import ascii_digits, normalise
from libs.contracts.language import Language
from libs.contracts.mandates import ConsentKind, MandateView, RequestCorrection
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.trace_context import current_context
from services.identity.centres import use_cases as centres
from services.identity.centres.rules import Device
from services.identity.citizens import use_cases as citizens
from services.identity.citizens.numbers import read_birth_registration_number, read_nid
from services.identity.citizens.rules import Citizen, SilencePolicy
from services.identity.citizens.use_cases import Login
from services.identity.codes import use_cases as codes
from services.identity.codes.rules import LONG_CODES, TEST_CODE, code_from, hash_code
from services.identity.flags import use_cases as flags
from services.identity.flags.rules import FlagPolicy
from services.identity.mandates import oversight, queries, rules
from services.identity.mandates.queries import Pin
from services.identity.mandates.rules import Mandate, Names
from services.identity.mandates.use_cases import announce_closing, find_own
from services.identity.public_services import use_cases as public_services
from services.identity.public_services.rules import AskedFee, fee_of
from services.identity.qualifications import use_cases as qualifications
from services.identity.uddoktas import use_cases as uddoktas

_SALT_BYTES: Final = 16
_CODE_DIGITS: Final = 6
_BIRTH_DIGITS: Final = 17
"""A birth registration number has 17 digits; an NID of 17 is taken as one of 13 or 10."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MandatePolicy:
    """Settings of mandates.

    Args:
        hash_key: HMAC key of codes and PINs.
        usual_charge_bdt: taka that a centre charges where it has no price of its own.
        charge_cap_bdt: the most that a centre may charge.
        requests_per_phone: requests for a consent to one phone in 24 hours.
        wards_per_phone: citizens for whom one phone may consent in a year, other than its owner.
        test_phones: whose code is always the test code.
        flags: what a person should look at.
    """

    hash_key: bytes = field(repr=False)
    usual_charge_bdt: int
    charge_cap_bdt: int
    requests_per_phone: int
    wards_per_phone: int
    test_phones: frozenset[str]
    flags: FlagPolicy


@dataclass(frozen=True, slots=True)
class WantedMandate:
    """A mandate that an uddokta asks for; numbers as on the citizen's papers."""

    uddokta_id: UUID
    public_service_id: str
    consent: ConsentKind
    phone: str | None = field(repr=False)
    number: str | None = field(repr=False)
    applicant: str | None = field(repr=False)
    fee: AskedFee
    language: Language


async def request_mandate(
    tx: Transaction, wanted: WantedMandate, device: Device, policy: MandatePolicy, at: datetime
) -> MandateView:
    """Store a mandate at the present price, and ask the consenting person by SMS.

    The answer is the same whether the citizen is known or not.

    Raises:
        Refused: the uddokta may not help now or here, the public service is unknown or closed, the
            phone is an uddokta's or was asked too often, or something is missing.
        Unreadable: the number is malformed.
    """
    uddokta = await uddoktas.read_uddokta(tx, wanted.uddokta_id)
    uddokta.check_may_help(at)
    centre = await centres.read_centre(tx, uddokta.service_centre_id)
    centre.check_running()
    if device.service_centre_id != centre.service_centre_id:
        raise Refused("device_unknown")
    await _check_phone(tx, wanted, policy, at)
    applicant = None if wanted.consent == "own_phone" else rules.initials_of(wanted.applicant)
    service = await public_services.find_public_service(tx, wanted.public_service_id)
    if not service.open:
        raise Refused("public_service_closed", pointer="/public_service_id")
    fee = fee_of(service, wanted.fee, dhaka_date(at))
    mandate = Mandate(
        mandate_id=new_id(),
        public_service_id=wanted.public_service_id,
        service_centre_id=centre.service_centre_id,
        uddokta_id=uddokta.uddokta_id,
        device_id=device.device_id,
        citizen_id=await _citizen_of(tx, wanted, at),
        consent=wanted.consent,
        phone=wanted.phone,
        applicant=applicant,
        language=_language_of(wanted, applicant),
        fee_bdt=fee.amount_bdt,
        witness_number=await _witness_number(tx) if wanted.consent == "witness" else None,
        fee_basis=fee.basis,
        fee_case=fee.case,
        fee_at_office=fee.at_office,
        fee_day=fee.day,
        charge_bdt=await centres.read_charge(
            tx,
            centre.service_centre_id,
            wanted.public_service_id,
            usual_bdt=policy.usual_charge_bdt,
            cap_bdt=policy.charge_cap_bdt,
        ),
        cap_bdt=policy.charge_cap_bdt,
        requested_at=at,
        expires_at=at + rules.REQUEST_VALID,
    )
    await _check_ward(tx, mandate, policy, at)
    names = await queries.read_names(tx, mandate)
    if mandate.phone is not None:
        mandate = await _send_code(tx, mandate, names, policy, at)
    await queries.insert_mandate(tx, mandate)
    if not centre.is_open(at):
        await flags.raise_flag(tx, "outside_opening_hours", mandate, at)
    return rules.view(mandate, names)


async def request_correction(  # noqa: PLR0913
    tx: Transaction,
    mandate_id: UUID,
    uddokta_id: UUID,
    wanted: RequestCorrection,
    device: Device,
    policy: MandatePolicy,
    at: datetime,
) -> MandateView:
    """Ask the consenting person to agree to a correction of the applicant's identity.

    Without changes she is asked to agree to an objection to the refusal. The request for the same
    answers that is still open is returned; nothing is sent again. A centre that was paused takes no
    new applications; what was sent before is corrected there as ever.

    Raises:
        Refused: the uddokta may not help now, no application was sent with the mandate,
            the phone was asked too often, is an uddokta's by now, or does not speak for the citizen
            any more.
    """
    uddokta = await uddoktas.read_uddokta(tx, uddokta_id)
    uddokta.check_may_help(at)
    citizen = await _lock_citizen_of(tx, mandate_id)
    first = await find_own(tx, mandate_id, uddokta_id)
    if device.service_centre_id != first.service_centre_id:
        raise Refused("device_unknown")
    open_id = await queries.find_open_correction(tx, first, wanted.correction_id)
    if open_id is not None:
        asked = rules.as_of(await find_own(tx, open_id, uddokta_id), at)
        is_same = (set(asked.changes), asked.replaced) == (set(wanted.changes), wanted.replaced)
        if asked.state in rules.OPEN and is_same:
            return rules.view(asked, await queries.read_names(tx, asked))
    mandate = rules.correction_of(first, new_id(), device.device_id, wanted, at)
    rules.check_speaks(first, citizen.phone)
    if first.phone:
        await _check_may_be_asked(tx, first.phone, policy, at)
    if mandate.consent == "witness":
        mandate = replace(mandate, witness_number=await _witness_number(tx))
    names = await queries.read_names(tx, mandate)
    if mandate.phone is not None:
        mandate = await _send_code(tx, mandate, names, policy, at)
    await queries.insert_mandate(tx, mandate)
    return rules.view(mandate, names)


async def send_again(
    tx: Transaction, mandate_id: UUID, uddokta_id: UUID, policy: MandatePolicy, at: datetime
) -> MandateView:
    """Send a new code for a mandate that waits for its consent.

    Raises:
        Refused: the uddokta has no such mandate, it does not wait, or no code is left.
    """
    mandate = await find_own(tx, mandate_id, uddokta_id)
    names = await queries.read_names(tx, mandate)
    mandate = await _send_code(tx, mandate, names, policy, at)
    await queries.update_mandate(tx, mandate)
    return rules.view(mandate, names)


async def confirm(  # noqa: PLR0913
    tx: Transaction,
    mandate_id: UUID,
    uddokta_id: UUID,
    code: str,
    policy: MandatePolicy,
    silence: SilencePolicy,
    at: datetime,
    *,
    pin: str | None = None,
    number: str | None = None,
) -> MandateView | Refused:
    """Make a mandate active with the code that the citizen has read out.

    A refusal for a code, a PIN or a proof is returned, not raised, since the attempt is counted in
    the same transaction.

    Raises:
        Refused: the uddokta has no such mandate or may not help any more, it does not wait, or the
            phone does not speak for the citizen any more.
    """
    uddokta = await uddoktas.read_uddokta(tx, uddokta_id)
    mandate = await find_own(tx, mandate_id, uddokta_id)
    uddokta.check_may_help(mandate.requested_at)
    checked, refusal = rules.check_code(mandate, policy.hash_key, code, at)
    if refusal is None and mandate.consent == "shared_phone":
        checked, refusal = await _check_pin(tx, checked, pin, policy, at)
    if refusal is None:
        admitted = await _admitted(tx, checked, number, silence, at)
        if isinstance(admitted, Refused):
            refusal = admitted
        else:
            checked = rules.activate(checked, admitted, at)
            checked = replace(checked, is_first_use=await _is_first_use(tx, checked))
    await queries.update_mandate(tx, checked)
    await announce_closing(tx, mandate, checked)
    if refusal is not None:
        return refusal
    await _flag_consent(tx, mandate, checked, policy.flags, at)
    await _save_told_fee(tx, checked, at)
    return rules.view(checked, await queries.read_names(tx, checked))


async def witness(
    tx: Transaction, mandate_id: UUID, officer_id: UUID, office_id: str | None, at: datetime
) -> MandateView:
    """Make a mandate active to which a citizen has agreed before an officer of an office.

    Raises:
        Refused: there is no such mandate, it waits for no witness, or the officer is not
            qualified.
    """
    uddokta_id = await queries.read_uddokta_id(tx, mandate_id)
    if uddokta_id is None:
        raise Refused("not_found")
    # The uddokta is locked before the mandate, as in `confirm`: otherwise two could deadlock.
    uddokta = await uddoktas.read_uddokta(tx, uddokta_id)
    mandate = await find_own(tx, mandate_id, uddokta_id)
    uddokta.check_may_help(mandate.requested_at)
    await qualifications.check_officer(tx, officer_id, dhaka_date(at))
    mandate = rules.activate(mandate, mandate.citizen_id, at, witness_id=officer_id)
    await queries.update_mandate(tx, mandate)
    # The officer has seen the citizen, who chooses a PIN anew when she next needs one.
    await queries.save_pin(tx, mandate.citizen_id, Pin(None, 0))
    await _save_told_fee(tx, mandate, at)
    await record_action(
        tx,
        actor=f"staff:{officer_id}",
        action=f"witness at {office_id or 'no office'}",
        subject=str(mandate_id),
    )
    return rules.view(mandate, await queries.read_names(tx, mandate))


async def read_witness_request(
    tx: Transaction, number: str, officer_id: UUID, at: datetime
) -> MandateView:
    """Return the mandate that waits for a witness under a number; who looked is recorded.

    Raises:
        Refused: none waits under it.
    """
    digits = ascii_digits(normalise(number)).translate({ord(mark): None for mark in " -"})
    waiting = await queries.find_by_witness_number(tx, digits)
    # Two with one number were asked for at the same moment; neither is shown for the other.
    mandate = await queries.lock_mandate(tx, waiting[0]) if len(waiting) == 1 else None
    if mandate is None or rules.as_of(mandate, at).state != "requested":
        raise Refused("witness_number_unknown", pointer="/number")
    await record_action(
        tx,
        actor=f"staff:{officer_id}",
        action="look at a consent to witness",
        subject=str(mandate.mandate_id),
    )
    return rules.view(mandate, await queries.read_names(tx, mandate))


async def _witness_number(tx: Transaction) -> str:
    """Return a number under which no other mandate waits for a witness."""
    while True:
        number = f"{secrets.randbelow(10**rules.WITNESS_DIGITS):0{rules.WITNESS_DIGITS}}"
        if not await queries.find_by_witness_number(tx, number):
            return number


async def _check_ward(
    tx: Transaction, mandate: Mandate, policy: MandatePolicy, at: datetime
) -> None:
    """Check that a phone may consent for one more citizen, whose PIN was not guessed at.

    Raises:
        Refused: it has consented for many others, or only an officer can witness the consent.
    """
    if mandate.consent not in rules.PHONES_OF_OTHERS or mandate.phone is None:
        return
    # Two requests of one moment would not see each other's ward.
    await queries.lock_phone(tx, mandate.phone)
    wards = await queries.count_wards(
        tx, mandate.phone, at - rules.WARDS_WITHIN, without=mandate.citizen_id
    )
    if wards >= policy.wards_per_phone:
        raise Refused("wards_too_many", pointer="/phone")
    if mandate.consent == "shared_phone":
        pin = await queries.lock_pin(tx, mandate.citizen_id)
        if pin.wrong_pins >= rules.MOST_WRONG_PINS:
            raise Refused("pin_locked", pointer="/number")


async def _is_first_use(tx: Transaction, mandate: Mandate) -> bool:
    if mandate.consent not in rules.PHONES_OF_OTHERS or mandate.phone is None:
        return False
    return not await queries.has_consented(tx, mandate.phone, mandate.citizen_id)


async def _check_phone(
    tx: Transaction, wanted: WantedMandate, policy: MandatePolicy, at: datetime
) -> None:
    if (wanted.consent == "witness") != (wanted.phone is None):
        raise Refused("consent_incomplete", pointer="/phone")
    if (wanted.consent == "own_phone") != (wanted.number is None):
        raise Refused("consent_incomplete", pointer="/number")
    if wanted.phone is not None:
        await _check_may_be_asked(tx, wanted.phone, policy, at)


async def _check_may_be_asked(
    tx: Transaction, phone: str, policy: MandatePolicy, at: datetime
) -> None:
    if await uddoktas.is_phone_of_uddokta(tx, phone):
        raise Refused("phone_of_helper", pointer="/phone")
    if await queries.count_requests(tx, phone, at - _DAY) >= policy.requests_per_phone:
        raise Refused("codes_too_many_for_phone", retry_after_s=3600)


async def _lock_citizen_of(tx: Transaction, mandate_id: UUID) -> Citizen:
    """Lock the citizen of a mandate, before the mandate, as an erasure does.

    Otherwise an erasure that runs meanwhile would not see what is stored here, and leave it.

    Raises:
        Refused: there is no such mandate, or its citizen was erased.
    """
    citizen_id = await queries.read_citizen_id(tx, mandate_id)
    if citizen_id is None:
        raise Refused("not_found")
    return await citizens.lock_citizen(tx, citizen_id)


def _language_of(wanted: WantedMandate, applicant: str | None) -> Language:
    """Return the language of the SMS: Bangla initials in an English one make it twice as long."""
    return wanted.language if (applicant or "").isascii() else "bn"


async def _citizen_of(tx: Transaction, wanted: WantedMandate, at: datetime) -> UUID:
    """Return the citizen of a mandate, locked as by an erasure; a new number gets an account.

    The account of a citizen without a phone is never that of somebody who has logged in: a number
    is no proof.
    """
    if wanted.consent == "own_phone":
        owner = await citizens.find_by_phone(tx, wanted.phone or "")
        return owner if owner and await citizens.is_there(tx, owner) else new_id()
    citizen = _without_phone(wanted)
    number = citizen.nid or citizen.birth_registration_number or ""
    owner = await queries.find_citizen_with(tx, number)
    if owner is not None and not await citizens.is_there(tx, owner):
        owner = None  # erased just now; her number is deleted with her
    owner = await queries.save_without_phone(tx, number, owner or citizen.citizen_id)
    if owner == citizen.citizen_id:
        await citizens.register_without_phone(tx, citizen, at)
    return owner


def _without_phone(wanted: WantedMandate) -> Citizen:
    number = ascii_digits(normalise(wanted.number or ""))
    if len(number) == _BIRTH_DIGITS:
        birth = read_birth_registration_number(number)
        return Citizen(new_id(), None, wanted.language, birth_registration_number=birth)
    return Citizen(new_id(), None, wanted.language, nid=read_nid(number))


async def _send_code(
    tx: Transaction, mandate: Mandate, names: Names, policy: MandatePolicy, at: datetime
) -> Mandate:
    code = code_from(secrets.randbelow(LONG_CODES))
    if mandate.phone in policy.test_phones:
        code = TEST_CODE
    salt = secrets.token_bytes(_SALT_BYTES)
    sent = rules.send_code(mandate, policy.hash_key, salt, code[:_CODE_DIGITS], at)
    await outbox.add(tx, [rules.consent_request(sent, names, code[:_CODE_DIGITS])])
    return sent


async def _check_pin(
    tx: Transaction, mandate: Mandate, typed: str | None, policy: MandatePolicy, at: datetime
) -> tuple[Mandate, Refused | None]:
    """Check the PIN of a citizen without a phone; the first one is kept.

    Wrong ones are counted for the mandate, and for the citizen at all centres together.
    """
    pin = ascii_digits(normalise(typed or ""))
    shortest, longest = rules.PIN_DIGITS
    if not (shortest <= len(pin) <= longest and pin.isascii() and pin.isdecimal()):
        return mandate, Refused("pin_wrong", pointer="/pin")
    stored = await queries.lock_pin(tx, mandate.citizen_id)
    if stored.wrong_pins >= rules.MOST_WRONG_PINS:
        return mandate, Refused("pin_locked", pointer="/pin")
    shown = hash_code(policy.hash_key, mandate.citizen_id.bytes, pin)
    if stored.pin_hash is not None and not hmac.compare_digest(stored.pin_hash, shown):
        wrong = stored._replace(wrong_pins=stored.wrong_pins + 1)
        await queries.save_pin(tx, mandate.citizen_id, wrong)
        return rules.count_attempt(mandate, at), Refused("pin_wrong", pointer="/pin")
    if stored != (shown, 0):
        await queries.save_pin(tx, mandate.citizen_id, Pin(shown, 0))
    return mandate, None


async def _admitted(
    tx: Transaction, mandate: Mandate, number: str | None, silence: SilencePolicy, at: datetime
) -> UUID | Refused:
    """Return whose account the consent is for, registered if it is new.

    A code to the citizen's own phone is a login: a phone that was silent for long, or that has
    another owner since the request, opens no account by itself.
    """
    if mandate.corrects is not None:  # whoever has the number now may be somebody else
        citizen_now = await citizens.find_citizen(tx, mandate.citizen_id)
        rules.check_speaks(mandate, citizen_now.phone if citizen_now else None)
        return mandate.citizen_id
    if mandate.consent != "own_phone" or mandate.phone is None:
        return mandate.citizen_id
    owner = await citizens.find_by_phone(tx, mandate.phone)
    citizen = Citizen(owner or mandate.citizen_id, mandate.phone, mandate.language)
    login = Login(citizen, trace=current_context(), number=number)
    (admission,) = await citizens.log_in(tx, [login], silence, at)
    if isinstance(admission, Refused):
        return admission
    await codes.assign_phone(tx, mandate.phone, admission.citizen_id)
    return admission.citizen_id


async def _save_told_fee(tx: Transaction, mandate: Mandate, at: datetime) -> None:
    """Store an unpublished fee; offices may have told other centres another one."""
    is_told = mandate.fee_basis == "told_by_office" and not mandate.fee_at_office
    if not is_told or mandate.corrects is not None:
        return
    case = mandate.fee_case.en if mandate.fee_case else ""
    centre_id, service_id = mandate.service_centre_id, mandate.public_service_id
    if await centres.save_told_fee(tx, centre_id, service_id, case, mandate.fee_bdt, at):
        await flags.raise_flag(tx, "fee_differs", mandate, at)


async def _flag_consent(
    tx: Transaction, before: Mandate, after: Mandate, policy: FlagPolicy, at: datetime
) -> None:
    if after.is_first_use:
        await flags.raise_flag(tx, "first_use_of_phone", after, at)
    sent_at = before.code_sent_at
    if sent_at is not None and at - sent_at < policy.fast_code:
        await flags.raise_flag(tx, "code_returned_fast", after, at)
    await oversight.check_consent(tx, after, policy, at)
