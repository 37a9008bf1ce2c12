"""Every operation of the gateway's document, fuzzed by schemathesis."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from tests.pipeline.conftest import logged_in
from tests.pipeline.fuzz_tokens import SPARE_TOKEN, TOKEN
from tests.pipeline.platform import Platform
from tools.embedded.server import CHECKOUT
from tools.virtual_users.citizen import Citizen, own_address

ENDS_WITHIN_S = 1500  # only what hangs takes so long
EVERY_OPERATION = re.compile(r"Selected: ([0-9]+)/\1\n +Tested: \1\n")


async def test_no_operation_breaks_its_promises(platform: Platform, citizen: Citizen) -> None:
    """No request gets a 5xx; all answers have statuses, types and bodies of the document.

    No request that is valid by the document is refused for its form.
    """
    spare = await logged_in(platform)
    gateway = platform.plan.url("gateway")
    fuzzer = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={CHECKOUT / 'schemathesis.toml'}",
        "run",
        f"{gateway}/openapi.json",
        # In its place stands a check of ours that knows what is refused by rule.
        "--exclude-checks=positive_data_acceptance",
        "--phases=examples,coverage",  # every rule of the document once; the rest is by chance
        "--seed=1",
        # Wrong codes from one address make codes longer for all who share it.
        f"--header=X-Forwarded-For: {own_address()}",
        "--generation-database=none",
        "--no-shrink",
        "--continue-on-failure",
        "--no-color",
        "--warnings=off",
        stdout=PIPE,
        stderr=STDOUT,
        env={
            **os.environ,  # noqa: TID251  # a child inherits it, as from any shell
            "SCHEMATHESIS_HOOKS": "tests.pipeline.fuzz_rules",
            TOKEN: citizen.headers["authorization"],
            SPARE_TOKEN: spare.headers["authorization"],
            "PYTHONPATH": str(CHECKOUT),
        },
        cwd=platform.plan.folder,
    )
    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            output = (await fuzzer.communicate())[0].decode()
    finally:
        if fuzzer.returncode is None:
            fuzzer.kill()
            await fuzzer.wait()
    shown = "\n".join(line[:300] for line in output.splitlines())[-12_000:]
    assert fuzzer.returncode == 0, shown
    assert EVERY_OPERATION.search(output), shown
