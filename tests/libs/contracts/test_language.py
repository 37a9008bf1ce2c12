import pytest
from pydantic import ValidationError

from libs.contracts.language import Text


def test_each_language_has_its_text() -> None:
    """`bn` gives Bangla, `en` English."""
    text = Text(bn="আবেদন", en="application")
    assert text.in_language("bn") == "আবেদন"
    assert text.in_language("en") == "application"


def test_a_text_needs_both_languages() -> None:
    """One language alone is refused."""
    with pytest.raises(ValidationError):
        Text.model_validate({"bn": "আবেদন"})
