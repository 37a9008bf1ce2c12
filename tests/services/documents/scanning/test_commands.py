"""An operator finds out whether the scanner works."""

import asyncio

from typer.testing import CliRunner, Result

from tests.services.documents.scanning.running import CLEAN, daemon
from tools.commands.root import make_app


async def check(address: str) -> Result:
    secret = "a-master-secret-for-tests-of-papers"
    runner = CliRunner(env={"DOCUMENTS_SCANNER": address, "DOCUMENTS_PAPERS_SECRET": secret})
    words = ["admin", "documents", "check-scanner"]
    return await asyncio.to_thread(lambda: runner.invoke(make_app(), words))


async def test_a_scanner_is_tried_with_a_test_file() -> None:
    """One that finds nothing, or does not answer, is told by the exit status."""
    async with daemon() as address:
        well = await check(address)
    assert (well.exit_code, well.output.count("as it should be")) == (0, 2)
    async with daemon(answers=CLEAN) as address:
        blind = await check(address)
    assert (blind.exit_code, "clean: not infected" in blind.output) == (1, True)
    for address in ("", "127.0.0.1:1"):
        away = await check(address)
        assert (away.exit_code, away.output.count("not_scanned")) == (1, 2)
