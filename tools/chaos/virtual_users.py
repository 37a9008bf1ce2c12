"""Virtual users during chaos: they apply, read, correct, withdraw, and repeat lost requests.

Some give up when no answer comes, and repeat the request with the same key only at the end. Their
application must then be there once, whether or not the first request had arrived.
"""

import asyncio
import random
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from libs.telemetry.tracing import Tracing
from tools.chaos.clicks import AssistedClick, ChaosCitizen, Click
from tools.ledger import NoCode, Row
from tools.virtual_users.citizen import Api, Codes, NotServed, log_in_all
from tools.virtual_users.counter import Counter
from tools.virtual_users.scenarios import Scenario

_REQUESTS_AT_ONCE = 32
_REPEAT_TIMEOUT_S = 180.0
_MIN_CITIZENS = 8
_CITIZENS_PER_CLICK = 3  # for every click a second; far below the rate limit of a citizen
_NEW_CITIZEN_ONE_IN = 25
_GIVES_UP = 0.3
_AT_A_CENTRE = 0.15
_GREEDY = 0.3
_TO_A_DESK = 0.08
_WITHDRAWS = 0.12
_LOOKS = 0.25
_NEXT_STEP_WITHIN_S = 4.0
_POLL_S = 1.0
_CLOSED = {"approved", "refused", "withdrawn"}


class VirtualUsers:
    """Many citizens.

    Args:
        api: the public API.
        codes: where one-time codes arrive.
        scenarios: what they apply for.
        tasks: where the steps after a click run.
        counters: where some of them are helped.
        desks: public services on which officers work here; some apply for one of them.
        seed: chooses who does what.
        rate_per_s: how many apply in a second.
    """

    def __init__(  # noqa: PLR0913
        self,
        api: Api,
        codes: Codes,
        scenarios: Sequence[Scenario],
        tasks: asyncio.TaskGroup,
        *,
        counters: Sequence[Counter] = (),
        desks: Collection[str] = (),
        seed: int,
        rate_per_s: float,
    ) -> None:
        self.clicks: list[Click] = []
        self.problems: list[str] = []
        self._by_application: dict[str, Click] = {}
        self._correction_requested: set[str] = set()
        self._correcting = 0
        self._stopped = False
        self._api = api
        self._codes = codes
        self._scenarios = scenarios
        self._without_papers = [scenario for scenario in scenarios if not scenario.needs_a_paper]
        self._at_desks = [scenario for scenario in scenarios if scenario.public_service_id in desks]
        self._counters = counters
        self._tasks = tasks
        self._rate_per_s = rate_per_s
        self._random = random.Random(seed)  # noqa: S311 -- a run must be repeatable
        self._citizens: list[ChaosCitizen] = []
        self._tracing = Tracing("citizen")

    @property
    def is_correcting(self) -> bool:
        """Whether a citizen is still to correct an application."""
        return self._correcting > 0

    async def log_in(self) -> None:
        """Log in the first citizens."""
        await self._log_in(max(_MIN_CITIZENS, round(self._rate_per_s * _CITIZENS_PER_CLICK)))

    async def click(self, length_s: float) -> None:
        """Click on schedule for so many seconds, whether or not earlier clicks are answered."""
        due_s = time.monotonic()
        end_s = due_s + length_s
        while due_s < end_s:
            await asyncio.sleep(due_s - time.monotonic())
            due_s += self._random.expovariate(self._rate_per_s)
            self._tasks.create_task(self._visit(self.plan_click()))
            if self._random.random() * _NEW_CITIZEN_ONE_IN < 1:
                self._tasks.create_task(self._log_in(1))

    def plan_click(self) -> Click:
        """Choose a citizen and a public service; some citizens are helped at a centre.

        Each of these comes for the first time, since a phone gets few requests for a consent a day.
        """
        is_helped = bool(self._counters) and self._random.random() < _AT_A_CENTRE
        possible = self._without_papers if is_helped else self._scenarios
        if self._at_desks and not is_helped and self._random.random() < _TO_A_DESK:
            possible = self._at_desks
        scenario = self._random.choice(possible)
        command = {
            "public_service_id": scenario.public_service_id,
            "form": scenario.form,
        }
        return (
            AssistedClick(
                self._new_citizen(),
                command,
                counter=self._random.choice(self._counters),
                is_greedy=self._random.random() < _GREEDY,
            )
            if is_helped
            else Click(self._random.choice(self._citizens), command)
        )

    def on_decision(self, row: Row) -> None:
        """Have an application corrected whose ministry asks for a correction.

        The ministry may ask before the citizen has the answer to the click; then the correction
        begins after that answer.
        """
        if row["action"] != "correction_asked":
            return
        application_id = row["application_id"]
        self._correction_requested.add(application_id)
        if application_id in self._by_application:
            self._tasks.create_task(self._correct(self._by_application[application_id]))

    async def repeat_unanswered(self) -> None:
        """Repeat every click without an answer, with the same key, and every missing correction.

        A platform that does not answer even now is not waited for longer than three minutes.
        """
        slots = asyncio.Semaphore(_REQUESTS_AT_ONCE)

        async def repeat(click: Click) -> None:
            async with slots:
                await self.submit(click)

        with suppress(TimeoutError):
            async with asyncio.timeout(_REPEAT_TIMEOUT_S), asyncio.TaskGroup() as tasks:
                for click in self.clicks:
                    if not click.tracking_number:
                        tasks.create_task(repeat(click))
                    elif click.application_id in self._correction_requested and not click.corrected:
                        self._tasks.create_task(self._correct(click))

    def stop(self) -> None:
        """Stop waiting for corrections that the platform never requests."""
        self._stopped = True

    async def submit(self, click: Click, *, give_up_after_s: float | None = None) -> None:
        """Send a click until it is answered, or for `give_up_after_s`, at least once."""
        options = {} if give_up_after_s is None else {"give_up_after_s": give_up_after_s}
        try:
            status, content = await click.send(self._codes, **options)
        except (NotServed, NoCode) as failure:
            if give_up_after_s is None:
                self._note(failure)
            return
        if status != 201:
            self._note(NotServed(f"POST application: {status} {content.get('type', '')}"))
            return
        click.answered_at = datetime.now(UTC)
        click.application_id = content["application_id"]
        click.tracking_number = content["tracking_number"]
        self._by_application[click.application_id] = click
        if click.application_id in self._correction_requested:
            self._tasks.create_task(self._correct(click))

    async def withdraw(self, click: Click) -> None:
        """Withdraw an application; one that is decided cannot be withdrawn, which is no problem."""
        path = f"/v1/applications/{click.tracking_number}/withdrawal"
        key = f"{click.key}-withdrawal"
        status, content = await click.citizen.authorized(lambda: click.citizen.post(path, key))
        click.withdrawn = status == 200
        if status not in {200, 409}:
            self._note(NotServed(f"POST withdrawal: {status} {content.get('type', '')}"))

    async def _log_in(self, count: int) -> None:
        citizens, failures = await log_in_all([self._new_citizen() for _ in range(count)])
        self._citizens += citizens
        self.problems += failures

    def _new_citizen(self) -> ChaosCitizen:
        return ChaosCitizen(self._api, self._codes, self._tracing, traced=False)

    async def _visit(self, click: Click) -> None:
        gives_up, withdraws, looks = (
            self._random.random() < share for share in (_GIVES_UP, _WITHDRAWS, _LOOKS)
        )
        pause_s = self._random.uniform(0, _NEXT_STEP_WITHIN_S)
        if isinstance(click, AssistedClick):
            try:
                await click.get_consent(self._codes)
            except (NotServed, NoCode) as failure:
                self._note(failure)
                return
        self.clicks.append(click)
        await self.submit(click, give_up_after_s=0.0 if gives_up else None)
        if not click.tracking_number:
            return
        await asyncio.sleep(pause_s)
        try:
            if looks:
                await click.citizen.view(click.tracking_number)
            if withdraws:
                await self.withdraw(click)
        except (NotServed, NoCode) as failure:
            self._note(failure)

    async def _correct(self, click: Click) -> None:
        self._correcting += 1
        try:
            while not (self._stopped or await self._is_settled(click)):  # noqa: ASYNC110
                await asyncio.sleep(_POLL_S)
        except (NotServed, NoCode) as failure:
            self._note(failure)
        finally:
            self._correcting -= 1

    async def _is_settled(self, click: Click) -> bool:
        """Correct if requested; return true once that is done or no longer possible."""
        view = await click.citizen.view(click.tracking_number)
        corrected = any(entry["type"] == "application_corrected" for entry in view["timeline"])
        if view["status"] in _CLOSED or corrected:
            return True
        if view["status"] != "correction_requested":
            return False
        path = f"/v1/applications/{click.tracking_number}/corrections"
        key, body = f"{click.key}-correction", {"form": click.command["form"]}
        status, content = await click.citizen.authorized(
            lambda: click.citizen.post(path, key, body)
        )
        if status == 200:
            click.corrected = 1
        elif status != 409:
            self._note(NotServed(f"POST correction: {status} {content.get('type', '')}"))
        return status == 200

    def _note(self, failure: Exception) -> None:
        self.problems.append(str(failure))
