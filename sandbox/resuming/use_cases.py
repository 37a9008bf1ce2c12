"""A ministry loses the data since its last backup, and reads them again from the platform."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, Literal

import orjson
from pydantic import BaseModel

from libs.clock import utc_now
from libs.contracts.ministries import HandedOverDeliveries, HandedOverDelivery
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.web.calling.client import HttpClient
from libs.web.signed.signatures import sign
from sandbox.faults.controls import Controls
from sandbox.keys import KeysOf
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import Connection
from sandbox.ministries.queries import first_submission
from sandbox.ministries.rules import decide
from sandbox.ministries.use_cases import Arrival, HandOver, decide_later
from sandbox.resuming import queries
from sandbox.resuming.queries import Resumption

Found = Literal["already_there", "restored", "wrong"]
_DEADLINE_S: Final = 30.0


class Resumed(BaseModel):
    """The submissions that a ministry lost and read again.

    Args:
        lost: hand-overs that were lost now.
        already_there: deliveries that were read and were there already.
        restored: deliveries that were lost and are there again.
        wrong: deliveries that are not as they were handed over; there should be none.
        missing: hand-overs that are lost still: what was never confirmed comes by itself.
    """

    lost: int
    already_there: int
    restored: int
    wrong: int
    missing: int


@dataclass(frozen=True, slots=True)
class Resuming:
    """Reads a ministry's hand-overs again, from its last cursor on.

    Args:
        ledger: has what ministries have, and have lost.
        controls: how they behave.
        client: calls the platform.
        keys_of: returns the keys of a ministry.
        seed: determines their decisions.
        wake: has decisions sent.
    """

    ledger: LedgerFile
    controls: Controls
    client: HttpClient
    keys_of: KeysOf
    seed: int
    wake: Callable[[], None]

    async def lose_and_resume(self, ministry: str, newest: int) -> Resumed:
        """Lose the newest hand-overs, and read everything again that followed the cursor.

        Raises:
            Refused: the platform handed nothing over with a cursor.
            Unavailable: the platform does not answer, or refuses.
        """
        lost = await self.ledger.write(queries.lose_newest, ministry, newest)
        resumption = await self.ledger.read(queries.find_resumption, ministry)
        if resumption is None:
            raise Refused("not_found", "no hand-over with a cursor")
        found: Counter[Found] = Counter()
        async for delivery in self._read(ministry, resumption):
            found[await self.ledger.write(self._take, ministry, delivery, resumption)] += 1
        self.wake()
        return Resumed(
            lost=lost,
            already_there=found["already_there"],
            restored=found["restored"],
            wrong=found["wrong"],
            missing=await self.ledger.read(queries.count_lost, ministry),
        )

    async def _read(self, ministry: str, start: Resumption) -> AsyncIterator[HandedOverDelivery]:
        url = start.callback_url.removesuffix("decisions") + "deliveries"
        after, has_more = start.cursor, True
        while has_more:
            body = orjson.dumps({"after": after})
            signed = sign(self.keys_of(ministry)[0], str(new_id()), utc_now(), body)
            reply = await self.client.call(
                "POST",
                url,
                body=body,
                headers={"content-type": "application/json", **signed},
                deadline_s=_DEADLINE_S,
            )
            if reply.status != 200:
                raise Unavailable("platform", f"status {reply.status}")
            page = HandedOverDeliveries.model_validate_json(reply.body)
            for delivery in page.deliveries:
                yield delivery
            after, has_more = page.next, page.has_more

    def _take(
        self,
        connection: Connection,
        ministry: str,
        delivery: HandedOverDelivery,
        resumption: Resumption,
    ) -> Found:
        """Recognise a delivery by its key, or take it as at its hand-over, and decide again."""
        body = HandOver.model_validate(delivery.submission)
        key, number = delivery.idempotency_key, delivery.case_file_number
        if first_submission(connection, ministry, key):
            return "already_there"
        lost = queries.find_lost(connection, ministry, key)
        if (
            lost is None
            or number is None
            or lost[1:]
            != (
                str(body.application_id),
                body.tracking_number,
                body.kind,
            )
        ):
            return "wrong"
        queries.delete_lost(connection, lost.n)
        arrival = Arrival(
            ministry=ministry,
            body=body,
            idempotency_key=key,
            traceparent="",
            behaviour=self.controls.behaviour_of(ministry),
            ignores_keys=False,
            seed=self.seed,
            is_asked=resumption.is_asked,
            at=delivery.handed_over_at,  # it was decided then, before any withdrawal that follows
        )
        decision = decide(arrival.behaviour, body.kind, body.application_id, self.seed)
        decide_later(connection, arrival, decision, number)
        return "restored"
