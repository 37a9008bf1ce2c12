"""The contract of adapters: their methods, and the link that the platform gives them.

An adapter is one file with three things: it hands submissions over, it reads what comes back, and
it has the tables of its system's states and refusals. The platform handles due times, deadlines,
repeats, the circuit breaker, traces, and the effects of an answer.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from pydantic import SecretStr

from libs.contracts.ministries import MinistryDecision
from libs.errors import NotAdmitted
from libs.ids import new_id
from libs.web.calling.client import HttpClient, Reply
from services.ministries.connections.rules import Connection
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import Batch, Inquiry, ReadFile, ResultFile
from services.ministries.settings import Login

LIST_LIMIT_BYTES: Final = 4 * 1024 * 1024
"""Longest answer about many applications; one about a single submission is shorter."""

_UNAUTHORIZED: Final = 401
_BEGINNING_BYTES: Final = 1024
_PAGE: Final = re.compile(
    rb"(?:\s|<\?[^>]*>|<!--(?:(?!-->).)*-->)*<(?:html|!doctype\s+html)\b", re.DOTALL
)
"""The first tag of a page; an answer that quotes a page further on is none."""

FetchPaper: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[bytes | None]]
"""Fetches a paper as `PaperLinks.of` describes it."""


async def no_paper(_: Mapping[str, Any]) -> None:
    """Return no content, where there are no papers."""


@dataclass(frozen=True, slots=True)
class Link:
    """The values and functions that the platform gives an adapter for one ministry.

    Args:
        ministry: whose system it is.
        connection: where it is.
        client: makes HTTP calls.
        credentials: make the headers by which the system recognises us.
        callback_url: where the system may send decisions.
        deadline_s: seconds that the system has to answer one call; all calls of one hand-over have
            `MINISTRIES_HAND_OVER_DEADLINE_S` together.
        now: returns the time.
        papers: makes links to the papers of a submission.
        fetch_paper: returns the content of such a paper, for a ministry that cannot fetch it; None
            if it is gone.
        ssh_key: private key for files; None without.
        file_deadline_s: seconds that each step of an exchange of files may take.
        login: user and password, for a system that has no other way to check us; None without.
        may_connect: returns whether an IP address may be connected to.
        cursor: returns the cursor behind all that the ministry has until now; None if unknown.
        count_not_used: counts a row of an answer that cannot be used, for an alert.
    """

    ministry: str
    connection: Connection
    client: HttpClient
    credentials: Credentials
    callback_url: str
    deadline_s: float
    now: Callable[[], datetime]
    papers: PaperLinks
    ssh_key: SecretStr | None = None
    file_deadline_s: float = 60.0
    login: Login | None = None
    may_connect: Callable[[str], bool] = lambda _: True
    fetch_paper: FetchPaper = no_paper
    cursor: Callable[[], str | None] = lambda: None
    count_not_used: Callable[[], None] = lambda: None

    async def post(
        self,
        path: str,
        body: bytes,
        message_id: str,
        *,
        deadline_s: float | None = None,
        limit_bytes: int | None = None,
        **headers: str,
    ) -> Reply:
        """Send a signed POST to the ministry's system, and return the answer, with any status.

        Args:
            path: follows the address of the connection.
            body: what is sent.
            message_id: the same for every repeat of this call; the `webhook-id` of the signature.
            deadline_s: seconds for the answer, where it is not the link's: a paper takes longer.
            limit_bytes: longest answer, where it is about many applications.
            headers: others, with underscores for hyphens.

        Raises:
            NotAdmitted: the answer is 2xx with a page of HTML, as of a login or of maintenance.
            Unavailable: no answer in time.
            Unreadable: the answer is not HTTP, or is over the limit.
        """
        signed = await self.credentials.headers(self.ministry, message_id, body)
        reply = await self.client.call(
            "POST",
            self.connection.address + path,
            body=body,
            headers={name.replace("_", "-"): value for name, value in headers.items()} | signed,
            deadline_s=deadline_s or self.deadline_s,
            limit_bytes=limit_bytes,
        )
        self._check(reply)
        return reply

    async def get(self, path: str) -> Reply:
        """Send a signed GET and return the answer, of at most 4 MiB; raises what `post` raises."""
        signed = await self.credentials.headers(self.ministry, f"ask_{new_id()}", b"")
        reply = await self.client.call(
            "GET",
            self.connection.address + path,
            headers=signed,
            deadline_s=self.deadline_s,
            limit_bytes=LIST_LIMIT_BYTES,
        )
        self._check(reply)
        return reply

    def _check(self, reply: Reply) -> None:
        if reply.status == _UNAUTHORIZED:
            self.credentials.not_accepted()
        if 200 <= reply.status < 300 and _is_page(reply.body):
            raise NotAdmitted(self.ministry, f"status {reply.status} with a page of HTML")


def _is_page(body: bytes) -> bool:
    """Return whether an answer is a page of HTML, also under another content type."""
    beginning = body[:_BEGINNING_BYTES].removeprefix(b"\xef\xbb\xbf").lower()
    return _PAGE.match(beginning) is not None


class Adapter(ABC):
    """Connects to one ministry's system; its answers and callbacks come by themselves.

    Args:
        link: what the platform gives it.
    """

    def __init__(self, link: Link) -> None:
        self.link = link

    @abstractmethod
    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Hand a submission over, and return the ministry's response.

        Args:
            delivery: the delivery to hand over.
            idempotency_key: the same for every attempt, so that the ministry recognises a repeat.

        Raises:
            Unavailable: the ministry's system does not respond, or fails temporarily.
            Refused: the system refuses the submission for good, by an answer that only it writes.
            Unreadable: the response does not have the agreed shape.
        """


@runtime_checkable
class CanConfirm(Protocol):
    """An adapter to a system that does not recognise a repeat, but lists its submissions."""

    async def confirm(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision | None:
        """Return the ministry's response to an earlier attempt; None if none reached it.

        Raises:
            Unavailable: the ministry's system does not respond, or fails temporarily.
            Unreadable: the response does not have the agreed shape.
        """


class PolledAdapter(Adapter):
    """Connects to a system that has to be asked for its decisions."""

    @abstractmethod
    async def ask(self, inquiries: Sequence[Inquiry]) -> Sequence[MinistryDecision]:
        """Ask about applications; return the known decisions, in any order.

        An unknown decision and an unusable row are left out: the application is asked about again.
        A row that cannot be used is given to `link.count_not_used`, which alerts; after three days
        without news of an application an alert names the ministry.

        Args:
            inquiries: at most `read_at_once` of the connection, each with the time `since` which
                the system may have news of it.

        Raises:
            Unavailable: the ministry's system does not respond, or fails temporarily.
            Unreadable: the response as a whole does not have the agreed shape.
        """


class FileAdapter(ABC):
    """Exchanges files with a ministry that has no interface.

    Args:
        link: what the platform gives it.
    """

    def __init__(self, link: Link) -> None:
        self.link = link

    @abstractmethod
    async def send(self, batch: Batch) -> None:
        """Write a batch where the ministry reads it; a repeat replaces the same file.

        Raises:
            Unavailable: the ministry's server does not respond, or does not let us in.
        """

    @abstractmethod
    def receive(self) -> AsyncGenerator[ResultFile, None]:
        """Yield the ministry's files that are whole, oldest first; they stay where they are.

        A file that fails in any way keeps no other back. Files that take too long are read the next
        time; of too many at once the caller stops to read.

        Raises:
            Unavailable: the ministry's server does not respond, or does not let us in; the files
                until then count.
        """

    @abstractmethod
    async def put_aside(self, files: Sequence[ReadFile]) -> None:
        """Move recorded files away, and write the result of their rows beside them.

        A file whose content is not the recorded one stays where `receive` reads it.

        Raises:
            Unavailable: the ministry's server does not respond, or does not let us in.
        """
