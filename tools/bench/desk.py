"""Applications on which officers work here, from the click to the SMS with their decision."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from libs.telemetry.tracing import Tracing
from tools.ledger import Ledger, LedgerReader, NoCode, received_at
from tools.supervision.state import State
from tools.virtual_users.citizen import Accepted, Api, Citizen, NotServed, log_in_all
from tools.virtual_users.counter import Command
from tools.virtual_users.officers import AT_DESKS, Officers
from tools.virtual_users.scenarios import Scenario

APPLICATIONS = 24
_CITIZENS = 6
_NO_PROGRESS_S = 30.0
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class DeskStage:
    """The findings about officers who work here.

    Args:
        decided: how many applications they decided.
        lost: refused, or accepted without a case, a decision or its SMS.
        duplicates: cases and messages above those that an application has.
        sms_ms: times from click to the decision's SMS at the provider, sorted.
    """

    decided: int
    lost: int
    duplicates: int
    sms_ms: Sequence[float]


async def measure_desks(
    run: Command | None, http: aiohttp.ClientSession, state: State, scenarios: Sequence[Scenario]
) -> DeskStage | None:
    """Have some citizens apply for what officers work on here, and follow each application.

    Args:
        run: runs a command for operators; None where they have no databases, and there are none.
        http: the client.
        state: what runs where.
        scenarios: of all public services.

    Raises:
        NotServed: an officer was refused something, or a citizen could not log in.
    """
    if run is None:
        return None
    api, tracing = Api(http, state.gateway), Tracing("bench")
    reader = LedgerReader(http, state.sandbox)
    await reader.skip_to_end()
    officers = await Officers.opened(api, run)
    async with reader.following():
        citizens, failures = await log_in_all(
            [Citizen(api, reader, tracing, traced=False) for _ in range(_CITIZENS)]
        )
    if failures:
        raise NotServed(failures[0])
    own = [scenario for scenario in scenarios if scenario.public_service_id in AT_DESKS]
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(reader.follow(stop))
        tasks.create_task(officers.work(stop, reader.ledger.add))
        applied = await asyncio.gather(
            *(
                _apply(citizens[number % _CITIZENS], own[number % len(own)])
                for number in range(APPLICATIONS)
            )
        )
        accepted = [click for click in applied if click is not None]
        await _until_complete(accepted, reader.ledger)
        stop.set()
    await officers.close()
    return evaluate(APPLICATIONS, accepted, reader.ledger)


def evaluate(applications: int, accepted: Sequence[Accepted], ledger: Ledger) -> DeskStage:
    """Compare the clicks with what officers saw and decided, and with the SMS."""
    received = [
        (click, ledger.of(click.application_id, click.tracking_number)) for click in accepted
    ]
    answered = [
        (received_at(found.answer) - click.clicked_at).total_seconds() * 1000
        for click, found in received
        if found.is_complete and found.is_decided_at_a_desk and found.answer
    ]
    return DeskStage(
        decided=sum(found.is_decided_at_a_desk for _, found in received),
        lost=applications - len(answered),
        duplicates=sum(
            found.duplicate_hand_overs + found.duplicate_messages for _, found in received
        ),
        sms_ms=sorted(answered),
    )


async def _apply(citizen: Citizen, scenario: Scenario) -> Accepted | None:
    try:
        return await citizen.apply(scenario.public_service_id, scenario.form)
    except (NotServed, NoCode):
        return None  # counts as lost


async def _until_complete(accepted: Sequence[Accepted], ledger: Ledger) -> None:
    """Wait until each application has its decision's SMS, or nothing comes for 30 seconds."""
    before, changed_s = -1, time.monotonic()
    while before < len(accepted) and time.monotonic() - changed_s < _NO_PROGRESS_S:
        await asyncio.sleep(_POLL_S)
        now = len(evaluate(len(accepted), accepted, ledger).sms_ms)
        if now != before:
            before, changed_s = now, time.monotonic()
