"""The route of ministries' systems: signed callbacks with decisions."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request

from libs.clock import Clock
from libs.contracts.ministries import MinistryDecision
from libs.database.group import GroupCommit
from libs.trace_context import current_context
from libs.web.handling.body import check_json_type, read_json
from libs.web.handling.routes import Routes
from libs.web.signed.signatures import verify
from services.ministries.decisions import rules
from services.ministries.decisions.rules import Callback
from services.ministries.deliveries import responses
from services.ministries.keys import keys_of
from services.ministries.settings import Settings

routes = Routes()


class CallbackGroup(GroupCommit[Callback, None]):
    """Records callbacks; concurrent ones share a commit."""


@routes.post(
    "/v1/ministries/{ministry}/decisions",
    public=False,
    problems=(
        "signature_invalid",
        "webhook_id_malformed",
        "webhook_id_reused",
        "delivery_unknown",
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
    await callbacks.submit(Callback(ministry, webhook_id, decision, current_context()))
