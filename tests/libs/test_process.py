"""A service as a process, as in a container."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509

from libs.process import run_service
from tests.authority import Authority
from tests.waiting import PATIENCE_S, answered

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
CHECKOUT = str(Path(__file__).parents[2])


@asynccontextmanager
async def process(service: str, port: int, **told: str) -> AsyncIterator[Process]:
    """Start a service without broker and database; yield its process once it listens."""
    environment: Mapping[str, str] = {
        "PYTHONPATH": CHECKOUT,
        "NAGORIK_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        f"{service.upper()}_PORT": str(port),
        f"{service.upper()}_DSN": NOWHERE,
        **{
            name if name.startswith("NAGORIK_") else f"{service.upper()}_{name}": value
            for name, value in told.items()
        },
    }
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", service),
        env=environment,
        cwd=CHECKOUT,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def test_alone_it_is_live_and_not_ready_and_drains_at_sigterm(unused_tcp_port: int) -> None:
    """SIGTERM ends it with status 0."""
    async with process("catalogue", unused_tcp_port) as running:
        health = f"http://127.0.0.1:{unused_tcp_port}/health"
        assert (await answered(f"{health}/live"))[0] == 200
        assert (await answered(f"{health}/ready"))[0] == 503
        began_s = time.monotonic()
        running.send_signal(signal.SIGTERM)
        _, output = await running.communicate()
    assert running.returncode == 0, output.decode()
    assert time.monotonic() - began_s < 10.0
    assert b"drained" in output


async def test_a_taken_port_ends_the_process(unused_tcp_port: int) -> None:
    """A service that cannot listen must not keep running."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with (
        await asyncio.start_server(hang_up, "127.0.0.1", unused_tcp_port),
        process("catalogue", unused_tcp_port) as running,
        asyncio.timeout(PATIENCE_S),
    ):
        await running.communicate()
    assert running.returncode not in {0, None}


async def test_a_wrong_setting_is_named_without_its_value(unused_tcp_port: int) -> None:
    """A failed start prints the variable in one line, without a secret."""
    told = {"KEY_SECRET": "a-short-one", "DATABASE_CONNECTIONS": "many"}
    async with process("identity", unused_tcp_port, **told) as running, asyncio.timeout(PATIENCE_S):
        output, told_people = await running.communicate()
    assert running.returncode == 2
    assert output == b""
    assert [line.partition(":")[0] for line in told_people.decode().splitlines()] == [
        "IDENTITY_DATABASE_CONNECTIONS",
        "IDENTITY_KEY_SECRET",
    ]
    assert b"a-short-one" not in told_people


@pytest.mark.parametrize(
    ("told", "named"),
    [
        pytest.param({}, "ISSUANCE_KEY_SECRET: must be set", id="the public secret"),
        pytest.param(
            {"KEY_SECRET": "k" * 32, "CERTIFICATES": '{"lgd": "a-private-one"}'},
            "ISSUANCE_CERTIFICATES: 'lgd' must be a body and a year",
            id="no certificate",
        ),
        pytest.param(
            {"KEY_SECRET": "k" * 32, "CERTIFICATES": "a-private-one"},
            'ISSUANCE_…: error parsing value for field "certificates"',
            id="no JSON",
        ),
    ],
)
async def test_a_start_that_is_refused_says_which_setting(
    unused_tcp_port: int, told: dict[str, str], named: str
) -> None:
    """Also where the check is one of several settings, or a value is no JSON; in one line."""
    elsewhere = {
        "DSN": "postgresql://issuance@database/issuance",
        "ENCRYPTION_SECRET": "1:" + "s" * 44,
        "PAPERS_SECRET": "s" * 32,
    }
    async with process("issuance", unused_tcp_port, **elsewhere, **told) as running:
        async with asyncio.timeout(PATIENCE_S):
            _, told_people = await running.communicate()
    (line,) = told_people.decode().splitlines()
    assert running.returncode == 2
    assert line.startswith(named)
    assert "a-private-one" not in line


async def test_an_unfit_certificate_is_named_with_what_it_needs(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """A failed start prints one line."""
    Authority(x509.AuthorityKeyIdentifier).write(tmp_path)
    told = {"NAGORIK_TLS_FOLDER": str(tmp_path)}
    async with process("catalogue", unused_tcp_port, **told) as running:
        async with asyncio.timeout(PATIENCE_S):
            _, told_people = await running.communicate()
    (line,) = told_people.decode().splitlines()
    assert running.returncode == 2
    assert line.startswith("NAGORIK_TLS_FOLDER: ")
    assert "Missing Authority Key Identifier" in line


def test_an_unknown_service_is_refused() -> None:
    """The command fails at once."""
    with pytest.raises(ModuleNotFoundError):
        run_service("nobody", "services.nobody")


async def test_a_write_after_the_other_ends_close_raises_nothing() -> None:
    """aiokafka counts on it: otherwise its metadata end without a word when a broker is killed."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c"),
        "from libs.process import run_service; run_service('cut_off', 'tests.libs.cut_off')",
        env={"PYTHONPATH": CHECKOUT},
        stdout=PIPE,
        stderr=PIPE,
    )
    said, told_people = await running.communicate()
    assert (running.returncode, said) == (0, b"nothing was raised\n"), told_people.decode()
