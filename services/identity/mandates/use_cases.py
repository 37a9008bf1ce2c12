"""Mandates requested, consented to, ended, used and listed."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import DHAKA
from libs.bangladesh.text import ascii_digits, normalise
from libs.contracts.applications import MandateUsed
from libs.contracts.identity import MandateEnded
from libs.contracts.language import Language
from libs.contracts.mandates import (
    ConsentKind,
    DayAccount,
    EndReason,
    MandateNotice,
    MandateView,
    RevokedMandate,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging import outbox
from libs.messaging.batch import Batch
from services.identity.audit import use_cases as audit
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
from services.identity.mandates import queries, rules
from services.identity.mandates.rules import Mandate, Names
from services.identity.public_services import use_cases as public_services
from services.identity.uddoktas import use_cases as uddoktas

_SALT_BYTES: Final = 16
_CODE_DIGITS: Final = 6
BIRTH_DIGITS: Final = 17
"""A birth registration number has 17 digits; an NID of 17 is taken as one of 13 or 10."""
_DAY: Final = timedelta(days=1)
_LISTED: Final = 100
_AT_ONCE: Final = 500  # so that no transaction is long
_SINCE: Final = timedelta(days=3650)
WITHDRAWAL: Final = "/v1/applications/{tracking_number}/withdrawal"


@dataclass(frozen=True, slots=True)
class MandatePolicy:
    """Settings of mandates.

    Args:
        hash_key: HMAC key of codes and PINs.
        usual_charge_bdt: taka that a centre charges where it has no price of its own.
        charge_cap_bdt: the most that a centre may charge.
        requests_per_phone: requests for a consent to one phone in 24 hours.
        test_phones: whose code is always the test code.
        flags: what a person should look at.
    """

    hash_key: bytes = field(repr=False)
    usual_charge_bdt: int
    charge_cap_bdt: int
    requests_per_phone: int
    test_phones: frozenset[str]
    flags: FlagPolicy


@dataclass(frozen=True, slots=True)
class WantedMandate:
    """What an uddokta asks a citizen for; numbers as the citizen's papers have them."""

    uddokta_id: UUID
    public_service_id: str
    consent: ConsentKind
    phone: str | None = field(repr=False)
    number: str | None = field(repr=False)
    fee_bdt: int | None
    language: Language


async def request_mandate(
    tx: Transaction, wanted: WantedMandate, device: Device, policy: MandatePolicy, at: datetime
) -> MandateView:
    """Store a mandate at the price of now, and ask whoever consents by SMS.

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
    fee_bdt, charge_bdt, cap_bdt = await _price(tx, wanted, centre.service_centre_id, policy)
    mandate = Mandate(
        mandate_id=new_id(),
        public_service_id=wanted.public_service_id,
        service_centre_id=centre.service_centre_id,
        uddokta_id=uddokta.uddokta_id,
        device_id=device.device_id,
        citizen_id=await _citizen_of(tx, wanted, at),
        consent=wanted.consent,
        phone=wanted.phone,
        language=wanted.language,
        fee_bdt=fee_bdt,
        charge_bdt=charge_bdt,
        cap_bdt=cap_bdt,
        requested_at=at,
        expires_at=at + rules.REQUEST_VALID,
    )
    names = await queries.read_names(tx, mandate)
    if mandate.phone is not None:
        mandate = await _send_code(tx, mandate, names, policy, at)
    await queries.insert_mandate(tx, mandate)
    if not centre.is_open(at):
        await flags.raise_flag(tx, "outside_opening_hours", mandate, at)
    return rules.view(mandate, names)


async def send_again(
    tx: Transaction, mandate_id: UUID, uddokta_id: UUID, policy: MandatePolicy, at: datetime
) -> MandateView:
    """Send a new code for a mandate that waits for its consent.

    Raises:
        Refused: the uddokta has no such mandate, it does not wait, or no code is left.
    """
    mandate = await _own(tx, mandate_id, uddokta_id)
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
        Refused: the uddokta has no such mandate or may not help any more, or it does not wait.
    """
    (await uddoktas.read_uddokta(tx, uddokta_id)).check_may_help(at)
    mandate = await _own(tx, mandate_id, uddokta_id)
    checked, refusal = rules.check_code(mandate, policy.hash_key, code, at)
    if refusal is None and mandate.consent == "shared_phone":
        checked, refusal = await _check_pin(tx, checked, pin, policy, at)
    if refusal is None:
        admitted = await _admitted(tx, checked, number, silence, at)
        if isinstance(admitted, Refused):
            refusal = admitted
        else:
            checked = rules.activate(checked, admitted, at)
    await queries.update_mandate(tx, checked)
    if refusal is not None:
        return refusal
    await _flag_consent(tx, mandate, checked, policy.flags, at)
    return rules.view(checked, await queries.read_names(tx, checked))


async def witness(tx: Transaction, mandate_id: UUID, officer_id: UUID, at: datetime) -> MandateView:
    """Make a mandate active to which a citizen has agreed before an officer.

    Raises:
        Refused: there is no such mandate, or it waits for no witness.
    """
    mandate = await queries.lock_mandate(tx, mandate_id)
    if mandate is None:
        raise Refused("not_found")
    (await uddoktas.read_uddokta(tx, mandate.uddokta_id)).check_may_help(at)
    mandate = rules.activate(mandate, mandate.citizen_id, at, witness_id=officer_id)
    await queries.update_mandate(tx, mandate)
    await audit.record_action(
        tx, actor=f"staff:{officer_id}", action="witness", subject=str(mandate_id)
    )
    return rules.view(mandate, await queries.read_names(tx, mandate))


async def read_for_token(
    tx: Transaction, mandate_id: UUID, uddokta_id: UUID, device: Device, at: datetime
) -> Mandate:
    """Return a mandate for which a token is asked on the device where it was requested.

    Raises:
        Refused: the uddokta has no such mandate or may not help any more, the centre does not run,
            or the device is another one.
    """
    uddokta = await uddoktas.read_uddokta(tx, uddokta_id)
    uddokta.check_may_help(at)
    (await centres.read_centre(tx, uddokta.service_centre_id)).check_running()
    mandate = await _own(tx, mandate_id, uddokta_id)
    if device.service_centre_id != mandate.service_centre_id:
        raise Refused("device_unknown")
    return mandate


async def revoke(
    tx: Transaction, mandate_id: UUID, citizen_id: UUID, at: datetime
) -> RevokedMandate:
    """Stop a mandate, and the right to follow up what was sent with it; a repeat changes nothing.

    If the application was sent before, the answer says so and where it can be withdrawn. If that is
    not known here yet, the citizen is told by SMS when it is.

    Raises:
        Refused: the citizen has no such mandate.
    """
    mandate = await _own_of_citizen(tx, mandate_id, citizen_id)
    ended = rules.end(mandate, at)
    await queries.update_mandate(tx, ended)
    await outbox.add(tx, [MandateEnded(mandate_id=mandate_id, reason="revoked", occurred_at=at)])
    view = rules.view(ended, await queries.read_names(tx, ended))
    number = ended.tracking_number
    return RevokedMandate(
        **view.model_dump(),
        withdraw_at=WITHDRAWAL.format(tracking_number=number) if number else None,
    )


async def end_all(
    tx: Transaction,
    at: datetime,
    reason: EndReason,
    *,
    uddokta_id: UUID | None = None,
    service_centre_id: str | None = None,
    citizen_id: UUID | None = None,
) -> None:
    """End the open mandates of an uddokta, a centre or a citizen, and tell their citizens."""
    while True:
        open_ones = await queries.lock_open(
            tx,
            uddokta_id=uddokta_id,
            service_centre_id=service_centre_id,
            citizen_id=citizen_id,
            limit=_AT_ONCE,
        )
        for mandate in open_ones:
            ended = rules.end(mandate, at)
            await queries.update_mandate(tx, ended)
            await outbox.add(
                tx,
                [MandateEnded(mandate_id=ended.mandate_id, reason=reason, occurred_at=at)],
            )
            if citizen_id is None:
                names = await queries.read_names(tx, ended)
                await outbox.add(tx, rules.notices_of(ended, names, "mandate_ended_by_us"))
        if len(open_ones) < _AT_ONCE:
            return


async def expire(tx: Transaction, at: datetime) -> int:
    """End a batch of mandates whose time is over; return how many."""
    due = await queries.lock_open(tx, expired_at=at, limit=_AT_ONCE)
    for mandate in due:
        await queries.update_mandate(tx, rules.as_of(mandate, at))
    await outbox.add(
        tx,
        [
            MandateEnded(mandate_id=each.mandate_id, reason="expired", occurred_at=at)
            for each in due
        ],
    )
    return len(due)


async def record_uses(tx: Transaction, batch: Batch[MandateUsed]) -> None:
    """Store which applications were sent with mandates, and give whoever consented the receipt.

    A use that came before an end wins, and the citizen is told that it did.
    """
    for used in batch.events:
        mandate = await queries.lock_mandate(tx, used.mandate_id)
        if mandate is None:
            batch.refuse(used, Refused("unknown_key", "no such mandate"))
            continue
        try:
            after = rules.use(mandate, used)
        except Refused as refusal:
            batch.refuse(used, refusal)
            continue
        if mandate.state == "used":
            continue
        await queries.update_mandate(tx, after)
        names = await queries.read_names(tx, after)
        was_stopped = mandate.state == "revoked"
        notice: MandateNotice = "mandate_used_before_end" if was_stopped else "mandate_used"
        await outbox.add(tx, rules.notices_of(after, names, notice))


async def complain(
    tx: Transaction, mandate_id: UUID, citizen_id: UUID, text: str, at: datetime
) -> MandateView:
    """Store a complaint about the help with an application, for the programme's staff.

    Raises:
        Refused: the citizen has no such mandate.
    """
    mandate = replace(await _own_of_citizen(tx, mandate_id, citizen_id), complained_at=at)
    await queries.insert_complaint(tx, new_id(), mandate, text, at)
    await queries.update_mandate(tx, mandate)
    await flags.raise_flag(tx, "complaint", mandate, at)
    return rules.view(mandate, await queries.read_names(tx, mandate))


async def read_complaints(tx: Transaction, mandate_id: UUID, *, by: str) -> list[str]:
    """Return what was complained about a mandate, and record who has read it."""
    await audit.record_action(tx, actor=by, action="read complaints", subject=str(mandate_id))
    return await queries.read_complaints(tx, mandate_id)


async def list_of_citizen(tx: Transaction, citizen_id: UUID, at: datetime) -> list[MandateView]:
    """Return who helped a citizen, with what and at which price, the newest first."""
    found = await queries.list_mandates(tx, citizen_id=citizen_id, since=at - _SINCE, limit=_LISTED)
    return _views(found, at)


async def list_of_uddokta(tx: Transaction, uddokta_id: UUID, at: datetime) -> list[MandateView]:
    """Return the mandates of an uddokta in the last two days, the newest first."""
    found = await queries.list_mandates(
        tx, uddokta_id=uddokta_id, since=at - 2 * _DAY, limit=_LISTED
    )
    return _views(found, at)


async def read_own(
    tx: Transaction, mandate_id: UUID, uddokta_id: UUID, at: datetime
) -> MandateView:
    """Return a mandate of an uddokta.

    Raises:
        Refused: the uddokta has no such mandate.
    """
    mandate = rules.as_of(await _own(tx, mandate_id, uddokta_id), at)
    return rules.view(mandate, await queries.read_names(tx, mandate))


async def read_account(tx: Transaction, uddokta_id: UUID, day: date) -> DayAccount:
    """Return what an uddokta has taken for applications whose mandates are of a day in Dhaka."""
    begin = datetime(day.year, day.month, day.day, tzinfo=DHAKA)
    found = await queries.list_mandates(
        tx, uddokta_id=uddokta_id, since=begin, before=begin + _DAY, limit=10_000
    )
    used = [rules.view(each, names) for each, names in found if each.state == "used"]
    fees_bdt = sum(each.fee_bdt for each in used)
    charges_bdt = sum(each.charge_bdt for each in used)
    return DayAccount(
        day=day,
        used=len(used),
        fees_bdt=fees_bdt,
        charges_bdt=charges_bdt,
        total_bdt=fees_bdt + charges_bdt,
        items=used,
    )


async def give_phone(  # noqa: PLR0913
    tx: Transaction,
    number: str,
    phone: str,
    silence: SilencePolicy,
    at: datetime,
    *,
    by: str,
    proof: str,
) -> UUID:
    """Give the account of a citizen without a phone a number of her own; return its id.

    She logs in with it from now on, and sees everything that was done in her name. An account that
    the number had is set aside.

    Args:
        tx: the open transaction.
        number: her NID or birth registration number.
        phone: her number, in E.164.
        silence: how numbers set aside are stored.
        at: the current time.
        by: the operator.
        proof: what she showed, without personal data.

    Raises:
        Refused: nobody without a phone has this NID or birth registration number, or the phone is
            an uddokta's.
    """
    known = await queries.find_without_phone(tx, ascii_digits(normalise(number)))
    if known is None:
        raise Refused("account_not_set_aside")
    if await uddoktas.is_phone_of_uddokta(tx, phone):
        raise Refused("phone_of_helper")
    other_id = await citizens.find_by_phone(tx, phone)
    if other_id is not None:
        await citizens.set_aside(tx, await citizens.lock_citizen(tx, other_id), silence, at)
    citizen = await citizens.lock_citizen(tx, known.citizen_id)
    await citizens.move_to_phone(tx, citizen, phone, at)
    await codes.assign_phone(tx, phone, citizen.citizen_id)
    await queries.delete_without_phone(tx, citizen.citizen_id)
    await audit.record_action(
        tx, actor=by, action=f"give phone: {proof}", subject=str(citizen.citizen_id)
    )
    return citizen.citizen_id


async def forget_citizen(tx: Transaction, citizen_id: UUID, at: datetime) -> None:
    """End the open mandates of a citizen who is erased, and delete numbers, PIN and complaints."""
    await end_all(tx, at, "citizen_erased", citizen_id=citizen_id)
    await queries.delete_of_citizen(tx, citizen_id)


def _views(found: Sequence[tuple[Mandate, Names]], at: datetime) -> list[MandateView]:
    return [rules.view(rules.as_of(mandate, at), names) for mandate, names in found]


async def _own(tx: Transaction, mandate_id: UUID, uddokta_id: UUID) -> Mandate:
    mandate = await queries.lock_mandate(tx, mandate_id)
    if mandate is None or mandate.uddokta_id != uddokta_id:
        raise Refused("not_found")
    return mandate


async def _own_of_citizen(tx: Transaction, mandate_id: UUID, citizen_id: UUID) -> Mandate:
    mandate = await queries.lock_mandate(tx, mandate_id)
    if mandate is None or mandate.citizen_id != citizen_id:
        raise Refused("not_found")
    return mandate


async def _check_phone(
    tx: Transaction, wanted: WantedMandate, policy: MandatePolicy, at: datetime
) -> None:
    if (wanted.consent == "witness") != (wanted.phone is None):
        raise Refused("consent_incomplete", pointer="/phone")
    if (wanted.consent == "own_phone") != (wanted.number is None):
        raise Refused("consent_incomplete", pointer="/number")
    if wanted.phone is None:
        return
    if await uddoktas.is_phone_of_uddokta(tx, wanted.phone):
        raise Refused("phone_of_helper", pointer="/phone")
    if await queries.count_requests(tx, wanted.phone, at - _DAY) >= policy.requests_per_phone:
        raise Refused("codes_too_many_for_phone", retry_after_s=3600)


async def _price(
    tx: Transaction, wanted: WantedMandate, service_centre_id: str, policy: MandatePolicy
) -> tuple[int, int, int]:
    service = await public_services.find_public_service(tx, wanted.public_service_id)
    if not service.open:
        raise Refused("public_service_closed", pointer="/public_service_id")
    prices = await centres.read_prices(
        tx,
        service_centre_id,
        wanted.public_service_id,
        usual_bdt=policy.usual_charge_bdt,
        cap_bdt=policy.charge_cap_bdt,
    )
    if prices.fee_bdt is None:
        if wanted.fee_bdt is None:
            raise Refused("fee_needed", pointer="/fee_bdt")
        return wanted.fee_bdt, prices.charge_bdt, prices.cap_bdt
    if wanted.fee_bdt not in {None, prices.fee_bdt}:
        raise Refused("fee_is_fixed", pointer="/fee_bdt")
    return prices.fee_bdt, prices.charge_bdt, prices.cap_bdt


async def _citizen_of(tx: Transaction, wanted: WantedMandate, at: datetime) -> UUID:
    """Return whose matter it is; a number that nobody has yet gets an account.

    The account of a citizen without a phone is never that of somebody who has logged in: a number
    is no proof.
    """
    if wanted.consent == "own_phone":
        return await citizens.find_by_phone(tx, wanted.phone or "") or new_id()
    citizen = _without_phone(wanted)
    number = citizen.nid or citizen.birth_registration_number or ""
    known = await queries.find_without_phone(tx, number)
    if known is not None:
        return known.citizen_id
    await citizens.register_without_phone(tx, citizen, at)
    await queries.insert_without_phone(tx, number, citizen.citizen_id)
    return citizen.citizen_id


def _without_phone(wanted: WantedMandate) -> Citizen:
    number = ascii_digits(normalise(wanted.number or ""))
    if len(number) == BIRTH_DIGITS:
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
    """Check the PIN of a citizen without a phone; the first one is kept."""
    pin = ascii_digits(normalise(typed or ""))
    shortest, longest = rules.PIN_DIGITS
    if not (shortest <= len(pin) <= longest and pin.isascii() and pin.isdecimal()):
        return mandate, Refused("pin_wrong", pointer="/pin")
    known = await queries.lock_pin(tx, mandate.citizen_id)
    shown = hash_code(policy.hash_key, mandate.citizen_id.bytes, pin)
    if known is None:
        await queries.save_pin(tx, mandate.citizen_id, shown)
    elif not hmac.compare_digest(known, shown):
        return rules.count_attempt(mandate, at), Refused("pin_wrong", pointer="/pin")
    return mandate, None


async def _admitted(
    tx: Transaction, mandate: Mandate, number: str | None, silence: SilencePolicy, at: datetime
) -> UUID | Refused:
    """Return whose account the consent is for, registered if it is new.

    A code to the citizen's own phone is a login: a phone that was silent for long, or that has
    another owner since the request, opens no account by itself.
    """
    if mandate.consent != "own_phone" or mandate.phone is None:
        return mandate.citizen_id
    owner = await citizens.find_by_phone(tx, mandate.phone)
    citizen = Citizen(owner or mandate.citizen_id, mandate.phone, mandate.language)
    (admission,) = await citizens.log_in(tx, [Login(citizen, number=number)], silence, at)
    if isinstance(admission, Refused):
        return admission
    await codes.assign_phone(tx, mandate.phone, admission.citizen_id)
    return admission.citizen_id


async def _flag_consent(
    tx: Transaction, before: Mandate, after: Mandate, policy: FlagPolicy, at: datetime
) -> None:
    sent_at = before.code_sent_at
    if sent_at is not None and at - sent_at < policy.fast_code:
        await flags.raise_flag(tx, "code_returned_fast", after, at)
    await flags.check_rate(tx, after, policy, at)
    if after.phone is not None:
        await flags.check_phone(tx, after, tx.cipher.index(after.phone), policy, at)
