"""Connections for tests: in memory, without a database."""

from collections.abc import Mapping

from typing_extensions import override

from libs.database.pool import Database
from libs.telemetry.metrics import Metrics
from services.ministries.connections.current import Connections
from services.ministries.connections.rules import Connection


class FixedConnections(Connections):
    """The connections of a test, which never change."""

    def __init__(self, default: str, own: Mapping[str, Connection] | None = None) -> None:
        super().__init__(
            Database("postgresql://nowhere"), Connection(address=default), Metrics("test")
        )
        self._own = own or {}

    @override
    def of(self, ministry: str) -> Connection:
        return self._own.get(ministry) or super().of(ministry)
