"""OpenSSH's own server, for tests of file exchange.

It is the machine's, or Debian's packages, which are unpacked into this folder and not installed.
Without either it is asyncssh's server.
"""

import asyncio
import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncssh

from tests.peers.debian import program
from tests.waiting import until
from tools.embedded.ports import free_port

PACKAGES = ("openssh-server", "openssh-sftp-server", "libwrap0", "libnsl2", "libtirpc3")
FOLDER = Path(__file__).resolve().parents[2] / ".nagorik" / PACKAGES[0]
NOBODY = 65_534

CONFIGURATION = """
ListenAddress 127.0.0.1
PidFile none
UsePAM yes
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""


@dataclass(frozen=True)
class SftpServer:
    """A running server: whom it knows, and its folder on this machine."""

    is_openssh: bool
    port: int
    user: str
    host_key: str
    client_key: str
    folder: Path

    @property
    def address(self) -> str:
        """The address of a connection."""
        return f"sftp://{self.user}@127.0.0.1:{self.port}{self.folder}"


@asynccontextmanager
async def serving() -> AsyncIterator[SftpServer]:
    """Run a server with a folder and a key of its own."""
    folder = Path(tempfile.mkdtemp(prefix="nagorik-sftp-", dir="/tmp"))
    host, client = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    (folder / "host").write_bytes(host.export_private_key())
    (folder / "host").chmod(0o600)
    (folder / "known").write_bytes(client.export_public_key())
    (folder / "box" / "from-ministry").mkdir(parents=True)
    server = SftpServer(
        is_openssh=True,
        port=free_port(),
        user="nobody" if os.geteuid() == 0 else getpass.getuser(),
        host_key=host.export_public_key().decode().strip(),
        client_key=client.export_private_key().decode(),
        folder=folder / "box",
    )
    try:
        sshd = await asyncio.to_thread(program, "sshd", *PACKAGES, at="usr/sbin")
        running = _openssh(sshd, server) if sshd else _asyncssh(server)
        async with running as started:
            yield started
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def _openssh(sshd: Path, server: SftpServer) -> AsyncIterator[SftpServer]:
    top = server.folder.parent
    (top / "configuration").write_text(
        f"{CONFIGURATION}Port {server.port}\nHostKey {top}/host\nAuthorizedKeysFile {top}/known\n"
    )
    user, groups = None, None
    if os.geteuid() == 0:  # a server of root's needs a user of its own, which is not there
        for path in (top, *top.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        user, groups = NOBODY, ()
    process = subprocess.Popen(  # noqa: S603, ASYNC220
        [sshd, "-D", "-e", "-f", str(top / "configuration")],
        stderr=subprocess.DEVNULL,
        env={"LD_LIBRARY_PATH": ":".join(map(str, FOLDER.glob("usr/lib/*-linux-gnu")))},
        user=user,
        group=user,
        extra_groups=groups,
    )
    try:
        await until(partial(_answers, server.port))
        yield server
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def _asyncssh(server: SftpServer) -> AsyncIterator[SftpServer]:
    top = server.folder.parent
    acceptor = await asyncssh.listen(
        "127.0.0.1",
        server.port,
        server_host_keys=[str(top / "host")],
        authorized_client_keys=str(top / "known"),
        sftp_factory=True,
    )
    async with acceptor:
        yield SftpServer(**{**vars(server), "is_openssh": False})


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
