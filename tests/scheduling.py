"""Which process of tests reads and runs which files, and when.

Four processes share two cores: one that mostly waits leaves them to the others. What belongs
together is run by one process: files that need a broker, most of which wait, and files that share
the running platform, so that not each process starts a broker and a platform (decision 44). The
tests of adapters and of examples wait longest: one process runs them, beside the others.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zlib import crc32

from typing_extensions import override
from xdist.scheduler import LoadFileScheduling

_TOGETHER: Final[Sequence[Sequence[str]]] = (
    ("tests/pipeline/test_processes.py",),
    ("tests/conformance/", "tests/examples/"),
    (
        "tests/docs/test_integrating.py",
        "tests/libs/messaging/",
        "tests/libs/test_service.py",
        "tests/services/catalogue/test_main.py",
        "tests/services/ministries/exchanges/test_jobs.py",
        "tests/services/ministries/test_main.py",
        "tests/services/notifications/test_main.py",
        "tests/tools/chaos/",
        "tests/operations/",
    ),
    ("tests/pipeline/test_restore.py",),
    ("tests/pipeline/",),
)
"""Files that one process runs one after the other, by how their paths begin; the longest first."""


class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """xdist's scheduling by file, where some files count as one."""

    @override
    def _split_scope(self, nodeid: str) -> str:  # the method that xdist's own schedulers override
        file = file_of(nodeid)
        group = _group_of(file)
        return file if group == len(_TOGETHER) else f"together {group}"


def reading_order(
    arguments: Sequence[str], ignored: Sequence[str], process: int, processes: int
) -> Sequence[str]:
    """The arguments of a run, with files in place of folders, in the order of one process.

    Every process reads all files, and begins with a part of its own: the process that reads a file
    first compiles it for the others. Ignored files are left out, since pytest reads a file that is
    named, ignored or not.
    """
    folders = [Path(argument) for argument in arguments if Path(argument).is_dir()]
    others = [argument for argument in arguments if not Path(argument).is_dir()]
    left_out = tuple(Path(path).resolve() for path in ignored)
    found = {file for folder in folders for file in folder.resolve().rglob("test_*.py")}
    files = sorted(
        str(file) for file in found if not any(file.is_relative_to(path) for path in left_out)
    )
    first = len(files) * process // processes
    return others + files[first:] + files[:first]


def file_of(nodeid: str) -> str:
    """The file of a test."""
    return nodeid.partition("::")[0]


def place_of(file: str) -> tuple[int, int]:
    """Where in the order a file comes: what belongs together first, and the others mixed.

    Those of a folder are alike: at the same time all processes would wait, or all compute.
    """
    group = _group_of(file)
    return group, crc32(file.encode())


def _group_of(file: str) -> int:
    matching = (
        number
        for number, begins in enumerate(_TOGETHER)
        if any(file.startswith(begin) for begin in begins)
    )
    return next(matching, len(_TOGETHER))
