"""The module that limited processes of the tests run: its argument is a program."""


def main(arguments: list[str]) -> None:
    """Run a program."""
    exec(arguments[0], {})  # noqa: S102
