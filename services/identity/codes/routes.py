"""HTTP routes of one-time codes: request one, and exchange it for tokens."""

from dataclasses import replace

import structlog
from starlette.requests import Request

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.contracts.identity import CodeSent, ExchangeCode, LoginTokens, RequestCode
from libs.contracts.language import Language
from libs.database.group import GroupCommit
from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from libs.web.callers.addresses import client_address
from libs.web.callers.browsers import browser_of
from libs.web.callers.dpop import PROOF_HEADER, read_proof
from libs.web.handling.idempotency import IdempotencyKey
from libs.web.handling.language import language_of
from libs.web.handling.routes import Routes
from services.identity.citizens.numbers import read_phone
from services.identity.codes.device_tokens import DeviceTokens, new_device_id
from services.identity.codes.rules import TEST_CODE, read_code
from services.identity.codes.use_cases import CodeAttempt, CodeIssued, CodeRequest, LoggedIn
from services.identity.sessions.use_cases import make_tokens
from services.identity.settings import Settings
from services.identity.signing_keys.key_ring import KeyRing

routes = Routes()
_NOT_STORED = {"cache-control": "no-store"}
_PROOF_OF_CENTRE = replace(
    PROOF_HEADER,
    description="On a device of a service centre: proof of its key (RFC 9449). It refuses no login",
    required=False,
)

log = structlog.get_logger()


class RequestGroup(GroupCommit[CodeRequest, CodeIssued]):
    """Code requests that share a transaction."""


class AttemptGroup(GroupCommit[CodeAttempt, LoggedIn]):
    """Attempts to exchange a code that share a transaction."""


@routes.post(
    "/v1/login/codes",
    status=202,
    headers=_NOT_STORED,
    problems=(
        "codes_too_many_for_phone",
        "codes_too_many_for_address",
        "codes_too_many_for_device",
        "codes_paused",
    ),
    example={"phone": "০১৭১২-৩৪৫৬৭৮"},
)
async def request_code(  # noqa: PLR0913
    body: RequestCode,
    request: Request,
    requests: RequestGroup,
    proxies: TrustedProxies,
    devices: DeviceTokens,
    settings: Settings,
    metrics: Metrics,
) -> CodeSent:
    """Request a one-time code by SMS.

    The response is the same for known and unknown numbers.

    Raises:
        Refused: the phone, the address or the device requested too many codes, or the platform's
            budget of the day is used up.
    """
    phone = read_phone(body.phone)
    origin = devices.origin(client_address(request, proxies), body.device_token, phone)
    code_request = CodeRequest(phone, origin, language_of(request))
    if phone in settings.test_phones.split(","):
        code_request = replace(code_request, code=TEST_CODE)
    try:
        issued = await requests.submit(code_request)
    except Refused as refusal:
        metrics.count("rate_limited", limit=refusal.code)
        raise
    return CodeSent(expires_in_s=settings.code_valid_s, accounts_only=issued.accounts_only)


@routes.post(
    "/v1/login/tokens",
    headers=_NOT_STORED,
    reads=(_PROOF_OF_CENTRE,),
    problems=(
        "code_wrong",
        "code_expired",
        "code_too_short",
        "account_proof_needed",
        "account_proof_wrong",
    ),
    example={"phone": "+8801712345678", "code": "৪৮২১৯৩"},
)
async def exchange_code(  # noqa: PLR0913
    body: ExchangeCode,
    request: Request,
    language: Language,
    attempts: AttemptGroup,
    proxies: TrustedProxies,
    devices: DeviceTokens,
    keys: KeyRing,
    settings: Settings,
    clock: Clock,
    repeat_key: IdempotencyKey | None,
) -> LoginTokens:
    """Exchange a code for tokens.

    If the number was silent for long, somebody else may have it now: a number of the profile is
    asked for as well, with a new code.

    If no answer came, the same code with the same Idempotency-Key, which nobody can guess, gets
    new tokens for two minutes; those of the answer that was lost are worth nothing then.
    """
    phone = read_phone(body.phone)
    origin = devices.origin(client_address(request, proxies), body.device_token, phone)
    device_id = origin.device_id or new_device_id()
    attempt = CodeAttempt(
        phone,
        read_code(body.code),
        origin,
        language,
        body.number,
        body.new_account,
        _key_of_centre(request, settings, clock) or device_id,
        repeat_key,
        browser_of(request),
    )
    keys.check_ready()
    session, erasure_due_at = await attempts.submit(attempt)
    log.info(
        "logged in",
        citizen_id=str(session.subject_id),
        session_id=str(session.session_id),
        factor="code by SMS",
        known_device=origin.is_known,
    )
    return LoginTokens(
        **make_tokens(keys, session, attempt.token).model_dump(),
        device_token=devices.make(device_id, phone),
        erasure_due_at=erasure_due_at,
    )


def _key_of_centre(request: Request, settings: Settings, clock: Clock) -> str | None:
    """Return the thumbprint of the key of a centre's device, if the request has its proof.

    It says on which device a citizen logs in, which people of the programme look at. So it may be
    shown twice, and a wrong one refuses nothing.
    """
    if PROOF_HEADER.name not in request.headers:
        return None
    try:
        return read_proof(request, settings.origins, clock.now().timestamp()).thumbprint
    except Refused:
        return None
