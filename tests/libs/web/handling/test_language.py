import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from libs.web.handling.language import language_of, preferred


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (None, "bn"),
        ("", "bn"),
        ("*", "bn"),
        ("bn", "bn"),
        ("bn-BD", "bn"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("EN", "en"),
        ("bn,en", "bn"),
        ("en,bn", "bn"),
        ("en;q=0.9,bn;q=0.8", "en"),
        ("en;q=0.8, bn;q=0.9", "bn"),
        ("fr,en;q=0.1", "en"),
        ("fr", "bn"),
        ("bn;q=0,*", "en"),
        ("en;q=nonsense", "bn"),
        ("en;q=1.2.3", "bn"),
        ("english", "bn"),
    ],
)
def test_the_language_with_the_greater_weight_is_used(asked: str | None, language: str) -> None:
    """Bangla with equal weights."""
    assert preferred(asked) == language


@given(st.text())
def test_any_text_gives_a_language(asked: str) -> None:
    """Any header value gives a language."""
    assert preferred(asked) in {"bn", "en"}


def test_language_is_read_from_the_request() -> None:
    """The request's own header counts."""
    request = Request({"type": "http", "headers": [(b"accept-language", b"en")]})
    assert language_of(request) == "en"
