"""The adapter to systems that take forms (`application/x-www-form-urlencoded`) and answer in text.

| what comes back | what it means |
| --- | --- |
| `OK|number`, and perhaps `|state|note|the same in English` | taken; the state by `STATES` |
| `ERR|code|why` | refused for good, by `REFUSALS`; any other code is tried again |
| another status than 2xx | by `statuses.failure_of` |
| anything else, or no UTF-8 | `Unreadable` |
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from typing_extensions import override

from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecision
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import new_id
from services.ministries.deliveries import responses
from services.ministries.deliveries.adapters.contract import Action, PolledAdapter
from services.ministries.deliveries.adapters.fields import flatten
from services.ministries.deliveries.adapters.statuses import failure_of
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import Inquiry

STATES: Final[Mapping[str, Action]] = {
    "NEW": "received",
    "GRANTED": "approved",
    "DENIED": "refused",
    "QUERY": "correction_asked",
}
REFUSALS: Final = frozenset({"NOT_OURS", "NOT_ENTITLED"})


class FormTextAdapter(PolledAdapter):
    """Hands over by `POST {address}/register`, and asks by `POST {address}/status`."""

    @override
    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        body = {
            "key": idempotency_key,
            "kind": delivery.kind,
            "ref": delivery.tracking_number,
            "service": delivery.public_service_id,
            **{f"form.{name}": text for name, text in flatten(delivery.form).items()},
        }
        (line,) = await self._lines("/register", body, idempotency_key)
        return self._read(delivery, line)

    @override
    async def ask(self, inquiries: Sequence[Inquiry]) -> Sequence[MinistryDecision]:
        asked = {each.tracking_number: each for each in inquiries}
        lines = await self._lines("/status", {"refs": ",".join(asked)}, f"ask_{new_id()}")
        return list(self._known(asked, lines))

    def _known(
        self, asked: Mapping[str, Inquiry], lines: Sequence[str]
    ) -> Iterator[MinistryDecision]:
        for line in lines:
            ref, _, rest = line.partition("|")
            if ref in asked and rest.startswith("OK|"):
                yield self._read(asked[ref], rest)

    async def _lines(self, path: str, fields: Mapping[str, str], message_id: str) -> list[str]:
        """Call the system; return the lines of its answer.

        Raises:
            Refused: by a status that is about the call itself.
            Unreadable: it is no text.
        """
        link = self.link
        reply = await link.post(
            path,
            urlencode(fields).encode(),
            message_id,
            Idempotency_Key=message_id,
            Content_Type="application/x-www-form-urlencoded",
        )
        if not 200 <= reply.status < 300:
            failure = failure_of(link.ministry, reply, (), link.now())
            raise failure
        try:
            return reply.body.decode().splitlines() or [""]
        except UnicodeDecodeError:
            raise Unreadable("nonsense_answer", "no UTF-8") from None

    def _read(self, about: Delivery | Inquiry, line: str) -> MinistryDecision:
        """Read an answer about one application.

        Raises:
            Refused: the system refuses it for good.
            Unavailable: it asks to come again.
            Unreadable: it is not what was agreed.
        """
        match line.split("|"):
            case ["OK", number, *more] if number and len(more) <= 3:
                state, bn, en = (*more, "", "", "")[:3]
                if state and state not in STATES:
                    raise Unreadable("nonsense_answer", "an unknown state")
                action = STATES[state] if state else "received"
                if len(number) > 100 or (action == "correction_asked" and not bn):
                    raise Unreadable("nonsense_answer", "not what was agreed")
                decision = MinistryDecision(
                    application_id=about.application_id,
                    action=action,
                    case_file_number=number,
                    note=Text(bn=bn, en=en or bn) if bn else None,
                )
                return responses.clean(decision)
            case ["ERR", code, _] if code in REFUSALS:
                raise Refused("refused_by_ministry", code)
            case ["ERR", _, _]:
                raise Unavailable(self.link.ministry, "an error with status 200")
            case _:
                raise Unreadable("nonsense_answer", "not what was agreed")
