import asyncio
import json
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateTopicsRequest

from libs.contracts.access import OPERATORS
from tools.embedded.cluster_record import ensure_record
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.kafka_accounts import BROKERS, ensure_accounts


@pytest.fixture(scope="module")
def command_lines() -> set[str]:
    """What everybody on the machine could list while the broker of this file started."""
    return set()


@pytest.fixture(scope="module")
async def kafka(module_folder: Path, command_lines: set[str]) -> AsyncIterator[EmbeddedKafka]:
    broker = EmbeddedKafka(module_folder)
    async with asyncio.TaskGroup() as tasks:
        starting = tasks.create_task(broker.start())
        while not starting.done():
            command_lines |= command_lines_about(module_folder)
            await asyncio.sleep(0.01)
    async with broker:
        yield broker


async def test_starting_twice_is_harmless(kafka: EmbeddedKafka) -> None:
    """A second start of a running broker changes nothing."""
    pid = kafka.pid
    await kafka.start()
    assert kafka.pid == pid


async def test_folder_in_use_is_refused(kafka: EmbeddedKafka, module_folder: Path) -> None:
    """Two brokers never use one folder."""
    with pytest.raises(EmbeddedStackFailed, match="already runs"):
        await EmbeddedKafka(module_folder).start()
    assert kafka.is_running


async def test_failed_start_leaves_nothing_running_and_shows_the_log(folder: Path) -> None:
    """The exception has the end of the log."""
    (folder / "data").mkdir()
    (folder / "data" / "meta.properties").write_text("version=1\nnode.id=9\ncluster.id=other\n")
    ensure_accounts(folder / "accounts.json")
    kafka = EmbeddedKafka(folder)
    with pytest.raises(EmbeddedStackFailed, match=r"ended while starting(.|\n)*meta.properties"):
        await kafka.start()
    assert kafka.pid is None


async def test_a_folder_says_how_many_brokers_it_has(folder: Path) -> None:
    """The number is remembered; another number is refused."""
    ensure_record(folder, 3)
    assert list(EmbeddedKafka(folder).nodes) == [1, 2, 3]
    with pytest.raises(EmbeddedStackFailed, match="was made with 3"):
        await EmbeddedKafka(folder, brokers=1).start()


async def test_data_without_accounts_is_refused(folder: Path) -> None:
    """No client could log in; the message names the folder to remove."""
    (folder / "data").mkdir()
    (folder / "data" / "meta.properties").write_text("version=1\nnode.id=1\ncluster.id=old\n")
    kafka = EmbeddedKafka(folder)
    with pytest.raises(EmbeddedStackFailed, match=f"no login works. Remedy: remove {folder}"):
        await kafka.start()
    assert kafka.pid is None


async def test_files_with_passwords_are_readable_by_their_owner_only(
    kafka: EmbeddedKafka, module_folder: Path
) -> None:
    """Settings and accounts are private, and the arguments of the storage tool are deleted."""
    for name in ("server.properties", "accounts.json"):
        assert stat.S_IMODE((module_folder / name).stat().st_mode) == 0o600
    assert not (module_folder / "format.arguments").exists()
    assert "Scram" not in "".join(logs_in(module_folder))


def test_no_command_line_shows_a_password(kafka: EmbeddedKafka, command_lines: set[str]) -> None:
    """Other users of the machine can list command lines."""
    assert any("format.arguments" in line for line in command_lines)
    assert not [line for line in command_lines if "SCRAM" in line or "assword" in line]


def logs_in(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.glob("server.log*")]


def command_lines_about(folder: Path) -> set[str]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # the process has ended by now
            found.add(path.read_text(errors="replace"))
    return {line for line in found if str(folder) in line}


OWN = "the nodes' own"


@pytest.mark.parametrize(
    ("listener", "user", "password", "is_let_in"),
    [
        ("broker", OPERATORS, OWN, False),
        ("broker", BROKERS, OWN, True),
        ("broker", None, None, False),
        ("controller", BROKERS, OWN, True),
        ("controller", BROKERS, "wrong", False),
        ("controller", OPERATORS, OWN, False),
        ("controller", None, None, False),
    ],
)
async def test_a_client_without_a_valid_password_is_refused(
    kafka: EmbeddedKafka,
    module_folder: Path,
    listener: str,
    user: str | None,
    password: str | None,
    is_let_in: bool,
) -> None:
    """On every listener, including that of the controllers."""
    port = json.loads((module_folder / "ports.json").read_text())[listener]
    own = ensure_accounts(module_folder / "accounts.json").brokers
    mechanism = {"broker": "SCRAM-SHA-512", "controller": "PLAIN"}[listener]
    who = {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism,
        "sasl_plain_username": user,
        "sasl_plain_password": own if password == OWN else password,
    }
    assert await is_answered(port, who if user else {}) is is_let_in


async def is_answered(port: int, who: Mapping[str, Any]) -> bool:
    """Whether a client may create topics; creates none."""
    try:
        connection = await create_conn("127.0.0.1", port, **who)
        await connection.send(CreateTopicsRequest([], 1000, validate_only=True))
    except KafkaError:
        return False
    connection.close()
    return True
