"""The route of ministries' systems: signed callbacks with decisions."""

from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request

from libs.clock import Clock
from libs.contracts.ministries import MinistryDecision
from libs.database.group import GroupCommit
from libs.trace_context import current_context
from libs.web.handling.body import check_json_type, read_json
from libs.web.handling.routes import Routes
from libs.web.signed.own_papers import own_paper_key, read_own_receipt
from libs.web.signed.signatures import verify
from services.ministries.decisions import rules
from services.ministries.decisions.rules import Callback
from services.ministries.deliveries import responses
from services.ministries.keys import keys_of
from services.ministries.settings import Settings
from services.ministries.signed import SIGNED, json_body

_NOTE: Final = {"bn": "ছবিটি স্পষ্ট নয়।", "en": "The photo is not clear."}
_APPROVED: Final = {
    "application_id": "0198a5b0-5c1e-7d20-9b7a-3f6f0c1d2e3f",
    "action": "approved",
    "case_file_number": "05.00.0000.012.345.6789",
    "decided_at": "2026-11-25T10:00:00+06:00",
}

routes = Routes()


class CallbackGroup(GroupCommit[Callback, None]):
    """Records callbacks; concurrent ones share a commit."""


@routes.post(
    "/v1/ministries/{ministry}/decisions",
    reads=SIGNED,
    models=(MinistryDecision,),
    openapi=json_body(
        "MinistryDecision",
        approved=_APPROVED,
        refused={**_APPROVED, "action": "refused", "note": _NOTE},
        correction_asked={**_APPROVED, "action": "correction_asked", "note": _NOTE},
        received={**_APPROVED, "action": "received"},
    ),
    problems=(
        "unsupported_media_type",
        "not_json",
        "wrong_shape",
        "signature_invalid",
        "webhook_id_malformed",
        "webhook_id_reused",
        "delivery_unknown",
        "decided_otherwise",
        "withdrawal_confirmed",
        "paper_receipt_ended",
    ),
)
async def take_decision(
    ministry: Annotated[str, Field(description="Id of the ministry", examples=["mopa"])],
    raw: bytes,
    request: Request,
    settings: Settings,
    callbacks: CallbackGroup,
    clock: Clock,
) -> None:
    """Accept a ministry's decision; 204 says that it is stored, also for a repeat."""
    check_json_type(request.headers.get("content-type"))
    webhook_id = verify(keys_of(settings, ministry), request.headers, raw, clock.now())
    rules.check_webhook_id(webhook_id)
    decision = responses.clean(read_json(raw, MinistryDecision))
    own = None
    if decision.paper is not None and decision.paper.receipt is not None:
        key = own_paper_key(settings.papers_secret.get_secret_value())
        own = read_own_receipt(decision.paper.receipt, key, clock.now())
    await callbacks.submit(Callback(ministry, webhook_id, decision, current_context(), own))
