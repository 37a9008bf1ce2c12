"""A sandbox in a process of its own, for tests that kill it."""

import asyncio
import sys
from pathlib import Path

from sandbox.main import build
from sandbox.settings import Settings

if __name__ == "__main__":
    # Longer than any test waits: claims of a killed process must be released sooner.
    settings = Settings(
        folder=Path(sys.argv[1]), port=int(sys.argv[2]), callback_deadline_s=120.0, drain_s=1.0
    )
    asyncio.run(build(settings).run())
