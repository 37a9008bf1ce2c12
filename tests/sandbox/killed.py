"""A sandbox in a process of its own, for tests that kill it."""

import asyncio
import sys
from pathlib import Path

from services.sandbox.main import build
from services.sandbox.settings import Settings

if __name__ == "__main__":
    asyncio.run(build(Settings(folder=Path(sys.argv[1]), port=int(sys.argv[2]))).run())
