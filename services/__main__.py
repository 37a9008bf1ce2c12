"""The command line: `python -m services --help` lists what it can do.

`<service>` runs one service, and is the container's entry point; it loads nothing of the rest.
"""

import sys

from services.commands.run import command_for
from services.supervision.plan import SERVICES


def main(arguments: list[str]) -> None:
    """Run one service, or any other command."""
    if len(arguments) == 1 and arguments[0] in SERVICES:
        command_for(arguments[0])()
        return
    from services.commands.root import make_app  # only now: it loads every command

    make_app()()


if __name__ == "__main__":
    main(sys.argv[1:])
