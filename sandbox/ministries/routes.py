"""The back ends of the ministries: they accept submissions, open case files and decide."""

from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.web.body import check_json_type, read_json
from libs.web.idempotency import IdempotencyKey
from libs.web.routes import Routes
from libs.web.signatures import verify
from sandbox.callbacks.jobs import CallbackSenders
from sandbox.faults.controls import Controls
from sandbox.faults.destinations import check_ministry
from sandbox.faults.injector import FaultInjector
from sandbox.keys import keys_of
from sandbox.ledger.file import LedgerFile
from sandbox.ministries.papers import PaperFetcher
from sandbox.ministries.use_cases import Arrival, HandOver, accept
from sandbox.settings import Settings

routes = Routes()


@routes.post("/ministries/{ministry}/submissions", public=False)
async def take_submission(  # noqa: PLR0913
    ministry: str,
    raw: bytes,
    key: IdempotencyKey,
    request: Request,
    ledger: LedgerFile,
    injector: FaultInjector,
    controls: Controls,
    senders: CallbackSenders,
    fetcher: PaperFetcher,
    settings: Settings,
    clock: Clock,
) -> Response:
    """Accept a submission of the platform; a repeat under the same key gets the first response.

    Raises:
        Refused: it is not signed with a key of this ministry.
    """
    check_ministry(ministry)
    verify(keys_of(settings)(ministry), request.headers, raw, clock.now())
    check_json_type(request.headers.get("content-type"))
    body = read_json(raw, HandOver)

    async def act() -> Response:
        arrival = Arrival(
            ministry=ministry,
            body=body,
            idempotency_key=key,
            traceparent=request.headers.get("traceparent", ""),
            behaviour=controls.behaviour_of(ministry),
            ignores_keys=bool(controls.faults_of(ministry).ignore_idempotency),
            seed=settings.seed,
            papers=await fetcher.check(body.documents),
        )
        answer = await ledger.write(accept, arrival)
        senders["decision"].wake()
        return Response(answer, media_type="application/json")

    return await injector.through(ministry, act)
