"""The back ends of the ministries: they accept submissions, open case files and decide."""

from starlette.requests import Request
from starlette.responses import Response

from libs.web.idempotency import IdempotencyKey
from libs.web.routes import Routes
from sandbox.callbacks.jobs import CallbackSenders
from sandbox.faults.controls import Controls
from sandbox.faults.destinations import check_ministry
from sandbox.faults.injector import FaultInjector
from sandbox.ledger.file import LedgerFile
from sandbox.ministries.use_cases import Arrival, HandOver, accept
from sandbox.settings import Settings

routes = Routes()


@routes.post("/ministries/{ministry}/submissions", public=False)
async def take_submission(  # noqa: PLR0913
    ministry: str,
    body: HandOver,
    key: IdempotencyKey,
    request: Request,
    ledger: LedgerFile,
    injector: FaultInjector,
    controls: Controls,
    senders: CallbackSenders,
    settings: Settings,
) -> Response:
    """Accept a submission; a repeat under the same key gets the first response."""
    check_ministry(ministry)

    async def act() -> Response:
        arrival = Arrival(
            ministry=ministry,
            body=body,
            idempotency_key=key,
            traceparent=request.headers.get("traceparent", ""),
            behaviour=controls.behaviour_of(ministry),
            ignores_keys=bool(controls.faults_of(ministry).ignore_idempotency),
            seed=settings.seed,
        )
        answer = await ledger.write(accept, arrival)
        senders["decision"].wake()
        return Response(answer, media_type="application/json")

    return await injector.through(ministry, act)
