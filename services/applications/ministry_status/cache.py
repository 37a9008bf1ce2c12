"""The status of ministries' systems, in memory: no request reads it from the database."""

from collections.abc import Collection, Mapping
from datetime import datetime

from libs.contracts.catalogue import Adapter
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryStatusChanged
from libs.contracts.status import StatusPage
from services.applications.ministry_status import rules
from services.applications.ministry_status.rules import DueCount


class MinistryStatuses:
    """The last status of every ministry's system, and its counts of decisions due."""

    def __init__(self) -> None:
        self._statuses: Mapping[str, MinistryStatusChanged] = {}
        self._counts: Collection[DueCount] = ()

    def put(
        self, statuses: Mapping[str, MinistryStatusChanged], counts: Collection[DueCount]
    ) -> None:
        """Replace the stored statuses and counts."""
        self._statuses, self._counts = statuses, counts

    def page(self, adapters: Mapping[str, Collection[Adapter]], at: datetime) -> StatusPage:
        """Return the public page."""
        return rules.page(adapters, self._statuses, self._counts, at)

    def notice(self, ministry: str, at: datetime) -> Text | None:
        """Return when a ministry's system takes applications again, if it is known."""
        return rules.notice(self._statuses.get(ministry), at)
