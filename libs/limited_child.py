"""The beginning of a process that opens files of strangers: it limits itself, then runs a module.

`python -m libs.limited_child PARENT MEMORY_BYTES CPU_S FOLDER MODULE ARGUMENT…` calls `main` of the
module with the list of arguments. The module is imported after the limits are set, and confined to
the folder before it is called; an empty one is none. `libs.limited_process` starts it, and it ends
with its parent. One process is started for each file, so this imports little.
"""

import resource
import sys
from importlib import import_module
from typing import Final

from libs.confinement import confine_itself, end_with_parent

OVER_LIMIT_STATUS: Final = 3
"""Exit status of a process that got no more memory."""

LARGEST_FILE_BYTES: Final = 256 * 1024 * 1024
"""The largest file that such a process may write."""

_MOST_OPEN_FILES = 64


def limit_itself(memory_bytes: int, cpu_s: int) -> None:
    """Set the limits of this process; the kernel ends it when it goes over them."""
    for limit, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, LARGEST_FILE_BYTES),
        (resource.RLIMIT_NOFILE, _MOST_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def main(arguments: list[str]) -> None:
    """Limit and confine this process, and run the module that the arguments name."""
    parent, memory_bytes, cpu_s, folder, module, *rest = arguments
    end_with_parent(int(parent))  # house: ascii-digits (of ours)
    limit_itself(int(memory_bytes), int(cpu_s))
    try:
        main_of_module = import_module(module).main
        confine_itself(module.partition(".")[0], folder or None)
        main_of_module(rest)
    except MemoryError:
        sys.exit(OVER_LIMIT_STATUS)


if __name__ == "__main__":
    main(sys.argv[1:])
