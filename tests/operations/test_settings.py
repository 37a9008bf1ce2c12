"""Commands for operators beside a platform of this machine, and without any."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from libs.database.migrate import migrate
from libs.ids import new_id
from tests.alone.images import make_tree
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.server import CHECKOUT
from tools.supervision.plan import make_plan
from tools.supervision.state import State, read_state

CONNECTIONS = ("admin", "ministries", "connections")
ELSEWHERE = "postgresql://nobody:a-password@127.0.0.1:1/nothing"


def run(folder: Path, *words: str, code: Path = CHECKOUT, **settings: str) -> tuple[int, str]:
    """Run a command in a folder with these settings only; its status, and all it printed."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "services", *words],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(code), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
async def up(tmp_path: Path, postgres: EmbeddedPostgres) -> Path:
    """A folder whose `.nagorik` is that of a platform that runs.

    Its database is its own: data keys of other tests are under other master keys.
    """
    name = f"beside_up_{new_id().hex}"
    dsn = await postgres.ensure_database(name, "only-for-tests")
    await migrate(postgres.owner_dsn(name), "ministries")
    folder = tmp_path / ".nagorik"
    folder.mkdir()
    plan = await make_plan(folder)
    State(
        gateway=plan.url("gateway"),
        portal=plan.url("portal"),
        desk=plan.url("desk"),
        sandbox=plan.url("sandbox"),
        kafka={"bootstrap": "127.0.0.1:1", "pid": 1, "pids": {"1": 1}, "security": None},
        postgres={"pid": 1, "dsn": {"ministries": dsn}},
        services={},
    ).write(folder / "state.json")
    return tmp_path


def test_a_vendor_gets_all_of_a_platform_by_a_command(up: Path) -> None:
    """Its key, the addresses, the file server with its key: as variables of a shell."""
    status, printed = run(up, "adapters", "access", "mopa")
    lines = dict(
        line.removeprefix("export ").split("=", maxsplit=1) for line in printed.splitlines()
    )
    assert status == 0
    assert lines["key"] == run(up, "adapters", "key", "mopa")[1].strip()
    assert lines["platform"].startswith("http://127.0.0.1:")
    assert lines["files"].startswith("sftp://mopa@127.0.0.1:")
    assert lines["host_key"].startswith("'ssh-ed25519 AAAA")


def test_without_a_platform_the_command_says_so(tmp_path: Path) -> None:
    """In a sentence, with what to do."""
    status, printed = run(tmp_path, "adapters", "access", "mopa")
    assert (status, printed) == (
        2,
        "No platform runs in .nagorik: start it with `make up`.\n",
    )


async def test_topics_find_the_brokers_of_this_machine(up: Path, kafka: EmbeddedKafka) -> None:
    """With the operators' login, also where a vendor's own login is in the environment."""
    file = up / ".nagorik" / "state.json"
    state = read_state(file)
    assert state is not None
    brokers = {"bootstrap": kafka.bootstrap, "pid": 1, "pids": {"1": 1}}
    replace(state, kafka={**brokers, "security": kafka.security}).write(file)
    vendor: Any = {"KAFKA_USER": "ministry-mopa", "KAFKA_PASSWORD": "only-for-tests"}
    words = ("topics", "apply", "--ministry", "mopa", "--dry-run")
    status, printed = await asyncio.to_thread(partial(run, up, *words, **vendor))
    assert (status, "topics would be made" in printed) == (0, True), printed


def test_commands_find_the_platform_of_this_machine(up: Path) -> None:
    """Beside `make up` they need no setting; personal data is under its master keys."""
    limits = ("--at-once", "4", "--by", "rahima")
    status, told = run(up, "admin", "ministries", "set-limits", "mopa", *limits)
    assert (status, "mopa" in told) == (0, True), told
    status, told = run(up, "deadletters", "list", "--service", "ministries")
    assert (status, "0 open in ministries" in told) == (0, True), told


def test_a_platform_elsewhere_gets_no_secret_of_the_one_on_this_machine(up: Path) -> None:
    """Who names another database has to give its secrets too."""
    status, told = run(up, *CONNECTIONS, MINISTRIES_DSN=ELSEWHERE)
    assert (status, told) == (2, "Set MINISTRIES_MINISTRY_SECRET.\n")


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (CONNECTIONS, "MINISTRIES_DSN and MINISTRIES_MINISTRY_SECRET"),
        (
            ("admin", "identity", "disable", "--username", "rahim", "--by", "b"),
            "IDENTITY_DSN",
        ),
        (("admin", "applications", "rewind", "--by", "rahima"), "APPLICATIONS_DSN"),
        (("admin", "catalogue", "publish-all"), "CATALOGUE_DSN"),
        (("admin", "documents", "re-encrypt", "--by", "rahima"), "DOCUMENTS_DSN"),
        (("deadletters", "list", "--service", "notifications"), "NOTIFICATIONS_DSN"),
    ],
)
def test_a_missing_setting_is_named(tmp_path: Path, words: tuple[str, ...], missing: str) -> None:
    """Where nothing runs, one sentence says what to set."""
    status, told = run(tmp_path, *words)
    assert (status, told) == (2, f"Set {missing}, or start the platform with `make up`.\n")


def test_operators_of_production_are_not_told_of_a_checkout(tmp_path: Path) -> None:
    """Their image has no `make up`."""
    make_tree(tmp_path, "", "operators")
    told = run(tmp_path, *CONNECTIONS, code=tmp_path)
    assert told == (2, "Set MINISTRIES_DSN and MINISTRIES_MINISTRY_SECRET.\n")
