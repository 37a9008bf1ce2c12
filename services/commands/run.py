"""`<service>`: one service in this process; what a container runs."""

import asyncio
import gc
from collections.abc import Callable
from importlib import import_module

import uvloop

from libs.telemetry.logging import configure

_COLLECT_AFTER = 10_000  # new objects; the default of 700 collects many times in one batch


def command_for(service: str) -> Callable[[], None]:
    """The command that runs one service until SIGTERM."""

    def run() -> None:
        settings = import_module(f"services.{service}.settings").Settings()
        configure(service, settings.log_level)
        built = import_module(f"services.{service}.main").build(settings)
        # What is loaded by now stays: the collector need not walk through it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER, 20, 50)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(built.run())

    return run
