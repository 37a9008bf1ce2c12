"""Every command of `docs/integrating.md` works, in the order of the page."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from shlex import quote

from libs.contracts.access import ministry_grants
from operations.topics.access import apply_access
from tests.docs.commands import _BLOCKS, _PAGE, commands, forked_commands
from tests.docs.shell import CHECKOUT, shell
from tests.examples.programs import made, running
from tests.waiting import answered, until
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.ports import free_port

PASSWORD = "only-for-tests"
SECRET = "only-for-the-sandbox-of-this-one-machine"

DsnFor = Callable[[str], Awaitable[str]]


@asynccontextmanager
async def sandbox_alone(folder: Path, port: int, sftp_port: int) -> AsyncIterator[str]:
    """`python -m services sandbox`, and nothing else."""
    environment = {
        "SANDBOX_PORT": str(port),
        "SANDBOX_SFTP_PORT": str(sftp_port),
        "SANDBOX_MINISTRY_SECRET": SECRET,
        "SANDBOX_FOLDER": str(folder / "sandbox"),
        "PYTHONPATH": str(CHECKOUT),
    }
    command = [sys.executable, "-m", "services", "sandbox"]
    async with running(command, environment, folder / "sandbox.log"):
        url = f"http://127.0.0.1:{port}"

        async def is_up() -> bool:
            return (await answered(f"{url}/health/live"))[0] == 200

        await until(is_up)
        yield url


async def test_the_sandbox_alone_is_enough_to_build_against(
    tmp_path: Path, dsn_for: DsnFor
) -> None:
    """We call you: every command, against the sandbox as it is started on the page."""
    script = commands("## We call you", "## When you have lost data")
    script += commands("## We ask you: polling", "## You fetch")
    start = (
        "SANDBOX_PORT=8099 SANDBOX_SFTP_PORT=8022 python -m services sandbox &\n"
        "export sandbox=http://127.0.0.1:8099 files=127.0.0.1:8022\n"
    )
    assert start in script
    sftp_port = free_port()
    async with sandbox_alone(tmp_path, free_port(), sftp_port) as url, forked_commands() as path:
        printed = await shell(
            script.replace(start, f"export sandbox={url} files=127.0.0.1:{sftp_port}\n"),
            tmp_path,
            PATH=path,
            MINISTRIES_DSN=await dsn_for("ministries"),
        )
    assert printed.count("system of mopa") == 4
    assert printed.count("found, as it should be") == 2
    assert "text as text" in printed
    assert '"passed":true' in (tmp_path / "report.json").read_text(encoding="utf-8")
    assert "announced" in printed
    assert f"files sftp://mopa@127.0.0.1:{sftp_port}, called" in printed


async def test_a_program_of_its_own_goes_live(
    tmp_path: Path, kafka: EmbeddedKafka, dsn_for: DsnFor
) -> None:
    """You fetch: the example, the kit with its report, and the gate."""
    page = _PAGE.read_text(encoding="utf-8")
    fetching, checking, live = _BLOCKS.findall(page[page.index("## You fetch") :])[:3]
    assert "node adapter.js" in fetching
    user = {"ministry-mopa": PASSWORD}
    await apply_access(kafka.client, {"ministry-mopa": ministry_grants("mopa")}, user)
    (tmp_path / "node").mkdir()
    program = await made("node", tmp_path / "node")
    environment = {
        "MINISTRY": "mopa",
        "KAFKA_BOOTSTRAP": kafka.bootstrap,
        "KAFKA_SECURITY": kafka.security["protocol"],
        "KAFKA_USER": "ministry-mopa",
        "KAFKA_PASSWORD": PASSWORD,
    }
    options = f"--bootstrap {kafka.bootstrap} --security {kafka.security['protocol']}"
    options += f" --kafka-user {kafka.security['username']} --wait-s 60 --settle-s 0"
    kit = f"python -m pytest {quote(f'{CHECKOUT}/conformance')} -q -p no:cacheprovider"
    kit += f" --rootdir {quote(str(CHECKOUT))} {options}"
    checking = checking.replace('make conformance ARGS="--bootstrap kafka:9092', kit)
    checking = checking.replace("./restart-my-adapter", "true").replace('mopa.json"', "mopa.json")
    dsn = await dsn_for("catalogue")
    log = tmp_path / "adapter.log"
    async with running(program, environment, log), forked_commands() as path:
        printed = await shell(
            f"python -m services admin catalogue load\n{checking}\n{live}",
            tmp_path,
            PATH=path,
            CONFORMANCE_PASSWORD=kafka.security["password"],
            CATALOGUE_DSN=dsn,
        )
    assert "adapter of mopa: passed" in printed
    assert "mopa: passed, kept" in printed
    assert "mopa: own," in printed


async def test_an_adapter_of_ones_own_passes_its_suite(tmp_path: Path) -> None:
    """An adapter of your own: the command of the page, on the example."""
    script = commands("## An adapter of your own")
    assert "passed" in await shell(script.replace(" -q ", " "), tmp_path, repository=str(CHECKOUT))
