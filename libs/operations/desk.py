"""Old name of `libs.dead_letters.admin`; to be deleted when nothing imports it."""

from collections.abc import Mapping

from typing_extensions import override

from libs.contracts.dead_letters import DeadLetterView
from libs.contracts.topics import Topic
from libs.database.pool import Database
from libs.dead_letters.admin import DeadLetterAdmin
from libs.dead_letters.replay import ReplayReport
from libs.dead_letters.rules import JournalNote, ManualActions, Selection
from libs.messaging.handle import Handler
from libs.messaging.redelivery import redelivery
from libs.messaging.unsettled import EVERY, Wanted
from libs.telemetry.tracing import Tracing


class Desk(DeadLetterAdmin):
    """Old name of `DeadLetterAdmin`."""

    def __init__(
        self,
        service: str,
        database: Database,
        handlers: Mapping[Topic, Handler],
        by_hand: Mapping[str, ManualActions],
        *,
        tracing: Tracing,
    ) -> None:
        super().__init__(service, database, redelivery(handlers, tracing), by_hand)

    async def listed(
        self, wanted: Wanted = EVERY, *, after: int = 0, limit: int
    ) -> list[DeadLetterView]:
        """Old name of `list_open`."""
        return await self.list_open(wanted.selection(), after=after, limit=limit)

    async def one(self, dead_letter_id: int) -> DeadLetterView:
        """Old name of `show`."""
        return await self.show(dead_letter_id)

    @override
    async def replay(
        self, selection: Selection | Wanted, note: JournalNote, *, limit: int
    ) -> ReplayReport:
        wanted = selection.selection() if isinstance(selection, Wanted) else selection
        return await super().replay(wanted, note, limit=limit)
