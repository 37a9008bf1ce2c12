"""The command line: `python -m services --help` lists what it can do.

`<service>` runs one service, and is the container's entry point; it loads nothing of the rest.
"""

import sys
from importlib import import_module
from importlib.util import find_spec

from libs.process import run_service
from services.registry import SERVICES, entry_of


def main(arguments: list[str]) -> None:
    """Run one service, or any other command."""
    if len(arguments) == 1 and arguments[0] in SERVICES:
        entry = entry_of(arguments[0])
        run_service(entry.name, entry.package)
        return
    # The operators' image has the commands for production; a checkout has those for trials too.
    has_all = find_spec("tools") is not None
    import_module("tools.commands.root" if has_all else "operations.root").make_app()()


if __name__ == "__main__":
    main(sys.argv[1:])
