"""`<service>`: one service in this process; what a container runs."""

import asyncio
from collections.abc import Callable
from importlib import import_module

import uvloop

from libs.telemetry.logging import configure


def command_for(service: str) -> Callable[[], None]:
    """The command that runs one service until SIGTERM."""

    def run() -> None:
        settings = import_module(f"services.{service}.settings").Settings()
        configure(service, settings.log_level)
        built = import_module(f"services.{service}.main").build(settings)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(built.run())

    return run
