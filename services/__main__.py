"""The command line: `python -m services --help` lists what it can do.

`<service>` runs one service, and is the container's entry point.
"""

from services.commands.root import make_app

if __name__ == "__main__":
    make_app()()
