"""The map of the programme's staff."""

from libs.bangladesh.geography import areas_by_code
from services.desk.programme.map import near, place_of


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
