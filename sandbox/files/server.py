"""The file server of the ministries without an interface: SFTP, a user and a folder for each."""

import asyncio
import time
from pathlib import Path
from typing import Any

import asyncssh
from typing_extensions import override

from libs.bangladesh.bodies import bodies_by_id
from libs.component import ComponentHealth
from sandbox.faults.controls import Controls
from sandbox.files import keys
from sandbox.files.batches import FOLDERS


class FileServer:
    """Serves each ministry's folder by SFTP to the platform; the user is the ministry's id.

    Args:
        folder: has a folder for each ministry.
        port: of the server.
        secret: of the platform and the sandbox; both keys derive from it.
        controls: a ministry that is down lets nobody in.
    """

    name = "file server"

    def __init__(self, folder: Path, port: int, secret: str, controls: Controls) -> None:
        self._folder = folder
        self._port = port
        self._secret = secret
        self._controls = controls
        self._health = ComponentHealth(ready=False, detail="not listening yet")

    def health(self) -> ComponentHealth:
        """Ready while it listens."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set."""
        public_key = keys.client_key(self._secret).export_public_key().decode()
        listener = await asyncssh.listen(
            "127.0.0.1",
            self._port,
            server_factory=lambda: _Door(self.is_open),
            server_host_keys=[keys.host_key(self._secret)],
            authorized_client_keys=asyncssh.import_authorized_keys(public_key),
            sftp_factory=self._session,
            allow_scp=False,
        )
        async with listener:
            self._health = ComponentHealth()
            await stop.wait()

    def is_open(self, ministry: str) -> bool:
        """Whether there is such a ministry, and its system is not down."""
        active = self._controls.active_faults(ministry)
        return ministry in bodies_by_id() and not any(
            fault.down_at(time.time()) for fault in active
        )

    def _session(self, channel: "asyncssh.SSHServerChannel[Any]") -> asyncssh.SFTPServer:
        top = self._folder / str(channel.get_extra_info("username"))
        for name in FOLDERS:
            (top / name).mkdir(parents=True, exist_ok=True)
        return asyncssh.SFTPServer(channel, chroot=str(top).encode())


class _Door(asyncssh.SSHServer):
    """Lets the platform in as a ministry's user, while the ministry is not down."""

    def __init__(self, is_open: Any) -> None:
        self._is_open = is_open
        self._connection: asyncssh.SSHServerConnection | None = None

    @override
    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    @override
    def begin_auth(self, username: str) -> bool:
        if self._connection is not None and not self._is_open(username):
            self._connection.abort()
        return True
