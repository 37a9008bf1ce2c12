"""Reads the sandbox's ledger: calls that outside destinations received, counted independently."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
import orjson

from libs.bangladesh.text import ascii_digits

Row = dict[str, Any]
Page = dict[str, list[Row]]
"""Rows by kind."""

# A decision, in the words of the platform's messages and in those of the textbook pipeline. Whoever
# consented for another reads only that there is news; a grievance is answered.
_DECISION = re.compile(
    "মঞ্জুর হ|নামঞ্জুর।|খবর আছে|এর উত্তর এসেছে|approved|refused|There is news|is answered"
)
# What whoever consented to an uddokta's help is told: it has the price.
_MANDATE_NOTICE = re.compile(r"\+ সেবা [0-9]|\+ charge [0-9]")
# That an application is safe, and late.
_DELAY = re.compile("নিরাপদ আছে|is safe")
# That the application waits for its citizen.
_HER_TURN = re.compile("এখন আপনার পালা|waits for you")
# Whether somebody agrees to a correction.
_CONSENT = re.compile("বদলাতে চান|asks to change")
# That a correction was sent.
_CORRECTION = re.compile("সংশোধন জমা|সংশোধন করেছে|বদলেছে|correction of|has changed")
_CODE = re.compile(r"(?<![0-9])(?:[0-9]{6}|[0-9]{9})(?![0-9])")
_TRACKING_NUMBER = re.compile(r"NS(?:-[0-9A-Z]{5}){3}")
KINDS = ("submissions", "decisions", "papers", "messages")
_ROWS_PER_PAGE = 5_000
_POLL_S = 0.2
_PROBE_S = 0.05
_PAGE_TIMEOUT_S = 60.0  # the sandbox is busy, or just starting again
_UNREACHABLE = (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError)


class NoCode(Exception):
    """No one-time code reached the phone in time."""


def tracking_number_in(text: str) -> str:
    """Return the tracking number in a message, in either script; empty if there is none."""
    found = _TRACKING_NUMBER.search(ascii_digits(text))
    return found[0] if found else ""


def gives_decision(text: str) -> bool:
    """Return whether a message about an application gives the ministry's decision."""
    return _DECISION.search(text) is not None


def is_delay(text: str) -> bool:
    """Return whether a message says that an application is late."""
    return _DELAY.search(text) is not None


def is_mandate_notice(text: str) -> bool:
    """Return whether a message says that a mandate was used, and at which price."""
    return _MANDATE_NOTICE.search(text) is not None


def is_her_turn(text: str) -> bool:
    """Return whether a message says that an application waits for its citizen."""
    return _HER_TURN.search(text) is not None


def is_consent(text: str) -> bool:
    """Return whether a message asks for the consent to a correction, with a code."""
    return _CONSENT.search(text) is not None


def is_correction(text: str) -> bool:
    """Return whether a message says that a correction was sent."""
    return _CORRECTION.search(text) is not None


@dataclass(slots=True)
class Received:
    """The ledger's rows of one application, in order.

    Args:
        submissions: at the ministries; those of an office whose officers work here have a case.
        decisions: by the ministries, and by officers.
        messages: at the SMS provider.
        papers: that the ministries fetched.
    """

    submissions: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    papers: list[Row] = field(default_factory=list)

    @property
    def right_papers(self) -> int:
        """Papers that a ministry has as their citizen gave them."""
        return len({row["document_id"] for row in self.papers if row["is_right"]})

    @property
    def is_decided_at_a_desk(self) -> bool:
        """Whether officers who work here have decided."""
        return any("case_id" in row for row in self.decisions)

    @property
    def handed_over(self) -> int:
        """The number of hand-overs to the ministry, without corrections."""
        return sum(row["kind"] == "submitted" for row in self.submissions)

    @property
    def is_complete(self) -> bool:
        """Whether the ministry has the application and the provider has the decision."""
        return self.handed_over > 0 and self.answer is not None

    @property
    def answer(self) -> Row | None:
        """The message with the decision, or None."""
        return next((row for row in self.messages if gives_decision(row["text"])), None)

    @property
    def duplicate_hand_overs(self) -> int:
        """Hand-overs above one."""
        return max(0, self.handed_over - 1)

    @property
    def duplicate_messages(self) -> int:
        """Messages above one decision, used mandate, delay, correction, turn and confirmation.

        A decision may replace the confirmation.
        """
        decisions = sum(gives_decision(row["text"]) for row in self.messages)
        mandate_notices = sum(is_mandate_notice(row["text"]) for row in self.messages)
        delays = sum(is_delay(row["text"]) for row in self.messages)
        corrections = sum(is_correction(row["text"]) for row in self.messages)
        consents = sum(is_consent(row["text"]) for row in self.messages)
        turns = sum(is_her_turn(row["text"]) for row in self.messages)
        known = (decisions, mandate_notices, delays, corrections, turns)
        counts = (*known, len(self.messages) - sum(known) - consents)
        return sum(max(0, count - 1) for count in counts)


def _last_of(page: Page) -> dict[str, int]:
    """The number of the last row of each kind that has one."""
    return {kind: rows[-1]["n"] for kind, rows in page.items() if rows}


def received_at(row: Row) -> datetime:
    """Return the time at which a row was received."""
    return datetime.fromisoformat(row["received_at"])


class Ledger:
    """Rows of the ledger, indexed; a row that is added again replaces its older state."""

    def __init__(self) -> None:
        self._submissions: defaultdict[str, list[Row]] = defaultdict(list)
        self._decisions: defaultdict[str, list[Row]] = defaultdict(list)
        self._cases: defaultdict[str, dict[str, list[Row]]] = defaultdict(dict)
        self._messages: defaultdict[str, dict[int, Row]] = defaultdict(dict)
        self._ids: dict[str, str] = {}
        self._papers: defaultdict[str, list[Row]] = defaultdict(list)

    @property
    def application_ids(self) -> set[str]:
        """Every application that reached a ministry's system."""
        return set(self._submissions)

    def of(self, application_id: str, tracking_number: str) -> Received:
        """Return the records about one application; its id may be empty if a page hid it.

        Rows of officers name the tracking number only.
        """
        application_id = application_id or self._ids.get(tracking_number, "")
        cases = self._cases.get(tracking_number, {})
        return Received(
            [*self._submissions.get(application_id, []), *cases.get("submissions", [])],
            [*self._decisions.get(application_id, []), *cases.get("decisions", [])],
            list(self._messages.get(tracking_number, {}).values()),
            self._papers.get(application_id, []),
        )

    def add(self, kind: str, rows: Iterable[Row]) -> None:
        """Add rows of one kind."""
        for row in rows:
            if "case_id" in row:
                self._cases[row["tracking_number"]].setdefault(kind, []).append(row)
            elif kind == "submissions":
                self._submissions[row["application_id"]].append(row)
                self._ids[row.get("tracking_number", "")] = row["application_id"]
            elif kind == "decisions":
                self._decisions[row["application_id"]].append(row)
            elif kind == "papers":
                self._papers[row["application_id"]].append(row)
            elif number := tracking_number_in(row["text"]):
                self._messages[number][row["n"]] = row


class LedgerReader:
    """Reads the rows that are added to the ledger from now on.

    Args:
        http: the client.
        url: base URL of the sandbox.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.ledger = Ledger()
        self._http = http
        self._url = url
        self._start = dict.fromkeys(KINDS, 0)
        self._after = dict(self._start)
        self._codes: dict[str, str] = {}
        self._codes_until = 0
        self._new_code = asyncio.Event()

    async def skip_to_end(self) -> None:
        """Leave out every row that is there now."""
        async for page in self._pages(self._start):
            self._start |= _last_of(page)
        self._after = dict(self._start)
        self.ledger = Ledger()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Read new rows while the body runs."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.follow(stop))
            yield
            stop.set()

    async def follow(
        self, stop: asyncio.Event, on_decision: Callable[[Row], None] = lambda _: None
    ) -> None:
        """Read new rows until stopped; while the sandbox is unreachable, keep trying.

        Args:
            stop: ends the reading.
            on_decision: called with every new decision of a ministry.
        """
        while not stop.is_set():
            with suppress(*_UNREACHABLE):  # the same pages are read again
                await self.read(on_decision)
            await asyncio.sleep(_POLL_S)

    async def read(self, on_decision: Callable[[Row], None] = lambda _: None) -> None:
        """Read the new rows of every kind.

        Messages are read again until their delivery is reported. aiohttp's errors and time-outs
        are raised while the sandbox is unreachable.
        """
        last, unreported = self._after["messages"], list[int]()
        async for page in self._pages(self._after):
            for kind, rows in page.items():
                self.ledger.add(kind, rows)
            for row in page["decisions"]:
                on_decision(row)
            messages = page["messages"]
            self._take_codes(messages)
            unreported += [row["n"] for row in messages if row["reported_at"] is None]
            read = _last_of(page)
            last = read.pop("messages", last)
            self._after |= read
        self._after["messages"] = min([last, *(n - 1 for n in unreported)])

    async def snapshot(self) -> Ledger:
        """Read every row since the start; the errors of `read` are raised."""
        ledger = Ledger()
        async for page in self._pages(self._start):
            for kind, rows in page.items():
                ledger.add(kind, rows)
        return ledger

    async def messages(self) -> list[Row]:
        """Read every message since the start; the errors of `read` are raised."""
        return [row async for page in self._pages(self._start) for row in page["messages"]]

    async def wait_for_messages(self, count: int, *, within_s: float) -> None:
        """Wait until so many messages have come since the start, or time is up.

        Only that row is read, which costs the sandbox little.
        """
        until_s = time.monotonic() + within_s
        last = self._start["messages"] + count
        while count and time.monotonic() < until_s:
            if await self._get(f"messages?after={last - 1}&limit=1"):
                return
            await asyncio.sleep(_PROBE_S)

    async def callbacks(self) -> tuple[int, int]:
        """Return how many callbacks the sandbox has still to make, and how many were refused."""
        callbacks = await self._get("callbacks")
        return callbacks["waiting"], len(callbacks["refused"])

    async def code_for(self, phone: str, *, within_s: float) -> str:
        """Return the one-time code that reaches a phone; a code is returned once.

        Raises:
            NoCode: no code came in time.
        """
        try:
            async with asyncio.timeout(within_s):
                while phone not in self._codes:
                    self._new_code.clear()
                    await self._new_code.wait()
        except TimeoutError:
            raise NoCode(f"no code within {within_s:.0f} s") from None
        return self._codes.pop(phone)

    def _take_codes(self, rows: Iterable[Row]) -> None:
        """Keep the codes of new messages; a message about an application has none."""
        for row in rows:
            if row["n"] <= self._codes_until:
                continue
            self._codes_until = row["n"]
            code = _CODE.search(ascii_digits(row["text"]))
            if code and (is_consent(row["text"]) or not tracking_number_in(row["text"])):
                self._codes[row["to"]] = code[0]
                self._new_code.set()

    async def _pages(self, after: Mapping[str, int]) -> AsyncIterator[Page]:
        """Read the rows of every kind that follow these numbers, page by page."""
        after, is_full = dict(after), True
        while is_full:
            asked = "&".join(f"{kind}={n}" for kind, n in after.items())
            page: Page = await self._get(f"rows?{asked}&limit={_ROWS_PER_PAGE}")
            yield page
            after |= _last_of(page)
            is_full = any(len(rows) == _ROWS_PER_PAGE for rows in page.values())

    async def _get(self, path: str) -> Any:
        timeout = aiohttp.ClientTimeout(total=_PAGE_TIMEOUT_S)
        async with self._http.get(f"{self._url}/ledger/{path}", timeout=timeout) as response:
            response.raise_for_status()
            return orjson.loads(await response.read())
