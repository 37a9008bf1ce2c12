import pytest
from pydantic import ValidationError

from libs.contracts.language import Text


def test_each_language_has_its_text() -> None:
    """Bangla for bn, English for en."""
    text = Text(bn="আবেদন", en="application")
    assert text.in_language("bn") == "আবেদন"
    assert text.in_language("en") == "application"


def test_a_text_in_one_language_only_is_none() -> None:
    """Both are needed wherever a citizen reads."""
    with pytest.raises(ValidationError):
        Text.model_validate({"bn": "আবেদন"})
