"""Runs commands as from a shell, in a thread beside the test's event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import typer
from typer.testing import CliRunner

from tests.operating import as_operator
from tools.commands.root import make_app
from tools.embedded.kafka import EmbeddedKafka


async def invoke(*words: str, **environment: str) -> tuple[int, str]:
    """Run a command in a thread, since it runs an event loop of its own."""
    app: typer.Typer = make_app()
    with ThreadPoolExecutor(1) as thread:
        outcome = await asyncio.get_running_loop().run_in_executor(
            thread,
            lambda: CliRunner().invoke(
                app, list(words), env={"NAGORIK_LOG_LEVEL": "CRITICAL", **environment}
            ),
        )
    return outcome.exit_code, outcome.stderr


def environment(kafka: EmbeddedKafka) -> dict[str, str]:
    """The environment variables of an operator who uses the broker."""
    return {name.upper(): value for name, value in as_operator(kafka).items()}
