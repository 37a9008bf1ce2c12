"""The command line: `python -m services --help` lists what it can do.

`<service>` runs one service, and is the container's entry point; it loads nothing of the rest.
`opener <service> SOCKET FOLDER [USER_ID]` opens its files of strangers, and loads even less.
"""

import sys
from importlib import import_module
from importlib.util import find_spec

from services.registry import SERVICES, entry_of


def main(arguments: list[str]) -> None:
    """Run one service, or any other command."""
    if len(arguments) == 1 and arguments[0] in SERVICES:
        entry = entry_of(arguments[0])
        import_module("libs.process").run_service(entry.name, entry.package)
        return
    if arguments[:1] == ["opener"]:
        if opener := entry_of(arguments[1]).opener:
            import_module("libs.opener.server").main(opener.module, *arguments[2:])
        return
    # The operators' image has the commands for production; a checkout has those for trials too.
    has_all = find_spec("tools") is not None
    import_module("tools.commands.root" if has_all else "operations.root").make_app()()


if __name__ == "__main__":
    main(sys.argv[1:])
