"""The back ends of the ministries: they accept submissions, open case files and decide."""

from typing import Any, Final, TypeVar

import orjson
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.errors import Refused
from libs.web.handling import problems
from libs.web.handling.body import check_json_type, read_json
from libs.web.handling.idempotency import IdempotencyKey
from libs.web.handling.responses import json_response
from libs.web.handling.routes import Routes
from libs.web.signed.signatures import verify
from sandbox.callbacks.jobs import CallbackSenders
from sandbox.faults.controls import Controls
from sandbox.faults.destinations import check_ministry
from sandbox.faults.injector import FaultInjector
from sandbox.keys import keys_of
from sandbox.ledger.file import LedgerFile
from sandbox.ministries import soap
from sandbox.ministries.papers import PaperFetcher
from sandbox.ministries.rules import REFUSALS
from sandbox.ministries.use_cases import Arrival, HandOver, accept, give_states
from sandbox.settings import Settings

_REFUSED_BY_FAULT: Final = "public_service_unknown"

routes = Routes()
M = TypeVar("M", bound=BaseModel)


class AskedStates(BaseModel):
    """A question about applications."""

    tracking_numbers: list[str] = Field(max_length=1_000)


class GivenStates(BaseModel):
    """The states of the applications of a question that the ministry has."""

    states: list[dict[str, Any]]


class Backends:
    """The ministries' back ends, for all protocols.

    Args:
        ledger: stores what they accept.
        controls: how they behave.
        senders: send their decisions.
        fetcher: fetches the papers of a submission.
        seed: determines their decisions.
    """

    def __init__(
        self,
        ledger: LedgerFile,
        controls: Controls,
        senders: CallbackSenders,
        fetcher: PaperFetcher,
        seed: int,
    ) -> None:
        self._ledger = ledger
        self._controls = controls
        self._senders = senders
        self._fetcher = fetcher
        self._seed = seed

    async def accept(
        self, ministry: str, body: HandOver, key: str, request: Request, *, is_asked: bool = False
    ) -> str:
        """Accept a submission; return the response as JSON.

        One that `is_asked` calls nobody, and says what it decided when it is asked.

        Raises:
            Refused: the ministry will never take it; the code is one of `REFUSALS`.
        """
        arrival = Arrival(
            ministry=ministry,
            body=body,
            idempotency_key=key,
            traceparent=request.headers.get("traceparent", ""),
            behaviour=self._controls.behaviour_of(ministry),
            ignores_keys=bool(self._controls.faults_of(ministry).ignore_idempotency),
            seed=self._seed,
            papers=await self._fetcher.check(body.documents),
            is_asked=is_asked,
        )
        answer = await self._ledger.write(accept, arrival)
        self._senders["decision"].wake()
        return answer


@routes.post("/ministries/{ministry}/submissions", public=False)
@routes.post("/asked/ministries/{ministry}/submissions", public=False)
async def take_submission(  # noqa: PLR0913
    ministry: str,
    raw: bytes,
    key: IdempotencyKey,
    request: Request,
    injector: FaultInjector,
    backends: Backends,
    settings: Settings,
    clock: Clock,
) -> Response:
    """Accept a submission of the platform; a repeat under the same key gets the first response.

    The system under `/asked` never calls back.

    Raises:
        Refused: it is not signed with a key of this ministry.
    """
    body = _read(HandOver, ministry, raw, request, settings, clock)
    is_asked = request.url.path.startswith("/asked/")

    async def act() -> Response:
        try:
            answer = await backends.accept(ministry, body, key, request, is_asked=is_asked)
        except Refused as refusal:
            return _problem(refusal.code)
        return Response(answer, media_type="application/json")

    return await injector.through(ministry, act, refusal=_problem(_REFUSED_BY_FAULT))


@routes.post("/asked/ministries/{ministry}/states", public=False)
async def tell_states(  # noqa: PLR0913
    ministry: str,
    raw: bytes,
    request: Request,
    injector: FaultInjector,
    ledger: LedgerFile,
    settings: Settings,
    clock: Clock,
) -> Response:
    """Return the states of applications, for a ministry that calls nobody.

    Raises:
        Refused: it is not signed with a key of this ministry.
    """
    asked = _read(AskedStates, ministry, raw, request, settings, clock)

    async def act() -> Response:
        states = await ledger.write(give_states, ministry, asked.tracking_numbers, clock.now())
        return json_response(GivenStates(states=states))

    return await injector.through(ministry, act)


@routes.post("/ministries/{ministry}/soap", public=False)
async def take_soap(  # noqa: PLR0913
    ministry: str,
    raw: bytes,
    request: Request,
    injector: FaultInjector,
    backends: Backends,
    settings: Settings,
    clock: Clock,
) -> Response:
    """Accept a submission of the platform by SOAP, like the JSON side.

    Raises:
        Refused: it is not signed with a key of this ministry.
    """
    check_ministry(ministry)
    verify(keys_of(settings)(ministry), request.headers, raw, clock.now())
    body, key = soap.read_submit(raw)

    async def act() -> Response:
        try:
            answer = await backends.accept(ministry, body, key, request)
        except Refused as refusal:
            return _fault(refusal.code)
        return Response(soap.write_answer(answer), media_type=soap.MEDIA_TYPE)

    return await injector.through(ministry, act, refusal=_fault(_REFUSED_BY_FAULT))


def _problem(code: str) -> Response:
    problem = orjson.dumps({"type": REFUSALS[code][0], "status": 422})
    return Response(problem, 422, media_type=problems.MEDIA_TYPE)


def _fault(code: str) -> Response:
    return Response(soap.write_fault(REFUSALS[code][1]), 500, media_type=soap.MEDIA_TYPE)


def _read(
    model: type[M], ministry: str, raw: bytes, request: Request, settings: Settings, clock: Clock
) -> M:
    check_ministry(ministry)
    verify(keys_of(settings)(ministry), request.headers, raw, clock.now())
    check_json_type(request.headers.get("content-type"))
    return read_json(raw, model)
