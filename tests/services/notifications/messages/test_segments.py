"""SMS segments are counted as the operator counts them."""

import pytest

from services.notifications.messages.segments import compose, count_segments


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ক" * 70, 1),
        ("ক" * 71, 2),
        ("ক" * 134, 2),
        ("ক" * 135, 3),
        ("a" * 69 + "ক", 1),
        ("a" * 70 + "ক", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_follow_the_standard(text: str, segments: int) -> None:
    """160 or 153 GSM characters, or 70 or 67 if one character is not in the GSM alphabet."""
    assert count_segments(text) == segments


def test_a_character_of_two_units_is_not_split_over_two_segments() -> None:
    """The last unit of a segment stays empty."""
    assert count_segments("€" * 76 + "a" + "€" * 76) == 2
    assert count_segments("a" * 152 + "€" * 77) == 3
    assert count_segments("ক" * 66 + "😀" + "ক" * 66) == 3


def test_letters_with_nukta_are_sent_as_one_character() -> None:
    """ড়, ঢ় and য় are one character each, in either spelling."""
    assert compose("\u09ac\u09be\u09a1\u09bc\u09bf \u09a2\u09bc \u09af\u09bc") == (
        "\u09ac\u09be\u09dc\u09bf \u09dd \u09df"
    )
    assert compose("\u09dc\u09dd\u09df") == "\u09dc\u09dd\u09df"
