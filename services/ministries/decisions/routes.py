"""The route of ministries' systems: signed callbacks with decisions."""

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.ministries import MinistryDecision
from libs.database.group import GroupCommit
from libs.trace_context import current_context
from libs.web.body import check_json_type, read_json
from libs.web.signatures import verify
from services.ministries.decisions import rules
from services.ministries.decisions.rules import Callback
from services.ministries.deliveries import responses


def decision_routes(
    callbacks: GroupCommit[Callback, None],
    *,
    master_secret: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Route]:
    """Return the routes of decisions.

    Args:
        callbacks: records callbacks; concurrent ones share a commit.
        master_secret: the secret from which the secret of every ministry is derived.
        clock: returns the time now.
    """

    async def take_decision(request: Request) -> Response:
        """Take a decision over; 204 says that it is stored, also for a repeat.

        Raises:
            Refused: the signature or the webhook-id is not valid, or the application was never
                sent to this ministry.
        """
        check_json_type(request.headers.get("content-type"))
        ministry = request.path_params["ministry"]
        body = await request.body()
        secret = rules.secret_of(master_secret, ministry)
        webhook_id = verify(secret, request.headers, body, clock())
        rules.check_webhook_id(webhook_id)
        decision = responses.clean(read_json(body, MinistryDecision))
        await callbacks.submit(Callback(ministry, webhook_id, decision, current_context()))
        return Response(status_code=204)

    return [Route("/v1/ministries/{ministry}/decisions", take_decision, methods=["POST"])]
