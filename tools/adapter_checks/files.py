"""Checks of a ministry that exchanges files, with test batches in its own folder."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from libs.clock import utc_now
from libs.errors import NotAdmitted, Unavailable
from libs.ids import new_id, new_tracking_number
from services.ministries.deliveries.adapters import sftp, sheets
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.files import COLUMNS, TO, FilesAdapter
from services.ministries.deliveries.adapters.sheet_worker import END
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import Batch
from services.ministries.exchanges.rules import Place, Sent, account
from tools.adapter_checks.platform import TestPaper

_LOOK_EVERY_S: Final = 0.5
_FORMS: Final = (
    '{"name": "রহিমা খাতুন", "number": "0017", "remark": "a test of the connection"}',
    '{"name": "ঢাকা, বাংলাদেশ", "number": "=1+1", "remark": "a comma, and a \\"quotation\\""}',
    '{"name": "আব্দুল করিম", "number": "2026-01-07", "remark": "two\\nlines"}',
)
_OF_TEXT: Final = ("not_text", "not_a_number")

CHECKS: Final[Mapping[str, str]] = {
    "admitted": "lets the platform in, with its key, at the host key that is pinned",
    "private": "lets nobody in with another key",
    "answered": "acknowledges each row of a batch, with a case file number",
    "shaped": "writes the agreed columns in UTF-8, and a last line with the right count",
    "accounted": "says each thing once, of the right row of the right batch",
    "typed": "keeps text as text: no dates or numbers made by a spreadsheet",
    "own_case_file": "gives every application a case file of its own",
    "once": "recognises the rows of a batch that comes again",
    "corrected": "takes a corrected form, under the same case file number",
    "withdrawn": "takes a withdrawal",
    "papers": "takes a row that has a paper beside the batch",
    "decided": "says APPROVED, REFUSED or RETURNED of a row, after RECEIVED or instead of it",
    "whole": "leaves a half-written batch alone",
}
"""Every check with what a ministry that passes does."""


@dataclass
class Exchange:
    """The test batches, and the ministry's answers to them.

    Args:
        adapter: writes and reads in the ministry's folder.
        ministry: whose.
        public_service_id: applied for.
        wait_s: seconds that the ministry has to answer a batch.
    """

    adapter: FilesAdapter
    ministry: str
    public_service_id: str
    wait_s: float
    sent: dict[Place, Sent] = field(default_factory=dict)
    numbers: dict[Place, str] = field(default_factory=dict)
    decided: set[Place] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    other_files: set[str] = field(default_factory=set)

    async def send(self, batch_no: int, deliveries: Sequence[Delivery]) -> None:
        """Write a batch, or the same one again."""
        rows = dict(enumerate(deliveries, start=1))
        for row_no, delivery in rows.items():
            self.sent.setdefault((batch_no, row_no), Sent(delivery))
        await self.adapter.send(Batch(self.ministry, batch_no, utc_now(), rows))

    async def until_answered(self, batch_no: int) -> None:
        """Read files until each row of a batch has a case file number, or the time is over."""
        await self._until(lambda: not self.unanswered(batch_no))

    async def until_decided(self) -> None:
        """Read files until a row is decided, or the time is over; then once more.

        Who decides on several rows may write a file for each.
        """
        await self._until(lambda: bool(self.decided))
        await asyncio.sleep(_LOOK_EVERY_S)
        await self.read()

    async def _until(self, is_there: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(self.wait_s):
                while not is_there():
                    await asyncio.sleep(_LOOK_EVERY_S)
                    await self.read()
        except TimeoutError:
            await self.read()

    async def read(self) -> None:
        """Read the files that have come since the beginning, and put aside those about our batches.

        Answers to others are left: the ministry may be connected already.
        """
        batches = {batch_no for batch_no, _ in self.sent}
        for file in [received async for received in self.adapter.receive()]:
            if file.name in self.other_files:
                continue
            if file.rows and not batches & {row.batch_no for row in file.rows}:
                self.other_files.add(file.name)
                self.problems.append(f"{file.name}: batch none of those that were sent")
                continue
            accounted = account(file, self.sent)
            self.problems += [
                f"{file.name}: {problem}" for problem in (*file.problems, *accounted.problems)
            ]
            for place, response in accounted.responses.items():
                if response.decision.action != "received":
                    self.decided.add(place)
                if number := response.decision.case_file_number:
                    self.numbers.setdefault(place, number)
                    self.sent[place] = replace(self.sent[place], case_file_number=number)
            await self.adapter.put_aside([accounted.report(file)])

    def unanswered(self, batch_no: int) -> list[int]:
        """Return the rows of a batch without a case file number."""
        return [row for no, row in self.sent if no == batch_no and (no, row) not in self.numbers]


async def run_checks(
    link: Link, forger: Link, paper: TestPaper, *, public_service_id: str, wait_s: float
) -> dict[str, str]:
    """Run all checks; return the errors, by check: an empty text for none.

    Args:
        link: to the ministry's folder.
        forger: to the same, with another key.
        paper: goes with the first row.
        public_service_id: applied for in the checks.
        wait_s: seconds that the ministry has to answer a batch.
    """
    exchange = Exchange(FilesAdapter(link), link.ministry, public_service_id, wait_s)
    try:
        exchange.other_files |= {file.name async for file in exchange.adapter.receive()}
    except Unavailable as failure:
        return dict.fromkeys(CHECKS, str(failure))
    found = {"admitted": "", "private": await _private(forger)}
    first_no = int(utc_now().timestamp())  # since 1970, and those of batches since 2026
    half, first, second = first_no - 1, first_no, first_no + 1
    try:
        return found | await _exchanged(exchange, link, paper, (half, first, second))
    except Unavailable as failure:
        return dict.fromkeys(CHECKS, str(failure)) | found


async def _exchanged(
    exchange: Exchange, link: Link, paper: TestPaper, numbers: tuple[int, int, int]
) -> dict[str, str]:
    half, first, second = numbers
    submitted = [_delivery(exchange, form) for form in _FORMS]
    submitted[0] = replace(submitted[0], documents=paper.documents())
    later = [
        replace(submitted[0], delivery_id=new_id(), kind="corrected"),
        replace(submitted[1], delivery_id=new_id(), kind="withdrawn", form=None),
    ]
    await _write_half(exchange, link, half)
    await exchange.send(first, submitted)
    await exchange.until_answered(first)
    await exchange.send(first, submitted)
    await exchange.send(second, later)
    await exchange.until_answered(second)
    await exchange.until_decided()
    async with sftp.opened(link) as folder:
        await folder.remove(_path(half))
    return _judged(exchange, numbers)


def _judged(exchange: Exchange, numbers: tuple[int, int, int]) -> dict[str, str]:
    half, first, second = numbers
    missing, later = exchange.unanswered(first), exchange.unanswered(second)
    given = [number for (no, _), number in exchange.numbers.items() if no == first]
    kinds = {"shaped": "", "accounted": "", "typed": "", "once": ""}
    for problem in exchange.problems:
        kinds[_kind(problem)] = problem
    wait = f"within {exchange.wait_s:.0f} s; a file is read when its last line is there"
    return {
        "answered": f"no case file number for rows {missing} {wait}" if missing else "",
        "own_case_file": ""
        if len(set(given)) == len(given)
        else "two rows have one case file number",
        "papers": f"no answer {wait}" if 1 in missing else "",
        "decided": "" if exchange.decided else f"no decision {wait}",
        "corrected": f"no answer {wait}" if 1 in later else _another(exchange, first, second),
        "withdrawn": f"no answer {wait}" if 2 in later else "",
        "whole": "half a batch was answered" if (half, 1) in exchange.numbers else "",
        **kinds,
    }


def _another(exchange: Exchange, first: int, second: int) -> str:
    """Say whether the correction has another case file number than its application."""
    is_same = exchange.numbers.get((first, 1)) == exchange.numbers.get((second, 1))
    return "" if is_same else "a correction has another case file number than its application"


def _kind(problem: str) -> str:
    """Return the check that a problem with a file belongs to."""
    if any(text in problem for text in _OF_TEXT):
        return "typed"
    if "another case file number" in problem:
        return "once"
    return "accounted" if ": batch " in problem else "shaped"


async def _private(forger: Link) -> str:
    try:
        async with sftp.opened(forger):
            return "a login with another key was accepted"
    except NotAdmitted:
        return ""
    except Unavailable as failure:
        return str(failure)


async def _write_half(exchange: Exchange, link: Link, batch_no: int) -> None:
    """Write a batch of one row whose last line is missing."""
    delivery = _delivery(exchange, None)
    exchange.sent[batch_no, 1] = Sent(delivery)
    cells = dict.fromkeys(COLUMNS, "") | dict(_cells(delivery, batch_no))
    content = sheets.write_csv(COLUMNS, [list(cells.values())], lambda _: ())
    async with sftp.opened(link) as folder:
        await folder.write(_path(batch_no), content[: content.rindex(END.encode())])


def _path(batch_no: int) -> str:
    return f"{TO}/batch-{batch_no:06d}.csv"


def _cells(delivery: Delivery, batch_no: int) -> Iterator[tuple[str, str]]:
    yield "batch_no", str(batch_no)
    yield "row_no", "1"
    for name in ("delivery_id", "tracking_number", "kind", "application_id", "public_service_id"):
        yield name, str(getattr(delivery, name))


def _delivery(exchange: Exchange, form: str | None) -> Delivery:
    application_id = new_id()
    return Delivery(
        delivery_id=new_id(),
        application_id=application_id,
        ministry=exchange.ministry,
        tracking_number=new_tracking_number(application_id),
        public_service_id=exchange.public_service_id,
        kind="submitted",
        form=form,
        trace=None,
        created_at=utc_now(),
        form_version=1,
    )
