"""The adapter to ministries without an interface: batches and results as files over SFTP.

A batch is `to-ministry/batch-28771184.csv` (or `.xlsx`): the columns of `COLUMNS`, then the answers
of the forms, as `form.NAME`, since a form may have a field named as one of ours. Its last line is
`END`, rows, SHA-256, time, signature (Standard Webhooks, by the ministry's key, over all before
it). The papers of a row are files beside it, written before: `papers` names them with their
SHA-256, which is in their file names too, and says `gone` of one that was deleted.

The ministry puts files with `RESULT_COLUMNS` and such a last line into `from-ministry`, under any
name: first with `RECEIVED` for each row, later with decisions. A person who fills in a file may
leave its SHA-256 empty, and the columns `decided_at` and `paper` out.

| what a result file has | what happens |
| --- | --- |
| an ending of other spreadsheets (`.xls`, `.xlsm`, `.xlsb`, `.ods`) | refused as a whole |
| no last line, a torn workbook, `.part` in its name | left for the next look; after a day refused |
| wrong count or SHA-256, a column missing or renamed, no UTF-8 | refused as a whole |
| a password, damage anywhere in a workbook | refused as a whole |
| over 20 MB, 20,000 rows or 500,000 cells | refused as a whole |
| more memory or time needed than the process that reads it has | refused as a whole |
| a size that the sheet says | ignored: only rows and cells that are there count |
| a name that is no UTF-8 | renamed, with `_` for what cannot be read |
| a byte order mark, more columns or in another order, blank lines | read |
| a row missing | the others count; it stays open in its batch; an alert follows in 3 days |
| a row twice | used once; not at all if the two differ |
| a row with the application or tracking number of another | not used |
| a date or number that a spreadsheet made of a text | not used, since zeros may be lost |
| a number of more than 18 digits | not used |
| `007` that became `7` | read as a row; as a case file number not used if another is known |
| a row of last week's batch, or answered before | as any other; nothing is announced twice |
| an unknown batch, row or state, a refusal or return without a note | not used |
| a decision against an earlier one, or after a confirmed withdrawal | not used |
| the same with a `decided_at` from before the withdrawal | used |
| a `decided_at` that is no time | the row is not used |
| a `paper` that is none, or that cannot be made | the row is not used, and may come again |
| another content under a name that was read | read as a new file |

A file that is recorded goes to `from-ministry/done` or `/refused`, with a report that names each
row that was not used. A second one of that name has the first digits of its SHA-256 in its name.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError
from typing_extensions import override

from libs.bangladesh.calendar import DHAKA, end_of_day
from libs.bangladesh.text import ascii_digits, normalise
from libs.contracts.applications import ResponsibleOffice
from libs.contracts.language import Text
from libs.contracts.ministries import DecisionPaper
from libs.contracts.papers import MediaType
from libs.errors import Unavailable, Unreadable
from services.ministries.deliveries import responses
from services.ministries.deliveries.adapters import sftp, sheets
from services.ministries.deliveries.adapters.contract import FileAdapter, Link
from services.ministries.deliveries.adapters.fields import flatten
from services.ministries.deliveries.adapters.sheet_worker import (
    LARGEST_BYTES,
    OPTIONAL,
    NotComplete,
    Row,
)
from services.ministries.deliveries.adapters.sheets import SheetReader
from services.ministries.deliveries.responses import Action
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import Batch, ReadFile, ResultFile, ResultRow

STATES: Final[Mapping[str, Action]] = {
    "RECEIVED": "received",
    "APPROVED": "approved",
    "REFUSED": "refused",
    "RETURNED": "correction_asked",
    "PAPER_WITHDRAWN": "paper_withdrawn",
}
"""The states that a ministry may write."""

COLUMNS: Final = (
    "batch_no", "row_no", "delivery_id", "tracking_number", "kind", "application_id",
    "public_service_id", "form_version", "service_centre_id", "applicant_id", "actor_id",
    "office_id", "office_name", "moved_to", "papers", "form_origin", "office_confirmed",
)  # fmt: skip
ANSWER: Final = "form."
"""Stands before the name of a form's field."""
RESULT_COLUMNS: Final = (
    "batch_no", "row_no", "application_id", "tracking_number", "state", "case_file_number",
    "note_bn", "note_en",
)  # fmt: skip

DECIDED_AT: Final = "decided_at"
"""A column that a file may leave out: when it was decided, where that was before."""

PAPER: Final = "paper"
"""A column that a file may leave out: the paper about the decision, as JSON (`DecisionPaper`)."""

TO: Final = "to-ministry"
_FROM: Final = "from-ministry"
_WHOLE_WITHIN_S: Final = 24 * 3600.0
_HEX_DIGITS: Final = 12
_OTHER_SUFFIXES: Final = (".xls", ".xlsm", ".xlsb", ".ods")
"""Of spreadsheets that are not read; whoever saved one of them waits for its report."""
_SUFFIXES: Final = (".csv", ".xlsx", *_OTHER_SUFFIXES)
_PAPER_SUFFIXES: Final[Mapping[MediaType, str]] = {"application/pdf": ".pdf", "image/jpeg": ".jpg"}

log = structlog.get_logger()


class FilesAdapter(FileAdapter):
    """Exchanges files in the folder of the connection, `sftp://user@host:port/folder`.

    Args:
        link: what the platform gives it.
        reader: opens the ministry's files; by default one of its own.
    """

    def __init__(self, link: Link, reader: SheetReader | None = None) -> None:
        super().__init__(link)
        self._sheets = reader or SheetReader()

    @override
    async def send(self, batch: Batch) -> None:
        suffix = self.link.connection.file_format
        async with sftp.opened(self.link, deadline_s=self.link.file_deadline_s) as folder:
            papers = await self._send_papers(folder, batch)
            content = await asyncio.to_thread(self._written, batch, papers)
            await folder.write(f"{TO}/batch-{batch.batch_no:06d}.{suffix}", content)

    @override
    async def receive(self) -> AsyncGenerator[ResultFile, None]:
        defects = []
        async with sftp.opened(self.link, deadline_s=self.link.file_deadline_s) as folder:
            for name in await folder.names(_FROM, suffixes=_SUFFIXES):
                found = await folder.look_at(f"{_FROM}/{name}", limit=LARGEST_BYTES)
                if found is None:  # it has been removed, or cannot be read now
                    continue
                try:
                    file = await self._read(found)
                except Unavailable:  # of the opener: it reads none of the others either
                    raise
                except Exception as defect:  # house: broad-except (the others are read)
                    log.exception("file not read", ministry=self.link.ministry)
                    defects.append(defect)
                    continue
                if file is not None:
                    yield file
        if defects:
            raise defects[0]

    @override
    async def put_aside(self, files: Sequence[ReadFile]) -> None:
        async with sftp.opened(self.link) as folder:
            failures: list[Exception] = []
            for file in files:
                try:
                    await _put_aside(folder, file)
                except sftp.OF_ONE_FILE as failure:
                    failures.append(failure)
            if failures:
                raise failures[0]

    async def _send_papers(self, folder: sftp.Folder, batch: Batch) -> dict[int, str]:
        """Write the papers of a batch beside it; return their names, by row.

        One that is there already, from an attempt before, is not fetched again. The name has its
        SHA-256, so that a paper of somebody else which was left there is never taken for it.

        Raises:
            Unavailable: also when documents does not respond.
        """
        link, papers = self.link, f"papers/batch-{batch.batch_no:06d}"
        there = await folder.sizes(f"{TO}/{papers}")
        written: dict[int, str] = {}
        for row_no, delivery in batch.rows.items():
            named: list[str] = []
            for number, paper in enumerate(link.papers.of(delivery, link.now()), start=1):
                suffix = _PAPER_SUFFIXES[paper["media_type"]]
                name = f"{row_no}-{number}-{paper['kind']}-{paper['sha256']}{suffix}"
                if there.get(name) != paper["size_bytes"]:
                    content = await link.fetch_paper(paper)
                    if content is None:
                        named.append(f"{paper['kind']} gone")
                        continue
                    await folder.write(f"{TO}/{papers}/{name}", content)
                named.append(f"{papers}/{name} {paper['sha256']}")
            written[row_no] = "; ".join(named)
        return written

    def _written(self, batch: Batch, papers: Mapping[int, str]) -> bytes:
        answers = {row_no: flatten(delivery.form) for row_no, delivery in batch.rows.items()}
        names = sorted({name for form in answers.values() for name in form})
        rows = [
            [
                *_cells(batch, row_no, delivery, papers[row_no]),
                *(answers[row_no].get(name, "") for name in names),
            ]
            for row_no, delivery in batch.rows.items()
        ]
        header = [*COLUMNS, *(f"{ANSWER}{name}" for name in names)]
        write = sheets.write_csv if self.link.connection.file_format == "csv" else sheets.write_xlsx
        return write(header, rows, lambda body: self._signed(batch, body))

    def _signed(self, batch: Batch, body: bytes) -> list[str]:
        message_id = f"{batch.ministry}-{batch.batch_no}"
        headers = self.link.credentials.signature(batch.ministry, message_id, batch.made_at, body)
        return [headers["webhook-timestamp"], headers["webhook-signature"]]

    async def _read(self, found: sftp.Found) -> ResultFile | None:
        """Read one file; None if it is not whole yet."""
        if len(found.content) > LARGEST_BYTES:
            return _refused(found, "too_large: over 20 MB")
        if found.name.lower().endswith(_OTHER_SUFFIXES):
            return _refused(found, "not_a_table: send .xlsx or .csv")
        try:
            columns = [*RESULT_COLUMNS, DECIDED_AT + OPTIONAL, PAPER + OPTIONAL]
            rows = await self._sheets.read(found.name, found.content, columns)
        except NotComplete:
            # A clock may be wrong; a file of next year would never be a day old.
            if abs(self.link.now().timestamp() - found.changed_at_s) < _WHOLE_WITHIN_S:
                return None
            return _refused(found, "no last line")
        except Unreadable as failure:
            return _refused(found, str(failure))
        return await asyncio.to_thread(_results, found, rows)


def _results(found: sftp.Found, rows: Sequence[Row]) -> ResultFile:
    results: list[ResultRow] = []
    problems: list[str] = []
    for row in rows:
        try:
            results.append(_result(row))
        except Unreadable as failure:
            problems.append(f"line {row.place}: {failure}")
        except ValueError:
            problems.append(f"line {row.place}: wrong_shape")
    return ResultFile(found.name, results, problems, sha256=found.sha256)


def _refused(found: sftp.Found, problem: str) -> ResultFile:
    return ResultFile(found.name, (), [problem], is_refused=True, sha256=found.sha256)


async def _put_aside(folder: sftp.Folder, file: ReadFile) -> None:
    """Move a recorded file, with its report; another one that was saved under its name stays.

    It is moved before it is compared, so that none can be saved between the two.
    """
    source = f"{_FROM}/{file.name}"
    target = f"{_FROM}/{'refused' if file.is_refused else 'done'}/{file.name}"
    part = f"{target}.part"
    await folder.move(source, part)
    found = await folder.read(part, limit=LARGEST_BYTES)
    if found is None:  # it was put aside before
        return
    if file.sha256 != found.sha256:
        await folder.move_back(part, source)
        return
    if await folder.has(target):
        path = PurePosixPath(target)
        target = str(path.with_stem(f"{path.stem}-{found.sha256[:_HEX_DIGITS]}"))
    await folder.write(f"{target}.report.txt", file.report.encode())
    await folder.move(part, target)


def _cells(batch: Batch, row_no: int, delivery: Delivery, papers: str) -> Iterator[str]:
    office = delivery.office and ResponsibleOffice.model_validate_json(delivery.office)
    for value in (
        batch.batch_no, row_no, delivery.delivery_id, delivery.tracking_number, delivery.kind,
        delivery.application_id, delivery.public_service_id, delivery.form_version,
        delivery.service_centre_id, delivery.applicant_id, delivery.actor_id,
        office.office_id if office else None, office.name.bn if office else None,
        delivery.moved_to, papers, delivery.form_origin,
        str(office.confirmed).lower() if office else None,
    ):  # fmt: skip
        yield "" if value is None else str(value)


def _result(row: Row) -> ResultRow:
    """Read one row.

    Raises:
        Unreadable: it cannot be used.
        ValueError: no application.
    """
    state = row.text("state").strip().upper()
    if state not in STATES:
        raise Unreadable("unknown_state", f"not {', '.join(STATES)}")
    bn, en = row.text("note_bn").strip(), row.text("note_en").strip()
    return ResultRow(
        batch_no=row.number("batch_no"),
        row_no=row.number("row_no"),
        tracking_number=row.text("tracking_number").strip().upper(),
        decision=responses.read_decision(
            UUID(row.text("application_id").strip()),
            STATES[state],
            row.text("case_file_number").strip() or None,
            Text(bn=bn or en, en=en or bn) if bn or en else None,
            _decided_at(row.text(DECIDED_AT)),
            _paper(row.text(PAPER)),
        ),
    )


def _paper(text: str) -> DecisionPaper | None:
    """Return the paper that is asked for; None if the cell is empty.

    Raises:
        Unreadable: it is none.
    """
    if not text.strip():
        return None
    try:
        return DecisionPaper.model_validate_json(text)
    except ValidationError:
        raise Unreadable("wrong_shape", PAPER) from None


def _decided_at(text: str) -> datetime | None:
    """Return when something was decided; None if the cell is empty.

    A time without a zone is of Dhaka, and a day without a time is its end, since nobody says that
    it was earlier.

    Raises:
        Unreadable: it is no time.
    """
    written = ascii_digits(normalise(text)).strip()
    if not written:
        return None
    with suppress(ValueError):
        return _end_of(date.fromisoformat(written))
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise Unreadable("not_a_time", DECIDED_AT) from None
    return at if at.tzinfo else at.replace(tzinfo=DHAKA)


def _end_of(day: date) -> datetime:
    try:
        return end_of_day(day)
    except OverflowError:
        raise Unreadable("not_a_time", DECIDED_AT) from None
