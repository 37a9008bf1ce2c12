"""The connections that hold now, in memory."""

from collections.abc import Collection, Mapping

from libs.bangladesh.bodies import bodies_by_id
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics
from services.ministries.connections.rules import AdapterName, Connection, Version
from services.ministries.connections.use_cases import CONNECTIONS, read_current, read_last

_READ_EVERY_S = 2.0


class Connections(Periodic):
    """The current connection of each ministry; a component that reads changes every two seconds.

    Args:
        database: has the versions.
        default: the connection of a ministry without one of its own.
        metrics: shows the stopped connections.
    """

    def __init__(self, database: Database, default: Connection, metrics: Metrics) -> None:
        super().__init__(
            "connections", self.refresh, metrics=metrics, every_s=_READ_EVERY_S, required=True
        )
        self.default = default
        self._database = database
        self._metrics = metrics
        self._current: Mapping[str, Version] | None = None
        self._files: Mapping[str, Connection] = {}
        database.on_notification(CONNECTIONS, self.wake)

    def of(self, ministry: str) -> Connection:
        """Return the connection of a ministry."""
        version = (self._current or {}).get(ministry)
        return (version and version.connection) or self.default

    def of_files(self, ministry: str) -> Connection | None:
        """Return the last connection by which a ministry exchanged files; None if there is none."""
        return self._files.get(ministry)

    def with_adapter(self, *adapters: AdapterName) -> dict[str, Connection]:
        """Return the connections by these adapters, by ministry, also the stopped ones.

        Raises:
            Unavailable: the connections have not been read yet.
        """
        if self._current is None:
            raise Unavailable("database", "the connections are not known yet")
        connections = {name: version.connection for name, version in self._current.items()}
        return {
            name: connection
            for name, connection in connections.items()
            if connection and connection.adapter in adapters
        }

    def stopped(self) -> Collection[str]:
        """Return the ministries that must not be called: all until the connections are read."""
        if self._current is None:
            return bodies_by_id().keys()
        return [name for name, version in self._current.items() if version.is_stopped]

    def not_called_singly(self) -> Collection[str]:
        """Return the ministries that get no delivery by itself: stopped, or served by files."""
        stopped = self.stopped()
        return stopped if self._current is None else {*stopped, *self.with_adapter("files")}

    async def refresh(self) -> None:
        """Read the connections.

        Raises:
            Unavailable: the database does not answer; the last ones stay.
        """
        async with self._database.transaction() as tx:
            versions = await read_current(tx)
            self._files = await read_last(tx, "files")
        for version in versions:
            self._metrics.gauge(
                "ministry_connection_stopped",
                float(version.is_stopped),
                destination=version.ministry,
            )
        self._current = {version.ministry: version for version in versions}
