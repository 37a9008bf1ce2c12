"""A service's database: a small connection pool, transactions, and failures as `Unavailable`."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final, TypeAlias

import asyncpg

from libs.component import ComponentHealth
from libs.database import data_keys
from libs.database.transaction import Transaction
from libs.encryption import Cipher, UnknownDataKey
from libs.errors import Unavailable

_CONNECT_WITHIN_S = 3.0
_ANSWER_WITHIN_S = 30.0
_WAIT_FOR_CONNECTION_S = 0.9  # a caller gets an answer within a second during an outage
# A server that hangs does not close connections. After this time without an answer it is probed,
# and if the probe fails, waiting statements are cancelled.
_HANGS_AFTER_S = 3.0
_HANGS_UNLESS_WITHIN_S = 2.0

_Connection: TypeAlias = (
    "asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]"
)

DATABASE_FAILURES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection breaks at the moment of a new statement
)

# SQLSTATE classes and codes of temporary failures: connection, resources, operator intervention,
# serialization failure, deadlock, lock time-out, a primary that has become a replica.
_TEMPORARY_CLASSES = ("08", "53", "57")
_TEMPORARY_CODES = ("40001", "40P01", "55P03", "25006")


def is_temporary(failure: BaseException) -> bool:
    """Whether a failure of the database is temporary, so that a retry makes sense."""
    if isinstance(failure, asyncpg.PostgresError):
        code = failure.sqlstate or ""
        return code[:2] in _TEMPORARY_CLASSES or code in _TEMPORARY_CODES
    if isinstance(failure, asyncpg.InterfaceError):
        # Also raised for a wrong call (too few arguments), which is a defect.
        return "clos" in str(failure)  # "connection is closed", "pool is closing"
    # Raised when a connection breaks at the moment of a new statement.
    return isinstance(failure, (OSError, TimeoutError, asyncpg.InternalClientError))


@contextmanager
def _failures_translated() -> Iterator[None]:
    try:
        yield
    except UnknownDataKey as failure:
        if not failure.is_read_soon:
            raise
        raise Unavailable("database", str(failure)) from failure
    except Exception as failure:
        if is_temporary(failure):
            raise Unavailable("database", type(failure).__name__) from failure
        raise


class OwnConnection:
    """A connection that one component uses alone."""

    def __init__(self) -> None:
        self.connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def close(self) -> None:
        """Close it if it is open."""
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(OSError, *DATABASE_FAILURES):
                await connection.close(timeout=2)

    def cut(self) -> None:
        """Terminate it at once if it is open."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.terminate()


async def _no_reset(_: object) -> None:
    """Skip asyncpg's reset statement: all our session settings are local to a transaction."""


class Database:
    """A pool of connections to one service's own database.

    Args:
        dsn: PostgreSQL DSN.
        connections: maximum number of connections.
        cipher: encrypts personal data with the data keys of this database; None for a service
            that stores none.
        wait_s: seconds that a caller waits for a connection before `Unavailable` is raised.
        waited: is called with the seconds that a caller has waited for one.
    """

    def __init__(
        self,
        dsn: str,
        *,
        connections: int = 8,
        cipher: Cipher | None = None,
        wait_s: float = _WAIT_FOR_CONNECTION_S,
        waited: Callable[[float], object] = bool,
    ) -> None:
        self._cipher = cipher
        self._waited = waited
        self._wait_s = wait_s
        self._dsn = dsn
        self._connections = connections
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._runners: dict[str, Any] = {}
        self._own: set[OwnConnection] = set()
        self._probe = OwnConnection()
        self._probing: asyncio.Task[bool] | None = None

    @property
    def cipher(self) -> Cipher:
        """Encrypts and decrypts personal data of this database.

        Raises:
            LookupError: the service has no encryption secret.
        """
        if self._cipher is None:
            raise LookupError(
                "this service has no encryption secret, so it stores no personal data"
            )
        return self._cipher

    async def open(self) -> None:
        """Connect, and read the data keys.

        Raises:
            Unavailable: the server does not answer.
            MissingKey: a master key is missing, under which something is stored.
        """
        await self._connected_pool()

    async def close(self) -> None:
        """Close all connections; those in use are terminated after five seconds."""
        for own in self._own:
            own.cut()
        if self._probing is not None:
            self._probing.cancel()
        self._probe.cut()
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(5):
                await pool.close()
        except (TimeoutError, OSError, *DATABASE_FAILURES):
            pool.terminate()

    @asynccontextmanager
    async def transaction(self, own: "OwnConnection | None" = None) -> AsyncIterator[Transaction]:
        """Run the body in one transaction, committed at the end.

        Args:
            own: the caller's own connection, opened here if needed; None to use one of the pool.
                One transaction at a time can use it.

        Raises:
            Unavailable: the database does not answer, or cannot do it now (deadlock, shutdown).
                Whether a commit under way took place is not known.
        """
        with _failures_translated():
            async with self._connection(own) as connection:
                tx = Transaction(connection, self._runners, self._cipher)
                with self._cut_off_when_it_hangs(connection):
                    async with connection.transaction():
                        yield tx
        for call in tx.commit_callbacks():
            call()
        for name in tx.notifications():
            for wake in self._listeners.get(name, ()):
                wake()

    @asynccontextmanager
    async def _connection(self, own: "OwnConnection | None") -> AsyncIterator[_Connection]:
        if own is None:
            pool = await self._connected_pool()
            asked_s = time.monotonic()
            try:
                connection = await pool.acquire(timeout=self._wait_s)
            finally:  # a wait that ended without one is the longest
                self._waited(time.monotonic() - asked_s)
            try:
                yield connection
            finally:
                await pool.release(connection)
            return
        await self._keys_are_read()
        if own.connection is None or own.connection.is_closed():
            own.connection = await self.dedicated()
            self._own.add(own)
        try:
            yield own.connection
        except BaseException as failure:
            if not isinstance(failure, Exception) or is_temporary(failure):
                own.cut()  # its state is unknown
            raise

    async def answers(self, *, within_s: float) -> bool:
        """Whether the server answers a probe in time; a slow server does, a hung one does not.

        Concurrent callers share one probe.
        """
        if self._probing is None or self._probing.done():
            self._probing = asyncio.get_running_loop().create_task(self._ask(within_s))
        return await asyncio.shield(self._probing)

    async def _ask(self, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                if self._probe.connection is None or self._probe.connection.is_closed():
                    self._probe.connection = await self.dedicated()
                return bool(await self._probe.connection.fetchval("SELECT true"))
        except (Unavailable, OSError, *DATABASE_FAILURES):
            self._probe.cut()
            return False

    @contextmanager
    def _cut_off_when_it_hangs(self, connection: _Connection) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        looking: list[asyncio.Task[None]] = []
        timer = loop.call_later(
            _HANGS_AFTER_S, lambda: looking.append(loop.create_task(self._cut_off(connection)))
        )
        try:
            yield
        finally:
            timer.cancel()
            for task in looking:
                task.cancel()

    async def _cut_off(self, connection: _Connection) -> None:
        while await self.answers(within_s=_HANGS_UNLESS_WITHIN_S):  # noqa: ASYNC110 -- no event
            await asyncio.sleep(_HANGS_AFTER_S)
        connection.terminate()

    def take_unopened(self) -> Counter[str]:
        """Return how many values could not be decrypted since the last call, by column."""
        taken: Counter[str] = Counter()
        if self._cipher is not None:
            taken, self._cipher.unopened = self._cipher.unopened, taken
        return +taken

    async def refresh_keys(self) -> None:
        """Read the data keys again, make the next ones, and throw away those of past hours.

        Raises:
            Unavailable: the database does not answer, or is not migrated yet.
            MissingKey: a master key is missing.
        """
        if self._cipher is not None:
            await self._read_keys(await self._connected_pool(), self._cipher)

    async def _keys_are_read(self) -> None:
        """Connect the pool if that was not done yet, since the data keys are read with it."""
        if self._cipher is not None and self._pool is None:
            await self._connected_pool()

    async def _read_keys(self, pool: "asyncpg.Pool[asyncpg.Record]", cipher: Cipher) -> None:
        try:
            with _failures_translated():
                async with pool.acquire() as connection, connection.transaction():
                    keys = await data_keys.refresh(Transaction(connection, {}), cipher)
        except asyncpg.UndefinedTableError as failure:
            raise Unavailable("database", "it is not migrated yet") from failure
        cipher.take(keys)

    def health(self) -> ComponentHealth:
        """Ready once connected; components report a later outage."""
        connected = self._pool is not None
        return ComponentHealth(ready=connected, detail="" if connected else "not connected yet")

    def on_notification(self, name: str, wake: Callable[[], None]) -> None:
        """Call `wake` after each commit in this process that notified `name`."""
        self._listeners.setdefault(name, []).append(wake)

    def attach_runner(self, queue: str, runner: Any) -> None:
        """Register the runner of a queue for jobs that transactions of this process enqueue."""
        self._runners[queue] = runner

    @asynccontextmanager
    async def statements(self, own: "OwnConnection") -> AsyncIterator[Transaction]:
        """Run single statements on the caller's own connection, each committed by itself.

        Commits do not wait for the disk, so use it only for statements whose loss does no harm,
        such as a claim of due jobs. It saves three round trips and an fsync. Notifications and
        functions after the commit are not supported.

        Args:
            own: the caller's connection, opened here if needed.

        Raises:
            Unavailable: the database does not answer, or cannot do it now.
        """
        try:
            with _failures_translated():
                await self._keys_are_read()
                if own.connection is None or own.connection.is_closed():
                    own.connection = await self.dedicated()
                    await own.connection.execute("SET synchronous_commit = off")
                yield Transaction(own.connection, {}, self._cipher)
        except Unavailable:
            await own.close()  # its state is unknown; the next one is good
            raise

    async def dedicated(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Open a connection of its own outside the pool, e.g. to hold a lock; the caller closes it.

        Raises:
            Unavailable: the server does not answer.
        """
        with _failures_translated():
            return await asyncpg.connect(
                self._dsn,
                timeout=_CONNECT_WITHIN_S,
                command_timeout=_ANSWER_WITHIN_S,
            )

    async def _connected_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is not None:
            return self._pool
        async with self._opening:
            if self._pool is None:
                with _failures_translated():
                    pool = await asyncpg.create_pool(
                        self._dsn,
                        min_size=1,
                        max_size=self._connections,
                        timeout=_CONNECT_WITHIN_S,
                        command_timeout=_ANSWER_WITHIN_S,
                        max_inactive_connection_lifetime=300,
                        reset=_no_reset,
                    )
                try:
                    if self._cipher is not None:
                        await self._read_keys(pool, self._cipher)
                except BaseException:
                    pool.terminate()
                    raise
                self._pool = pool
            return self._pool
