"""Clicks during chaos: of citizens, and of an uddokta who helps them."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from tools.virtual_users.citizen import Citizen, Codes, NotServed
from tools.virtual_users.counter import Counter, consent

View = dict[str, Any]


class ChaosCitizen(Citizen):
    """A citizen who logs in again when the token has expired."""

    async def authorized(
        self, request: Callable[[], Awaitable[tuple[int, View]]]
    ) -> tuple[int, View]:
        """Send a request; after a 401 log in and send it again."""
        status, content = await request()
        if status == 401:
            await self.log_in()
            status, content = await request()
        return status, content

    @override
    async def upload(self, media_type: str, content: bytes) -> tuple[int, View]:
        """Upload a paper, after a new log-in if the token has expired."""
        upload = super().upload
        return await self.authorized(lambda: upload(media_type, content))

    async def view(self, tracking_number: str) -> View:
        """Return one of the citizen's applications with its timeline.

        Raises:
            NotServed: it is not shown.
        """
        path = f"/v1/applications/{tracking_number}"
        status, content = await self.authorized(lambda: self.get(path))
        if status != 200:
            raise NotServed(f"GET application: {status}")
        return content

    async def whole_view(self, tracking_number: str) -> View:
        """Return one of the citizen's applications, with its timeline and its messages.

        Raises:
            NotServed: it is not shown.
        """
        view = await self.view(tracking_number)
        return {**view, "messages": await self.messages(tracking_number)}


@dataclass(slots=True)
class Click:
    """One application of a citizen, under one key.

    Args:
        citizen: who applies.
        command: the body of the request.
        key: the Idempotency-Key of every repetition.
        clicked_at: when it was first sent.
        answered_at: when the tracking number came; None until then.
        withdrawn: whether the platform accepted a withdrawal.
        corrected: how many corrections the platform accepted.
        mandate_id: to which the citizen has consented at a service centre; empty without one.
        uses: how many applications were accepted under the mandate.
    """

    citizen: ChaosCitizen
    command: dict[str, Any]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    clicked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered_at: datetime | None = None
    tracking_number: str = ""
    application_id: str = ""
    withdrawn: bool = False
    corrected: int = 0
    mandate_id: str = ""
    uses: int = 0

    async def send(self, codes: Codes, **options: Any) -> tuple[int, View]:  # noqa: ARG002
        """Send the application; return status and body, also of a refusal.

        Raises:
            NotServed: there is no answer in time.
            NoCode: the citizen had to log in, and no code came.
        """
        self.command = await self.citizen.with_papers(self.command)
        return await self.citizen.authorized(
            lambda: self.citizen.post_application(self.command, self.key, **options)
        )


@dataclass(slots=True, kw_only=True)
class AssistedClick(Click):
    """One application that an uddokta sends, and tries to send twice at once.

    Args:
        counter: where the citizen is helped.
        is_greedy: whether the mandate is used twice at the same moment, under two keys.
    """

    counter: Counter
    is_greedy: bool = False

    async def get_consent(self, codes: Codes) -> None:
        """Have the citizen consent; until then there is no click that could be lost.

        Raises:
            NotServed: something was refused, or not answered in time.
            NoCode: no code came.
        """
        await self.citizen.log_in()
        self.mandate_id = await consent(
            self.counter, self.citizen, self.command["public_service_id"], codes
        )
        self.clicked_at = datetime.now(UTC)

    @override
    async def send(self, codes: Codes, **options: Any) -> tuple[int, View]:
        """Send the application; a repeat is harmless.

        Raises:
            NotServed: something was refused, or not answered in time.
        """
        try:
            answer = await self.counter.post(f"/v1/mandates/{self.mandate_id}/tokens")
        except NotServed as failure:
            if "mandate_used" in str(failure):
                return await self._sent_before()
            raise
        keys = (self.key, f"{self.key}-again") if self.is_greedy else (self.key,)
        sent = await asyncio.gather(*(self._use(answer["access_token"], key) for key in keys))
        accepted = [reply for reply in sent if not isinstance(reply, NotServed)]
        self.uses = len({reply["application_id"] for reply in accepted})
        if accepted:
            return 201, accepted[0]
        for refusal in sent:
            if isinstance(refusal, NotServed) and "mandate_used" not in str(refusal):
                raise refusal
        return await self._sent_before()

    async def _use(self, token: str, key: str) -> View | NotServed:
        """Use the mandate under a key; return why it was refused, if so."""
        try:
            return await self.counter.post(
                f"/v1/mandates/{self.mandate_id}/application",
                {"form": self.command["form"]},
                status=201,
                mandate_token=token,
                headers={**self.citizen.headers, "idempotency-key": key},
            )
        except NotServed as refusal:
            return refusal

    async def _sent_before(self) -> tuple[int, View]:
        """Find the application of a request whose answer was lost; it is the citizen's only one.

        Raises:
            NotServed: there is none.
        """
        items = (await self.citizen.applications())["items"]
        self.uses = len(items)
        if not items:
            raise NotServed("a mandate is used, and there is no application")
        return 201, items[0]
