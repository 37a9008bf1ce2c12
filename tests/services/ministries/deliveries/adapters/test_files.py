"""File exchange with OpenSSH's own server."""

import csv
import io
import os
import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncssh
import orjson
import pytest
from openpyxl import load_workbook
from pydantic import SecretStr
from typing_extensions import override

from libs.errors import NotAdmitted, Unavailable
from libs.ids import new_id
from libs.limited_process import ProcessEnded
from libs.opener.client import Opener
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.signed.signatures import verify
from services.ministries.connections.rules import Connection
from services.ministries.deliveries.adapters import sftp
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.files import (
    COLUMNS,
    RESULT_COLUMNS,
    FilesAdapter,
)
from services.ministries.deliveries.adapters.sheet_worker import Row
from services.ministries.deliveries.adapters.sheets import LIMITS, SheetReader
from services.ministries.deliveries.rules import Delivery, plan_delivery
from services.ministries.deliveries.values import Batch, ReadFile, ResultFile
from services.ministries.exchanges.jobs import POLICY
from tests.libs.database.running import black_hole
from tests.libs.opener.running import opener_of
from tests.peers.openssh import SftpServer, serving
from tests.services.ministries.deliveries.adapters.scenes import workbook
from tests.services.ministries.deliveries.adapters.suite import KEYS, link_to
from tests.services.ministries.scenes import APPLICATION, LAND, submission
from tools.embedded.ports import free_port

MADE_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEADLINE_S = 20.0
PAPER = b"a paper"


@pytest.fixture
async def server() -> AsyncIterator[SftpServer]:
    async with serving() as server:
        yield server


@pytest.fixture
def link(server: SftpServer) -> Link:
    client = HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t"))
    return replace(
        link_to(client, "https://unused.example"),
        connection=Connection(adapter="files", address=server.address, host_key=server.host_key),
        ssh_key=SecretStr(server.client_key),
        deadline_s=DEADLINE_S,
        now=lambda: datetime.now(UTC),
    )


def batch(count: int = 2) -> Batch:
    deliveries = [plan_delivery(submission(application_id=new_id())) for _ in range(count)]
    return Batch(LAND, 7, MADE_AT, dict(enumerate(deliveries, start=1)))


def put(server: SftpServer, name: str, *rows: Sequence[str], end: str | None = None) -> Path:
    path = server.folder / "from-ministry" / name
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([RESULT_COLUMNS, *rows])
        file.write(f"END,{len(rows)}\n" if end is None else end)
    return path


def result(number: str = "7", row: str = "1", state: str = "RECEIVED", note: str = "") -> list[str]:
    return [number, row, str(new_id()), "NS-7K4M9-PXRT3-HC2D3", state, "05.00", note, ""]


async def read(link: Link, reader: SheetReader | None = None) -> list[ResultFile]:
    return [file async for file in FilesAdapter(link, reader).receive()]


async def received(link: Link) -> ResultFile:
    (file,) = await read(link)
    return file


def test_it_is_the_server_that_ministries_have(server: SftpServer) -> None:
    """The server of these tests is OpenSSH where it can be had."""
    assert server.is_openssh or not Path("/usr/bin/apt-get").exists()


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
async def test_a_batch_is_written_whole_and_signed(
    server: SftpServer, link: Link, file_format: str
) -> None:
    """Every delivery is a row with its Bangla; nothing but the whole file has its name."""
    connection = link.connection.model_copy(update={"file_format": file_format})
    sent = batch()
    for _ in range(2):
        await FilesAdapter(replace(link, connection=connection)).send(sent)
    (path,) = (server.folder / "to-ministry").iterdir()
    assert path.name == f"batch-000007.{file_format}"
    if file_format == "csv":
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        lines = list(csv.reader(io.StringIO(content.decode())))
    else:
        sheet = load_workbook(path).worksheets[0]
        lines = [[str(cell or "") for cell in line] for line in sheet.iter_rows(values_only=True)]
        width = len(lines[0])
        lines = [line[:width] for line in lines]
        written = io.StringIO(newline="")
        csv.writer(written, lineterminator="\n").writerows(lines[:-1])
        content = written.getvalue().encode()
    header, *rows, end = lines
    assert header == [*COLUMNS, "form.name_bn"]
    assert [dict(zip(header, row, strict=False))["delivery_id"] for row in rows] == [
        str(each.delivery_id) for each in sent.rows.values()
    ]
    assert {row[-1] for row in rows} == {"রহিমা খাতুন"}
    body = content[: content.rfind(b"\nEND") + 1] if file_format == "csv" else content
    headers = {
        "webhook-id": f"{LAND}-7",
        "webhook-timestamp": end[3],
        "webhook-signature": end[4],
    }
    assert all(verify(key, headers, body, MADE_AT) for key in KEYS)


async def test_an_answer_has_a_column_of_its_own(server: SftpServer, link: Link) -> None:
    """Also where the form has a field named as one of ours, such as the kind of a general diary."""
    delivery = replace(plan_delivery(submission()), form='{"kind": "lost"}')
    await FilesAdapter(link).send(Batch(LAND, 7, MADE_AT, {1: delivery}))
    content = (server.folder / "to-ministry" / "batch-000007.csv").read_text("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(content)))
    assert (row["kind"], row["form.kind"]) == ("submitted", "lost")


def with_papers(*kinds: str, digest: str = sha256(PAPER).hexdigest()) -> Delivery:
    """A delivery whose form has papers of these kinds."""
    papers = [
        {
            "document_id": str(new_id()),
            "kind": kind,
            "media_type": "image/jpeg",
            "size_bytes": len(PAPER),
            "sha256": digest,
            "state": "clean",
        }
        for kind in kinds
    ]
    return replace(plan_delivery(submission()), documents=orjson.dumps(papers).decode())


async def test_papers_lie_beside_the_batch(server: SftpServer, link: Link) -> None:
    """They are there before it, and are fetched once, however often the batch is sent."""
    fetched: list[str] = []

    async def fetch(paper: Mapping[str, Any]) -> bytes | None:
        fetched.append(paper["kind"])
        return PAPER if paper["kind"] == "photo" else None

    delivery = with_papers("photo", "deed")
    for _ in range(2):
        adapter = FilesAdapter(replace(link, fetch_paper=fetch))
        await adapter.send(Batch(LAND, 7, MADE_AT, {1: delivery}))
    folder = server.folder / "to-ministry"
    row = next(csv.DictReader(io.StringIO((folder / "batch-000007.csv").read_text("utf-8-sig"))))
    digest = sha256(PAPER).hexdigest()
    name = f"papers/batch-000007/1-1-photo-{digest}.jpg"
    assert row["papers"] == f"{name} {digest}; deed gone"
    assert (folder / name).read_bytes() == PAPER
    assert fetched.count("photo") == 1


async def test_a_paper_that_was_left_there_is_never_taken_for_hers(
    server: SftpServer, link: Link
) -> None:
    """Although it is as large, and lies beside a batch of the same number, in the same row."""

    async def fetch(paper: Mapping[str, Any]) -> bytes | None:
        return contents[paper["sha256"]]

    contents = {sha256(each).hexdigest(): each for each in (PAPER, b"b paper")}
    folder = server.folder / "to-ministry"
    for digest, content in contents.items():
        delivery = with_papers("photo", digest=digest)
        await FilesAdapter(replace(link, fetch_paper=fetch)).send(
            Batch(LAND, 7, MADE_AT, {1: delivery})
        )
        text = (folder / "batch-000007.csv").read_text("utf-8-sig")
        name, named = next(csv.DictReader(io.StringIO(text)))["papers"].split(" ")
        assert (named, (folder / name).read_bytes()) == (digest, content)


async def test_the_papers_of_a_batch_are_written_in_one_session(
    server: SftpServer, link: Link
) -> None:
    """However many they are; after one that failed, those before it are not fetched again."""
    connected: list[str] = []

    def note(address: str) -> bool:
        connected.append(address)
        return True

    fetched: list[str] = []

    async def fetch(paper: Mapping[str, Any]) -> bytes | None:
        fetched.append(paper["kind"])
        if fetched.count("deed") == 1 and paper["kind"] == "deed":
            raise Unavailable("documents")
        return PAPER

    delivery = with_papers("photo", "deed", "map")
    adapter = FilesAdapter(replace(link, fetch_paper=fetch, may_connect=note))
    with pytest.raises(Unavailable, match="documents"):
        await adapter.send(Batch(LAND, 7, MADE_AT, {1: delivery}))
    await adapter.send(Batch(LAND, 7, MADE_AT, {1: delivery}))
    assert fetched == ["photo", "deed", "deed", "map"]
    assert len(connected) == 2
    there = (server.folder / "to-ministry" / "papers" / "batch-000007").iterdir()
    assert len({each.name for each in there}) == 3


async def test_a_batch_waits_for_its_papers(server: SftpServer, link: Link) -> None:
    """A row does not arrive without what belongs to it."""

    async def away(_: Mapping[str, Any]) -> bytes | None:
        raise Unavailable("documents")

    paper = {
        "kind": "photo",
        "media_type": "image/jpeg",
        "size_bytes": 1,
        "sha256": sha256(PAPER).hexdigest(),
        "document_id": APPLICATION,
    }
    delivery = replace(plan_delivery(submission()), documents=orjson.dumps([paper]).decode())
    with pytest.raises(Unavailable, match="documents"):
        await FilesAdapter(replace(link, fetch_paper=away)).send(
            Batch(LAND, 7, MADE_AT, {1: delivery})
        )
    assert not (server.folder / "to-ministry").exists()


async def test_results_are_read_and_put_aside(server: SftpServer, link: Link) -> None:
    """A file stays where it is until it is recorded; then it moves, with a report."""
    path = put(server, "any name.csv", result(), result(row="2", state="returned", note="কোথায়?"))
    file = await received(link)
    assert [row.decision.action for row in file.rows] == ["received", "correction_asked"]
    assert path.exists()
    done = ReadFile(file.name, is_refused=False, report="2 rows used\n", sha256=file.sha256)
    for _ in range(2):
        await FilesAdapter(link).put_aside([done])
    assert not path.exists()
    aside = server.folder / "from-ministry" / "done"
    assert {each.name for each in aside.iterdir()} == {path.name, f"{path.name}.report.txt"}
    assert not await read(link)


async def test_a_file_that_is_saved_again_is_read_before_it_is_put_aside(
    server: SftpServer, link: Link
) -> None:
    """Under the name of one that was read; both are kept, each with its report."""
    adapter = FilesAdapter(link)
    path = put(server, "a.csv", result())
    first = await received(link)
    put(server, "a.csv", result(state="APPROVED"))
    await adapter.put_aside([ReadFile("a.csv", is_refused=False, report="1", sha256=first.sha256)])
    second = await received(link)
    assert [row.decision.action for row in second.rows] == ["approved"]
    aside = server.folder / "from-ministry" / "done"
    assert list(aside.iterdir()) == []
    done = ReadFile("a.csv", is_refused=False, report="2", sha256=second.sha256)
    for _ in range(2):
        await adapter.put_aside([done])
    put(server, "a.csv", result(state="REFUSED"))
    third = await received(link)
    await adapter.put_aside([replace(done, report="3", sha256=third.sha256)])
    assert not path.exists()
    kept = {each.name: each.read_text() for each in aside.glob("*.txt")}
    also = f"a-{third.sha256[:12]}.csv"
    assert kept == {"a.csv.report.txt": "2", f"{also}.report.txt": "3"}
    assert "APPROVED" in (aside / "a.csv").read_text()
    assert "REFUSED" in (aside / also).read_text()


async def test_a_file_that_was_moved_before_a_crash_is_not_lost(
    server: SftpServer, link: Link
) -> None:
    """Whether it is the recorded one or another; one that has come meanwhile is not replaced."""
    adapter = FilesAdapter(link)
    path = put(server, "a.csv", result())
    first = await received(link)
    done = ReadFile("a.csv", is_refused=False, report="", sha256=first.sha256)
    aside = server.folder / "from-ministry" / "done"
    aside.mkdir(mode=0o777)
    aside.chmod(0o777)
    part = aside / "a.csv.part"
    put(server, "a.csv", result(state="APPROVED")).rename(part)
    await adapter.put_aside([done])
    assert (await received(link)).rows[0].decision.action == "approved"
    path.rename(part)
    second = replace(done, sha256=sha256(part.read_bytes()).hexdigest())
    await adapter.put_aside([second])
    assert {each.name for each in aside.iterdir()} == {"a.csv", "a.csv.report.txt"}
    put(server, "a.csv", result(state="REFUSED", note="why"))
    async with sftp.opened(link) as folder:
        await folder.move_back("from-ministry/done/a.csv", "from-ministry/a.csv")
    assert (await received(link)).rows[0].decision.action == "refused"


async def test_the_oldest_files_are_read_first(server: SftpServer, link: Link) -> None:
    """As the server dates them; half-written ones are left."""
    for age, (name, end) in enumerate({"c.csv": None, "d.csv": "", "a.csv": None}.items()):
        os.utime(put(server, name, result(), end=end), (1.7e9 - age, 1.7e9 - age))
    now = datetime.fromtimestamp(1.7e9, UTC)
    files = await read(replace(link, now=lambda: now))
    assert [each.name for each in files] == ["a.csv", "c.csv"]


async def test_what_was_read_in_time_counts(server: SftpServer, link: Link) -> None:
    """The network drops everything after the second file, whose end is missing."""
    for age, (name, end) in enumerate({"c.csv": None, "b.csv": "", "a.csv": None}.items()):
        os.utime(put(server, name, result(), end=end), (1.7e9 - age, 1.7e9 - age))
    async with black_hole(server.address) as hole:

        def drop_from_now_on() -> datetime:
            hole.swallows.set()
            return datetime.fromtimestamp(1.7e9, UTC)

        through = link.connection.model_copy(update={"address": hole.dsn})
        hurried = replace(link, connection=through, file_deadline_s=4.0, now=drop_from_now_on)
        files = FilesAdapter(hurried).receive()
        assert (await anext(files)).name == "a.csv"
        with pytest.raises(Unavailable):
            await anext(files)


async def test_half_a_file_is_not_read(server: SftpServer, link: Link) -> None:
    """Neither without its last line, nor under the name of a part, nor as a torn workbook."""
    path = put(server, "a.csv", result(), end="")
    put(server, "b.csv.part", result())
    (server.folder / "from-ministry" / "c.xlsx").write_bytes(b"PK\x03\x04 torn")
    assert not await read(link)
    with path.open("a") as file:
        file.write("END,1\n")
    assert (await received(link)).name == "a.csv"


async def test_what_is_no_file_keeps_no_file_back(server: SftpServer, link: Link) -> None:
    """Folders and links are left; what we may not read is refused like an empty file."""
    put(server, "z.csv", result())
    folder = server.folder / "from-ministry"
    (folder / "a.csv").mkdir()
    (folder / "b.csv").symlink_to("/etc/passwd")
    (folder / "c.csv").symlink_to("nowhere")
    put(server, "d.csv", result()).chmod(0)
    put(server, "রহিমা ; $(x) '.csv", result())
    assert {each.name for each in await read(link)} <= {
        "d.csv",
        "z.csv",
        "রহিমা ; $(x) '.csv",
    }
    tomorrow = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 90_000, UTC)
    there = await read(replace(link, now=lambda: tomorrow))
    assert {each.name: each.is_refused for each in there}.keys() == {
        "d.csv",
        "z.csv",
        "রহিমা ; $(x) '.csv",
    }
    assert not next(each for each in there if each.name == "z.csv").is_refused
    await FilesAdapter(link).put_aside(
        [ReadFile(each.name, each.is_refused, "", each.sha256) for each in there]
    )
    assert not await read(link)


@pytest.mark.parametrize("later_s", [90_000, -90_000])
async def test_what_stays_half_for_a_day_is_refused(
    server: SftpServer, link: Link, later_s: int
) -> None:
    """A file that nobody ends is not left without a word, nor one with a date in the future."""
    put(server, "a.csv", result(), end="")
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() + later_s, UTC)
    file = await received(replace(link, now=lambda: at))
    assert (file.is_refused, file.problems) == (True, ["no last line"])


@pytest.mark.parametrize(
    "row",
    [
        result(state="MAYBE"),
        result(state="RETURNED"),
        result(row="x"),
        result(number=""),
        ["7", "1", "no id", "NS-7K4M9-PXRT3-HC2D3", "RECEIVED", "", "", ""],
        result(state="REFUSED", note="x" * 4001),
        result(state="REFUSED", note="a\0b"),
    ],
)
async def test_a_row_that_says_nothing_is_named_and_the_others_count(
    server: SftpServer, link: Link, row: list[str]
) -> None:
    """One bad row does not stop the file."""
    put(server, "a.csv", result(), row)
    file = await received(link)
    assert (len(file.rows), len(file.problems), file.is_refused) == (1, 1, False)
    assert file.problems[0].startswith("line 3: ")


@pytest.mark.parametrize(
    ("state", "written", "template"),
    [
        ("APPROVED", '{"template": "approval_order", "fields": {"order": "ক"}}', "approval_order"),
        ("PAPER_WITHDRAWN", "", None),
        ("APPROVED", '{"template": "approval_order"}', "not used"),
        ("APPROVED", "[", "not used"),
    ],
)
async def test_a_file_may_ask_for_a_paper(
    server: SftpServer, link: Link, state: str, written: str, template: str | None
) -> None:
    """In a column that it may leave out, and take it back by a state; what is none is not used."""
    row = [*result(state=state, note="ভুল"), written]
    path = server.folder / "from-ministry" / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*RESULT_COLUMNS, "paper"], row, ["END", 1]])
    file_read = await received(link)
    if template == "not used":
        assert (file_read.rows, file_read.problems) == ([], ["line 2: wrong_shape: paper"])
        return
    (read_row,) = file_read.rows
    paper = read_row.decision.paper
    assert (paper and paper.template) == template


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-25T10:00:00+06:00", "2026-11-25T10:00:00+06:00"),
        ("২০২৬-১১-২৫ ১০:০০", "2026-11-25T10:00:00+06:00"),
        ("2026-11-25", "2026-11-26T00:00:00+06:00"),
        ("20261125", "2026-11-26T00:00:00+06:00"),
        ("", None),
        ("25/11/2026", "not_a_time"),
        ("9999-12-31", "not_a_time"),
    ],
)
async def test_a_file_may_say_when_it_was_decided(
    server: SftpServer, link: Link, written: str, expected: str | None
) -> None:
    """In a column that it may leave out; a day counts to its end, a time without a zone is ours."""
    row = [*result(state="APPROVED"), written]
    path = server.folder / "from-ministry" / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*RESULT_COLUMNS, "decided_at"], row, ["END", 1]])
    file_read = await received(link)
    if expected == "not_a_time":
        assert (file_read.rows, file_read.problems) == ([], ["line 2: not_a_time: decided_at"])
        return
    (read_row,) = file_read.rows
    at = expected and datetime.fromisoformat(expected)
    assert read_row.decision.decided_at == at


@pytest.mark.parametrize("number", ["1" + "0" * 18, "9" * 20, "-1"])
async def test_a_number_that_is_too_large_is_a_wrong_row(
    server: SftpServer, link: Link, number: str
) -> None:
    """As text and as a number of a spreadsheet; the other rows count."""
    put(server, "a.csv", result(), result(number=number))
    rows: list[list[Any]] = [result(), [int(number), *result()[1:]], result(row=number)]
    (server.folder / "from-ministry" / "b.xlsx").write_bytes(
        workbook(RESULT_COLUMNS, *rows, ["END", 3])
    )
    counts = {each.name: (len(each.rows), len(each.problems)) for each in await read(link)}
    assert counts == {"a.csv": (1, 1), "b.xlsx": (1, 2)}


async def test_a_file_that_takes_too_much_ends_itself_only(server: SftpServer, link: Link) -> None:
    """Of memory or time: it is refused with the reason, and the files after it are read."""
    put(server, "a.csv", *[result(note="x" * 100)] * 19_000)
    put(server, "b.csv", result())
    for age, name in enumerate(("b.csv", "a.csv")):
        os.utime(server.folder / "from-ministry" / name, (1.7e9 - age, 1.7e9 - age))
    for limits in (replace(LIMITS, memory_bytes=40 * 2**20), replace(LIMITS, answer_bytes=10_000)):
        first, second = await read(link, SheetReader(limits=limits))
        assert (first.name, first.is_refused, first.problems) == (
            "a.csv",
            True,
            ["too_demanding: takes too much memory or time"],
        )
        assert (second.name, len(second.rows)) == ("b.csv", 1)
        await FilesAdapter(link).put_aside(
            [ReadFile("a.csv", is_refused=True, report=first.problems[0], sha256=first.sha256)]
        )
        (server.folder / "from-ministry" / "refused" / "a.csv").rename(
            server.folder / "from-ministry" / "a.csv"
        )


@pytest.mark.parametrize("name", ["a.xls", "A.XLSM", "a.xlsb", "a.ods"])
async def test_another_kind_of_spreadsheet_gets_a_report(
    server: SftpServer, link: Link, name: str
) -> None:
    """It is refused at once, with what to send instead, and does not lie there for ever."""
    put(server, name, result())
    file = await received(link)
    assert (file.name, file.is_refused) == (name, True)
    assert file.problems == ["not_a_table: send .xlsx or .csv"]


class OutOfOrder(SheetReader):
    """A reader that fails at one file by a defect of ours."""

    @override
    async def read(self, name: str, content: bytes, columns: Sequence[str]) -> list[Row]:
        limits = replace(LIMITS, memory_bytes=2**70 if name == "a.csv" else 2**28)
        return await SheetReader(limits=limits).read(name, content, columns)


async def test_a_defect_of_ours_refuses_no_file(server: SftpServer, link: Link) -> None:
    """It stays where it is, the others are read, and the defect is raised after them."""
    for age, name in enumerate(("b.csv", "a.csv")):
        os.utime(put(server, name, result()), (1.7e9 - age, 1.7e9 - age))
    files = FilesAdapter(link, OutOfOrder()).receive()
    assert (await anext(files)).name == "b.csv"
    with pytest.raises(ProcessEnded):
        await anext(files)


class Noting(SheetReader):
    """A reader that notes what it was asked to read."""

    def __init__(self, opener: Opener) -> None:
        super().__init__(opener)
        self.names: list[str] = []

    @override
    async def read(self, name: str, content: bytes, columns: Sequence[str]) -> list[Row]:
        self.names.append(name)
        return await super().read(name, content, columns)


async def test_an_opener_that_is_away_keeps_files_where_they_are(
    server: SftpServer, link: Link
) -> None:
    """None is refused, no ministry is to blame, and the others are not fetched in vain."""
    for name in ("a.csv", "b.csv"):
        put(server, name, result())
    async with opener_of("ministries") as running:
        reader = Noting(running.client)
        assert [len(file.rows) for file in await read(link, reader)] == [1, 1]
    reader.names.clear()
    with pytest.raises(Unavailable) as failure:
        await read(link, reader)
    assert POLICY.is_ours(failure.value)
    assert len(reader.names) == 1


async def test_what_the_server_fails_at_keeps_no_file_back(server: SftpServer, link: Link) -> None:
    """A file that it does not read is left, and one that it does not move is moved later."""
    folder = server.folder / "from-ministry"
    (folder / "locked").mkdir()
    async with sftp.opened(link) as opened:
        assert await opened.look_at("from-ministry/locked", limit=10) is None
    (folder / "done" / "a.csv.part").mkdir(parents=True)
    (folder / "done").chmod(0o777)
    for name in ("a.csv", "b.csv"):
        put(server, name, result())
    files = [ReadFile(file.name, file.is_refused, "", file.sha256) for file in await read(link)]
    with pytest.raises(Unavailable):
        await FilesAdapter(link).put_aside(files)
    assert not (folder / "b.csv").exists()
    (folder / "done" / "a.csv.part").rmdir()
    await FilesAdapter(link).put_aside(files)
    assert not (folder / "a.csv").exists()


async def test_a_name_that_is_no_utf8_keeps_no_file_back(server: SftpServer, link: Link) -> None:
    """It is renamed and read; one that would get the name of another waits until that is gone."""
    folder = server.folder / "from-ministry"
    put(server, "z.csv", result())
    for row, name in enumerate((b"\xac\xe9.csv", b"\xad\xe9.csv"), start=1):
        put(server, "a.csv", result(row=str(row))).rename(os.fsdecode(bytes(folder) + b"/" + name))
    first = await read(link)
    assert {each.name for each in first} == {"z.csv", "__.csv"}
    await FilesAdapter(link).put_aside(
        [ReadFile(each.name, each.is_refused, "", each.sha256) for each in first]
    )
    second = await received(link)
    rows = [row.row_no for each in (*first, second) if each.name == "__.csv" for row in each.rows]
    assert sorted(rows) == [1, 2]


async def test_a_wrong_count_refuses_the_file(server: SftpServer, link: Link) -> None:
    """A row that is missing from the file, and not from its count, is not guessed."""
    put(server, "a.csv", result(), end="END,2\n")
    file = await received(link)
    assert (file.is_refused, len(file.rows)) == (True, 0)


async def test_another_host_key_is_not_trusted(server: SftpServer, link: Link) -> None:
    """A server that pretends to be the ministry's gets no row; nor does one with no key known."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    for host_key in (other, None):
        connection = link.connection.model_copy(update={"host_key": host_key})
        with pytest.raises(NotAdmitted):
            await FilesAdapter(replace(link, connection=connection)).send(batch())
    assert not (server.folder / "to-ministry").exists()


async def test_a_key_that_is_not_accepted(link: Link) -> None:
    """Without the right key we are not admitted, and are told so."""
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    for ssh_key in (SecretStr(key), None):
        with pytest.raises(NotAdmitted):
            await read(replace(link, ssh_key=ssh_key))


async def test_a_server_that_is_away_or_private(link: Link) -> None:
    """Nobody listens, or it is an address that must not be connected to."""
    gone = link.connection.model_copy(
        update={"address": f"sftp://nobody@127.0.0.1:{free_port()}/box"}
    )
    with pytest.raises(Unavailable):
        await read(replace(link, connection=gone))
    with pytest.raises(Unavailable, match="not allowed"):
        await read(replace(link, may_connect=lambda _: False))


async def test_a_folder_that_must_not_be_written(server: SftpServer, link: Link) -> None:
    """What the server does not let us do is not a defect of ours."""
    server.folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(Unavailable):
        await FilesAdapter(link).send(batch())
