"""The map of districts, in few bytes for pages that everybody reads."""

from zlib import compress

from libs.bangladesh.map import WIDTH, borders, frame


def test_borders_are_small_and_in_their_frame() -> None:
    """A public page may weigh 30 kB as it is sent: the lines take a fifth of that."""
    drawn = borders()
    assert len(compress(drawn.encode(), 6)) < 6_000
    height = frame().height / 2
    x = y = 0
    lowest = highest = 0
    for line in drawn.split("M")[1:]:
        start, _, steps = line.partition("l")
        x, y = (int(number) for number in start.split())
        numbers = [int(number) for number in steps.replace("-", " -").split()]
        for step_x, step_y in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + step_x, y + step_y
            assert 0 <= x <= WIDTH / 2
            lowest, highest = min(lowest, y), max(highest, y)
    assert (lowest, highest > height * 0.9, highest <= height + 1) == (0, True, True)
