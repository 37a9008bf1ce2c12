"""Generated blocks in files that are otherwise written by people."""

import pytest

from tools.generate.blocks import NoBlock, with_block


def test_only_the_lines_between_the_marks_change() -> None:
    """The other lines stay, and a second run changes nothing."""
    text = "# hand\n# ports:begin\nold\n# ports:end\nhand too\n"
    written = with_block(text, "ports", ["new", "newer"])
    assert written == "# hand\n# ports:begin\nnew\nnewer\n# ports:end\nhand too\n"
    assert with_block(written, "ports", ["new", "newer"]) == written


@pytest.mark.parametrize("marks", ["", "begin", "end", "end begin", "begin begin end"])
def test_a_file_without_marks_is_refused(marks: str) -> None:
    """A missing or duplicated mark is refused."""
    text = "\n".join(f"# ports:{mark}" for mark in marks.split())
    with pytest.raises(NoBlock, match="ports"):
        with_block(text, "ports", ["new"])
