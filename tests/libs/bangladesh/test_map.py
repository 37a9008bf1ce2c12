"""Maps of districts: with all points, and as few bytes for pages that everybody reads."""

from zlib import compress

from libs.bangladesh.geography import areas_by_code
from libs.bangladesh.map import WIDTH, borders, frame, near, place_of


def test_surroundings_are_enlarged_only_where_all_centres_are_close_together() -> None:
    """Each is inside the square; far apart, the map of the country says it."""
    close = [code for code in areas_by_code() if code.startswith("3026")]
    square = near(close)
    assert square is not None
    left, top, side, _ = square
    places = [place for code in close if (place := place_of(code))]
    assert len(places) > 1
    assert all(0 < x - left < side and 0 < y - top < side for x, y in places)
    assert near(list(areas_by_code())) is None
    assert near([]) is None


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
