"""Settings of the services of a platform that runs on this machine."""

from pathlib import Path

from tools.supervision.plan import read_plan
from tools.supervision.state import State


def environment_of(folder: Path, state: State, service: str) -> dict[str, str]:
    """Return the environment of a service, as the supervisor of a folder gives it.

    Args:
        folder: where the platform runs.
        state: its `state.json`.
        service: its name.
    """
    return read_plan(folder).environment(
        service,
        bootstrap=state.kafka["bootstrap"],
        dsn=state.postgres["dsn"],
        secured=bool(state.kafka["pids"]),
    )
