"""Citizens at work while everything breaks: they apply, ask, correct, withdraw, and click again.

Some walk away when no answer comes, and click once more, with the same key, only in the evening:
their application must then be there once, whether or not the first click had arrived.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from libs.telemetry.tracing import Tracing
from tools.chaos.witness import Witness
from tools.ledger.phones import NoCode
from tools.virtual_users.citizen import SERVICE_CENTRES, Api, Citizen, NotServed
from tools.virtual_users.wishes import Wish

_LOGINS_AT_ONCE = 8
_CLICKS_AT_ONCE = 32
_EVENING_S = 180.0
_FIRST_CITIZENS_PER_CLICK = 3  # of a second; none is anywhere near what one may ask for
_NEWCOMER_ONE_IN = 25
_WALKS_AWAY = 0.3
_WITHDRAWS = 0.12
_ASKS = 0.25
_SOON_S = 4.0
_LOOK_AGAIN_S = 1.0
_CLOSED = {"approved", "refused", "withdrawn"}

View = dict[str, Any]


class Visitor(Citizen):
    """A citizen who logs in again when the token has run out."""

    async def again(self, act: Callable[[], Awaitable[tuple[int, View]]]) -> tuple[int, View]:
        """Do something; after 401 log in and do it once more."""
        status, answer = await act()
        if status == 401:
            await self.log_in()
            status, answer = await act()
        return status, answer

    async def view(self, tracking_number: str) -> View:
        """One's own application as it stands.

        Raises:
            NotServed: it is not shown.
        """
        path = f"/v1/applications/{tracking_number}"
        status, answer = await self.again(lambda: self.get(path))
        if status != 200:
            raise NotServed(f"GET application: {status}")
        return answer


@dataclass(slots=True)
class Click:
    """One wish to apply, under one key, and what came of it.

    Args:
        citizen: who clicks.
        command: the body.
        key: the Idempotency-Key of every repetition.
        clicked_at: when it was clicked first.
        answered_at: when the answer with the tracking number came; None until then.
        withdrawn: the platform said yes to a withdrawal.
        corrected: how many corrections the platform said yes to.
    """

    citizen: Visitor
    command: dict[str, Any]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    clicked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered_at: datetime | None = None
    tracking_number: str = ""
    application_id: str = ""
    withdrawn: bool = False
    corrected: int = 0


class Crowd:
    """Many citizens.

    Args:
        api: the public API.
        witness: where they receive.
        wishes: what they are after.
        tasks: where what follows from a click goes on.
        seed: chooses who does what.
        rate_per_s: how many apply in a second.
    """

    def __init__(
        self,
        api: Api,
        witness: Witness,
        wishes: Sequence[Wish],
        tasks: asyncio.TaskGroup,
        *,
        seed: int,
        rate_per_s: float,
    ) -> None:
        self.clicks: list[Click] = []
        self.troubles: list[str] = []
        self._by_application: dict[str, Click] = {}
        self._asked: set[str] = set()
        self._correcting = 0
        self._at_home = False
        self._api = api
        self._witness = witness
        self._wishes = wishes
        self._tasks = tasks
        self._rate_per_s = rate_per_s
        self._dice = random.Random(seed)  # noqa: S311 -- repeatable is the point
        self._citizens: list[Visitor] = []
        self._tracing = Tracing("citizen", sample_share=0.0)

    @property
    def nobody_corrects(self) -> bool:
        """Whether no citizen is about to correct an application."""
        return self._correcting == 0

    async def arrive(self) -> None:
        """Have the first citizens log in."""
        places = asyncio.Semaphore(_LOGINS_AT_ONCE)

        async def one() -> None:
            async with places:
                await self._newcomer()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(max(8, round(self._rate_per_s * _FIRST_CITIZENS_PER_CLICK))):
                tasks.create_task(one())

    async def work(self, length_s: float) -> None:
        """Click on schedule for so many seconds, whether or not those before were answered."""
        due_s = time.monotonic()
        end_s = due_s + length_s
        while due_s < end_s:
            await asyncio.sleep(due_s - time.monotonic())
            due_s += self._dice.expovariate(self._rate_per_s)
            self._tasks.create_task(self._visit(self._next_click()))
            if self._dice.random() * _NEWCOMER_ONE_IN < 1:
                self._tasks.create_task(self._newcomer())

    def asked(self, application_id: str) -> None:
        """Have an application corrected that its ministry sent back.

        That may be known before its citizen has the answer to the click; then it waits for that.
        """
        self._asked.add(application_id)
        if application_id in self._by_application:
            self._tasks.create_task(self._correct(self._by_application[application_id]))

    async def click_again(self) -> None:
        """In the evening everybody who has no answer clicks once more, with the same key.

        And who gave up correcting while nothing answered, begins to correct. A platform that does
        not answer even now is not waited for longer than an evening.
        """
        places = asyncio.Semaphore(_CLICKS_AT_ONCE)

        async def one(click: Click) -> None:
            async with places:
                await self._click(click)

        with suppress(TimeoutError):
            async with asyncio.timeout(_EVENING_S), asyncio.TaskGroup() as tasks:
                for click in self.clicks:
                    if not click.tracking_number:
                        tasks.create_task(one(click))
                    elif click.application_id in self._asked and not click.corrected:
                        self._tasks.create_task(self._correct(click))

    def go_home(self) -> None:
        """Wait no longer for what has not come: a correction that the platform never asks for."""
        self._at_home = True

    async def _newcomer(self) -> None:
        visitor = Visitor(self._api, self._witness, self._tracing, traced=False)
        try:
            await visitor.log_in()
        except (NotServed, NoCode) as failure:
            self._note(failure)
        else:
            self._citizens.append(visitor)

    def _next_click(self) -> Click:
        wish = self._dice.choice(self._wishes)
        command = {
            "public_service_id": wish.public_service_id,
            "form": wish.form,
            "service_centre_id": self._dice.choice(SERVICE_CENTRES),
        }
        click = Click(self._dice.choice(self._citizens), command)
        self.clicks.append(click)
        return click

    async def _visit(self, click: Click) -> None:
        hasty, withdraws, asks = (
            self._dice.random() < share for share in (_WALKS_AWAY, _WITHDRAWS, _ASKS)
        )
        soon_s = self._dice.uniform(0, _SOON_S)
        await self._click(click, patience_s=0.0 if hasty else None)
        if not click.tracking_number:
            return
        await asyncio.sleep(soon_s)
        try:
            if asks:
                await click.citizen.view(click.tracking_number)
            if withdraws:
                await self._withdraw(click)
        except (NotServed, NoCode) as failure:
            self._note(failure)

    async def _click(self, click: Click, *, patience_s: float | None = None) -> None:
        patience = {} if patience_s is None else {"patience_s": patience_s}
        try:
            status, answer = await click.citizen.again(
                lambda: click.citizen.post_application(click.command, click.key, **patience)
            )
        except (NotServed, NoCode) as failure:
            if patience_s is None:
                self._note(failure)
            return
        if status != 201:
            self._note(NotServed(f"POST application: {status} {answer.get('type', '')}"))
            return
        click.answered_at = datetime.now(UTC)
        click.application_id = answer["application_id"]
        click.tracking_number = answer["tracking_number"]
        self._by_application[click.application_id] = click
        if click.application_id in self._asked:
            self._tasks.create_task(self._correct(click))

    async def _withdraw(self, click: Click) -> None:
        path = f"/v1/applications/{click.tracking_number}/withdrawal"
        key = f"{click.key}-withdrawal"
        status, answer = await click.citizen.again(lambda: click.citizen.post(path, key))
        click.withdrawn = status == 200
        if status not in {200, 409}:
            self._note(NotServed(f"POST withdrawal: {status} {answer.get('type', '')}"))

    async def _correct(self, click: Click) -> None:
        self._correcting += 1
        try:
            while not (self._at_home or await self._is_settled(click)):  # noqa: ASYNC110 -- nobody calls a citizen
                await asyncio.sleep(_LOOK_AGAIN_S)
        except (NotServed, NoCode) as failure:
            self._note(failure)
        finally:
            self._correcting -= 1

    async def _is_settled(self, click: Click) -> bool:
        """Correct if one is asked to; true when that is done, or no longer wanted."""
        view = await click.citizen.view(click.tracking_number)
        if view["status"] in _CLOSED or self._is_corrected(view):
            return True
        if view["status"] != "correction_requested":
            return False
        path = f"/v1/applications/{click.tracking_number}/corrections"
        key, body = f"{click.key}-correction", {"form": click.command["form"]}
        status, answer = await click.citizen.again(lambda: click.citizen.post(path, key, body))
        if status == 200:
            click.corrected = 1
        elif status != 409:
            self._note(NotServed(f"POST correction: {status} {answer.get('type', '')}"))
        return status == 200

    @staticmethod
    def _is_corrected(view: View) -> bool:
        return any(entry["type"] == "application_corrected" for entry in view["timeline"])

    def _note(self, failure: Exception) -> None:
        self.troubles.append(str(failure))
