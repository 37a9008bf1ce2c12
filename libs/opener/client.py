"""Has files of strangers opened, by the opener behind a socket or by a child of this process."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from pydantic import NonNegativeInt, TypeAdapter

from libs.errors import Unavailable
from libs.limited_child import LARGEST_FILE_BYTES
from libs.limited_process import ProcessEnded, ProcessLimits, run_limited
from libs.opener.messages import LONGEST_LINE_BYTES, reachable, read_line, read_part, send, user_of

OPENER: Final = "opener"
"""The dependency that is unavailable while nothing answers behind the socket."""

TRANSFER_S: Final = 20.0
"""How long a request and its answer may be under way, beside the time of the process."""

END_WITHIN_S: Final = 5.0
"""How long an opener may take to end the process of a caller that goes away."""

_RETRY_AFTER_S: Final = 5.0

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class _Ended:
    by_limit: bool
    status: int | None


@dataclass(frozen=True, slots=True)
class _Answer:
    ended: _Ended | None
    parts: list[tuple[str, NonNegativeInt]]


_ANSWER: Final = TypeAdapter(_Answer)


class Opener:
    """Has files opened by an opener, which runs as another user and has no secret.

    Args:
        socket: of the opener; empty for none: then a child of this process opens them, confined in
            the same way, and as the same user.
        transfer_s: seconds for the way there and back.
    """

    def __init__(self, socket: str = "", *, transfer_s: float = TRANSFER_S) -> None:
        self._socket = Path(socket) if socket else None
        self._transfer_s = transfer_s
        self.user_id = os.getuid()
        """As which user files were opened last."""

    async def run(
        self,
        module: str,
        *arguments: str,
        limits: ProcessLimits,
        standard_input: bytes = b"",
        folder: Path | None = None,
        wanted: Collection[str] = (),
    ) -> bytes:
        """Run `main` of a module in a confined process, and return its output.

        Args:
            module: its name; the opener has a list of those that it runs.
            arguments: for its `main`, behind the path of the folder if there is one.
            limits: of the process.
            standard_input: what it reads from its standard input.
            folder: whose files it needs; what it makes is put there.
            wanted: names of the files that it makes.

        Raises:
            ProcessEnded: it was ended, or failed.
            Unavailable: the opener is away, went away, or hangs; the file is not to blame.
        """
        if self._socket is None:
            own = [] if folder is None else [str(folder)]
            return await run_limited(
                module,
                *own,
                *arguments,
                limits=limits,
                standard_input=standard_input,
                folder=folder,
            )
        header = {
            "module": module,
            "arguments": arguments,
            "limits": asdict(limits),
            "uses_folder": folder is not None,
            "wanted": [*wanted],
        }
        try:
            async with (
                asyncio.timeout(limits.deadline_s + self._transfer_s),
                self._connected(self._socket) as (reader, writer),
            ):
                with suppress(ConnectionError):  # it may answer before it has read all
                    await send(writer, header, [("", standard_input), *_files(folder, wanted)])
                return await _answer(reader, folder, wanted, limits.answer_bytes)
        except (ConnectionError, EOFError, TimeoutError) as failure:
            raise Unavailable(
                OPENER, type(failure).__name__, retry_after_s=_RETRY_AFTER_S
            ) from None

    @asynccontextmanager
    async def _connected(self, address: Path) -> AsyncIterator[Connection]:
        """Connect, and wait at the end until the opener has ended the file's process.

        Raises:
            Unavailable: nobody listens, or lets this user in.
        """
        try:
            with reachable(address) as short:
                reader, writer = await asyncio.open_unix_connection(short, limit=LONGEST_LINE_BYTES)
        except OSError as failure:
            raise Unavailable(
                OPENER, type(failure).__name__, retry_after_s=_RETRY_AFTER_S
            ) from None
        self.user_id = user_of(writer)
        try:
            yield reader, writer
        finally:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(END_WITHIN_S):
                    writer.write_eof()
                    while await reader.read(LONGEST_LINE_BYTES):
                        pass
            writer.close()


async def _answer(
    reader: asyncio.StreamReader, folder: Path | None, wanted: Collection[str], most_bytes: int
) -> bytes:
    """Read the output of a process, and put the files that it made into the folder.

    Whoever took the process over may write the answer, so nothing of it is believed.

    Raises:
        ProcessEnded: it was ended; or the answer is longer than it may be, or none of ours.
        EOFError: the opener has gone.
    """
    try:
        answer = _ANSWER.validate_json(await read_line(reader))
    except ValueError:
        raise ProcessEnded(by_limit=True, status=None) from None
    if answer.ended is not None:
        raise ProcessEnded(by_limit=answer.ended.by_limit, status=answer.ended.status)
    if len(dict(answer.parts)) != len(answer.parts):  # each within its limit, together without one
        raise ProcessEnded(by_limit=True, status=None)
    printed = BytesIO()
    for name, size_bytes in answer.parts:
        if not name and size_bytes <= most_bytes:
            await read_part(reader, size_bytes, printed)
        elif folder is not None and name in wanted and size_bytes <= LARGEST_FILE_BYTES:
            with (folder / name).open("wb") as file:
                await read_part(reader, size_bytes, file)
        else:
            raise ProcessEnded(by_limit=True, status=None)
    return printed.getvalue()


def _files(folder: Path | None, wanted: Collection[str]) -> list[tuple[str, Path]]:
    """Return the files of a folder by name, without those that an attempt before has made."""
    found = sorted(folder.iterdir()) if folder else []
    return [(path.name, path) for path in found if path.name not in wanted]
