"""`.nagorik/state.json`: where everything runs, for outside tools; rewritten at every change."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.embedded.files import write_whole


@dataclass(frozen=True, slots=True)
class State:
    """The processes of a platform, and their addresses.

    Args:
        gateway: base URL of the API service.
        portal: base URL of the citizens' pages.
        desk: base URL of the pages of staff.
        sandbox: base URL of the sandbox.
        kafka: `bootstrap`, `pid` of the first broker (null when the brokers are not ours),
            `pids` by node, and `security`: how an operator logs in (null without passwords).
        postgres: `pid`; `dsn` and `owner_dsn` by service.
        services: `pid` and `health` (URL) by service.
        openers: `pid` by process that opens files for a service.
    """

    gateway: str
    portal: str
    desk: str
    sandbox: str
    kafka: dict[str, Any]
    postgres: dict[str, Any]
    services: dict[str, dict[str, Any]]
    openers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Replace the file atomically, so that readers never see an incomplete one."""
        text = json.dumps(
            {
                "gateway": self.gateway,
                "portal": self.portal,
                "desk": self.desk,
                "kafka": self.kafka,
                "postgres": self.postgres,
                "services": self.services,
                "sandbox": self.sandbox,
                "openers": self.openers,
            },
            indent=2,
        )
        write_whole(path, text + "\n")


def read_state(path: Path) -> State | None:
    """Read the state of a running `up`; None if there is no readable file."""
    try:
        fields = json.loads(path.read_text())
        return State(**fields)
    except (FileNotFoundError, ValueError, TypeError):
        return None
