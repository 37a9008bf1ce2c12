"""Generated blocks in files: the lines between two marks."""

from collections.abc import Sequence


class NoBlock(Exception):
    """A file does not have the marks of a block exactly once."""


def with_block(text: str, name: str, lines: Sequence[str]) -> str:
    """Replace the lines between `<name>:begin` and `<name>:end` of a text.

    Args:
        text: the text of a file; the marks are in comments of its language.
        name: the name of the block.
        lines: the lines of the block, without line ends.

    Raises:
        NoBlock: a mark is missing or duplicated.
    """
    before = text.splitlines()
    begin, end = (
        [number for number, line in enumerate(before) if f"{name}:{mark}" in line]
        for mark in ("begin", "end")
    )
    if len(begin) != 1 or len(end) != 1 or begin > end:
        raise NoBlock(f"{name}:begin and {name}:end must stand in the file once, in this order")
    return "\n".join([*before[: begin[0] + 1], *lines, *before[end[0] :]]) + "\n"
