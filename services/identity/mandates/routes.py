"""HTTP routes of mandates: for uddoktas, for citizens, for witnesses, and for the programme."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.requests import Request

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.applications import TrackingNumber
from libs.contracts.bounds import EventDay
from libs.contracts.language import Language
from libs.contracts.lists import ListQuery
from libs.contracts.mandates import (
    Complain,
    ComplaintList,
    ConfirmConsent,
    DayAccount,
    MandateList,
    MandateToken,
    MandateView,
    RequestCorrection,
    RequestMandate,
    RevokedMandate,
)
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.web.callers.dpop import PROOF_HEADER, Proof, read_proof
from libs.web.callers.tokens import ACCESS_TOKEN_TYPE, Citizen, Staff
from libs.web.handling.routes import Routes
from services.identity.centres import use_cases as centres
from services.identity.citizens.numbers import read_phone
from services.identity.citizens.rules import SilencePolicy
from services.identity.codes.rules import read_code
from services.identity.mandates import consents, printing, use_cases
from services.identity.mandates.consents import MandatePolicy, WantedMandate
from services.identity.mandates.tokens import printing_claims, token_claims
from services.identity.public_services.rules import AskedFee
from services.identity.settings import Settings
from services.identity.signing_keys.key_ring import KeyRing

routes = Routes()
_PROOF = ("proof_invalid", "device_clock_wrong", "device_unknown")
_STOPPED = ("uddokta_stopped", "licence_expired", "service_centre_not_running")
SUBMISSION = "/v1/mandates/{mandate_id}/application"
PAPERS = "/v1/assisted-applications/{tracking_number}/papers"


class DayQuery(BaseModel):
    """A day in Dhaka; today by default."""

    day: EventDay | None = None


@routes.post(
    "/v1/mandates",
    status=201,
    reads=(PROOF_HEADER,),
    roles=("uddokta",),
    problems=(
        *_PROOF,
        *_STOPPED,
        "public_service_unknown",
        "public_service_closed",
        "consent_incomplete",
        "phone_of_helper",
        "codes_too_many_for_phone",
        "wards_too_many",
        "pin_locked",
        "fee_needed",
        "fee_too_high",
        "fee_case_needed",
        "fee_day_needed",
        "fee_is_fixed",
    ),
    example={"public_service_id": "S003", "phone": "০১৭১২-৩৪৫৬৭৮"},
)
async def request_mandate(  # noqa: PLR0913
    body: RequestMandate,
    request: Request,
    staff: Staff,
    tx: Transaction,
    policy: MandatePolicy,
    language: Language,
    settings: Settings,
    clock: Clock,
) -> MandateView:
    """Ask a citizen to be allowed to apply for one public service (uddokta).

    The price is fixed now. The request is made on an enrolled device, whose key signs the header
    `DPoP` (RFC 9449).
    """
    at = clock.now()
    proof = _proof(request, settings, at)
    device = await centres.find_device(tx, proof, at)
    wanted = WantedMandate(
        uddokta_id=staff.staff_id,
        public_service_id=body.public_service_id,
        consent=body.consent,
        phone=None if body.phone is None else read_phone(body.phone),
        number=body.number,
        applicant=body.applicant,
        fee=AskedFee(
            told_bdt=body.fee_bdt,
            at_office=body.fee_at_office,
            case=body.fee_case,
            day=body.fee_date,
        ),
        language=language,
    )
    return await consents.request_mandate(tx, wanted, device, policy, at)


@routes.post(
    "/v1/mandates/{mandate_id}/corrections",
    status=201,
    reads=(PROOF_HEADER,),
    roles=("uddokta",),
    problems=(
        *_PROOF,
        *_STOPPED,
        "phone_of_helper",
        "codes_too_many_for_phone",
        "citizen_has_another_phone",
        "mandate_not_active",
        "mandate_ended",
    ),
    example={"correction_id": "0190aaaa-0000-7000-8000-000000000001", "changes": ["name"]},
)
async def request_correction(  # noqa: PLR0913
    mandate_id: UUID,
    body: RequestCorrection,
    request: Request,
    staff: Staff,
    tx: Transaction,
    policy: MandatePolicy,
    settings: Settings,
    clock: Clock,
) -> MandateView:
    """Ask the consenting person to agree to a correction that changes the applicant (uddokta).

    Without changes, to an objection to the refusal.

    The answer is a mandate of its own, with a code to the same phone, a PIN or a witness as before.
    A repeat for the same answers is the same request.
    """
    at = clock.now()
    device = await centres.find_device(tx, _proof(request, settings, at), at)
    return await consents.request_correction(
        tx, mandate_id, staff.staff_id, body, device, policy, at
    )


@routes.get("/v1/mandates", roles=("uddokta",))
async def list_mandates(
    query: ListQuery, staff: Staff, tx: Transaction, clock: Clock
) -> MandateList:
    """List my mandates of the last two days, the newest first (uddokta)."""
    return await use_cases.list_of_uddokta(tx, staff.staff_id, query, clock.now())


@routes.get("/v1/mandates/{mandate_id}", roles=("uddokta",))
async def read_mandate(
    mandate_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> MandateView:
    """Read one of my mandates (uddokta)."""
    return await use_cases.read_own(tx, mandate_id, staff.staff_id, clock.now())


@routes.post(
    "/v1/mandates/{mandate_id}/codes",
    roles=("uddokta",),
    problems=(
        "codes_too_many_for_phone", "mandate_ended", "mandate_consented_before", "witness_needed"
    ),
)  # fmt: skip
async def send_consent_code(
    mandate_id: UUID, staff: Staff, tx: Transaction, policy: MandatePolicy, clock: Clock
) -> MandateView:
    """Send the code again, three times in all; the one before does not count any more (uddokta)."""
    return await consents.send_again(tx, mandate_id, staff.staff_id, policy, clock.now())


@routes.post(
    "/v1/mandates/{mandate_id}/consent",
    roles=("uddokta",),
    problems=(
        *_STOPPED,
        "code_wrong",
        "code_expired",
        "pin_wrong",
        "citizen_has_another_phone",
        "pin_locked",
        "mandate_ended",
        "mandate_consented_before",
        "witness_needed",
        "account_proof_needed",
        "account_proof_wrong",
    ),
    example={"code": "৪৮২১৯৩"},
)
async def confirm_consent(  # noqa: PLR0913
    mandate_id: UUID,
    body: ConfirmConsent,
    staff: Staff,
    database: Database,
    policy: MandatePolicy,
    silence: SilencePolicy,
    clock: Clock,
) -> MandateView:
    """Enter the code that the citizen reads out; the mandate is active for two hours (uddokta)."""
    async with database.transaction() as tx:
        confirmed = await consents.confirm(
            tx,
            mandate_id,
            staff.staff_id,
            read_code(body.code),
            policy,
            silence,
            clock.now(),
            pin=body.pin,
            number=body.number,
        )
    if isinstance(confirmed, Refused):
        raise confirmed
    return confirmed


@routes.get(
    "/v1/witness-requests/{number}",
    headers={"cache-control": "no-store"},
    roles=("officer",),
    problems=("witness_number_unknown",),
)
async def read_witness_request(
    number: Annotated[str, Field(max_length=40)], staff: Staff, tx: Transaction, clock: Clock
) -> MandateView:
    """Read the consent asked of a citizen without a phone, by the counter's number (officer)."""
    return await consents.read_witness_request(tx, number, staff.staff_id, clock.now())


@routes.post(
    "/v1/mandates/{mandate_id}/witness",
    roles=("officer",),
    recent_login=True,
    problems=(
        "mandate_ended",
        "mandate_consented_before",
        "witness_needed",
        "qualification_missing",
        *_STOPPED,
    ),
)
async def witness_consent(
    mandate_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> MandateView:
    """Confirm that I know who a citizen without a phone is, and that she agreed (officer).

    The evidence says so to the ministry.
    """
    office_id = staff.post.office_id if staff.post else None
    return await consents.witness(tx, mandate_id, staff.staff_id, office_id, clock.now())


@routes.post(
    "/v1/mandates/{mandate_id}/tokens",
    reads=(PROOF_HEADER,),
    roles=("uddokta",),
    headers={"cache-control": "no-store"},
    problems=(*_PROOF, *_STOPPED, "mandate_not_active", "mandate_used", "mandate_ended"),
)
async def make_mandate_token(  # noqa: PLR0913
    mandate_id: UUID,
    request: Request,
    staff: Staff,
    tx: Transaction,
    keys: KeyRing,
    settings: Settings,
    clock: Clock,
) -> MandateToken:
    """Get the token with which the application of a mandate can be sent (uddokta).

    It is valid for 15 minutes, and bound to the key that signs the header `DPoP`.
    """
    at = clock.now()
    proof = _proof(request, settings, at)
    device = await centres.find_device(tx, proof, at)
    mandate = await use_cases.read_for_token(tx, mandate_id, staff.staff_id, device)
    claims = token_claims(
        mandate,
        number_mark=await use_cases.mark_number(tx, mandate),
        session_id=staff.session_id,
        thumbprint=proof.thumbprint,
        token_id=new_id(),
        authenticated_at_s=staff.authenticated_at_s,
        at=at,
    )
    return MandateToken(
        access_token=keys.sign_claims(claims, ACCESS_TOKEN_TYPE),
        expires_in=claims["exp"] - claims["iat"],
        authorization_details=claims["authorization_details"],
        submit_at=settings.openid_issuer + SUBMISSION.format(mandate_id=mandate_id),
    )


@routes.post(
    PAPERS + "/tokens",
    reads=(PROOF_HEADER,),
    roles=("uddokta",),
    headers={"cache-control": "no-store"},
    problems=(*_PROOF, "uddokta_stopped", "licence_expired", "application_unknown"),
)
async def make_printing_token(  # noqa: PLR0913
    tracking_number: TrackingNumber,
    request: Request,
    staff: Staff,
    tx: Transaction,
    keys: KeyRing,
    settings: Settings,
    clock: Clock,
) -> MandateToken:
    """Get the token with which papers about what I sent are printed at the centre (uddokta).

    It is valid for 15 minutes, and bound to the key that signs the header `DPoP`. There is none
    once the citizen has ended the follow-up, and none for who works at another centre now.
    """
    at = clock.now()
    proof = _proof(request, settings, at)
    device = await centres.find_device(tx, proof, at)
    found = await printing.read_for_printing(tx, tracking_number, staff.staff_id, device, at)
    claims = printing_claims(
        found.mandate,
        found.service_centre_name,
        staff,
        thumbprint=proof.thumbprint,
        token_id=new_id(),
        at=at,
    )
    return MandateToken(
        access_token=keys.sign_claims(claims, ACCESS_TOKEN_TYPE),
        expires_in=claims["exp"] - claims["iat"],
        authorization_details=claims["authorization_details"],
        submit_at=settings.openid_issuer
        + PAPERS.format(tracking_number=found.mandate.tracking_number),
    )


@routes.get("/v1/uddokta/account", roles=("uddokta",))
async def read_day_account(
    query: DayQuery, staff: Staff, tx: Transaction, clock: Clock
) -> DayAccount:
    """Read the money that I have taken on a day (uddokta)."""
    day = query.day or dhaka_date(clock.now())
    return await use_cases.read_account(tx, staff.staff_id, day)


@routes.get("/v1/me/mandates")
async def list_helpers(
    query: ListQuery, citizen: Citizen, tx: Transaction, silence: SilencePolicy, clock: Clock
) -> MandateList:
    """List the mandates that I, or others by my phone, gave, and their costs, the newest first."""
    return await use_cases.list_of_citizen(tx, citizen.citizen_id, query, silence, clock.now())


@routes.post("/v1/me/mandates/{mandate_id}/revocation")
async def revoke_mandate(
    mandate_id: UUID, citizen: Citizen, tx: Transaction, silence: SilencePolicy, clock: Clock
) -> RevokedMandate:
    """Stop a mandate, or the follow-up of its application; also one for which I consented.

    If the application was sent before, the answer says so, and where to withdraw it if it is mine.
    """
    return await use_cases.revoke(tx, mandate_id, citizen.citizen_id, silence, clock.now())


@routes.post(
    "/v1/me/mandates/{mandate_id}/complaints",
    example={"text": "আমার কাছে বেশি টাকা চাওয়া হয়েছে।", "kind": "overcharged"},
)
async def complain(
    mandate_id: UUID,
    body: Complain,
    citizen: Citizen,
    tx: Transaction,
    silence: SilencePolicy,
    clock: Clock,
) -> MandateView:
    """Complain about the help with an application, also with one for which I consented."""
    at = clock.now()
    return await use_cases.complain(tx, mandate_id, citizen.citizen_id, body, silence, at)


@routes.get("/v1/mandates/{mandate_id}/complaints", roles=("programme",))
async def read_complaints(mandate_id: UUID, staff: Staff, tx: Transaction) -> ComplaintList:
    """Read the complaints about a mandate; the reading is recorded (programme)."""
    return await use_cases.read_complaints(tx, mandate_id, by=staff.actor)


def _proof(request: Request, settings: Settings, at: datetime) -> Proof:
    return read_proof(request, settings.origins, at.timestamp())
