"""Every operation of the gateway's document, fuzzed by schemathesis."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from tests.pipeline.platform import Platform
from tools.virtual_users.citizen import Citizen

MOST_S = 30
EACH_WITHIN_S = 150
EVERY_OPERATION = re.compile(r"Selected: ([0-9]+)/\1\n +Tested: \1\n")


async def test_no_operation_breaks_its_promises(platform: Platform, citizen: Citizen) -> None:
    """No request gets a 5xx; all answers have statuses, types and bodies of the document."""
    gateway = platform.plan.url("gateway")
    fuzzer = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{gateway}/openapi.json",
        "--header",
        f"Authorization:{citizen.headers['authorization']}",
        # Well-shaped input may be refused by rule: an unknown category, an empty code.
        "--exclude-checks=positive_data_acceptance",
        "--phases=examples,coverage,fuzzing",
        "--max-examples=6",
        f"--max-time={MOST_S}",
        "--request-timeout=2",  # the live view goes on until one leaves
        "--seed=1",
        "--generation-database=none",
        "--no-shrink",
        "--continue-on-failure",
        "--no-color",
        "--warnings=off",
        stdout=PIPE,
        stderr=STDOUT,
        cwd=platform.plan.folder,
    )
    try:
        async with asyncio.timeout(EACH_WITHIN_S):
            output = (await fuzzer.communicate())[0].decode()
    finally:
        if fuzzer.returncode is None:
            fuzzer.kill()
            await fuzzer.wait()
    assert fuzzer.returncode == 0, output[-6000:]
    assert EVERY_OPERATION.search(output), output[-6000:]
