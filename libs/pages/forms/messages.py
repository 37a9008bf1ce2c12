"""Texts of errors where a page asks otherwise than the API."""

from collections.abc import Mapping
from typing import Final

from libs.contracts.language import Language, Text
from libs.pages.forms.questions import Kind, Question

_BY_KIND: Final[Mapping[Kind, Text]] = {
    "date": Text(
        bn="“{label}” ঘরে সঠিক দিন, মাস ও বছর লিখুন, যেমন ১৬ ১২ ১৯৯০।",
        en="Give “{label}” as a day, month and year that exist, like 16 12 1990.",
    ),
    "yes_no": Text(bn="“{label}” প্রশ্নে হ্যাঁ বা না বেছে নিন।", en="Choose yes or no for “{label}”."),
    "agree": Text(bn="এগোতে “{label}” ঘরে টিক দিন।", en="Tick “{label}” to go on."),
    "choice": Text(bn="“{label}” থেকে একটি বেছে নিন।", en="Choose one for “{label}”."),
    "choices": Text(
        bn="“{label}” থেকে অন্তত একটি বেছে নিন।", en="Choose at least one for “{label}”."
    ),
    "address": Text(
        bn="“{label}”-এর জেলা ও এলাকা বেছে নিন।", en="Choose the district and area of “{label}”."
    ),
    "paper": Text(bn="“{label}”-এর ছবি বা পিডিএফ দিন।", en="Give a photo or PDF of “{label}”."),
    "area": Text(bn="উপজেলা বা সিটি কর্পোরেশন বেছে নিন।", en="Choose an upazila or city corporation."),
}
_PHOTO: Final = Text(bn="“{label}” দিন।", en="Give “{label}”.")
"""For a paper that must be a photo, not a PDF."""
_OF_THE_SHAPE: Final = frozenset({"required", "format", "type", "const", "enum"})


def message_of(question: Question | None, code: str, message: str, language: Language) -> str:
    """Return a page's message about an error.

    Args:
        question: that it concerns, or None.
        code: of the API.
        message: of the API.
        language: of the page.
    """
    if question is None or code not in _OF_THE_SHAPE or question.kind not in _BY_KIND:
        return message
    is_photo = question.kind == "paper" and not question.takes_pdf
    text = _PHOTO if is_photo else _BY_KIND[question.kind]
    return text.in_language(language).format(label=question.label.in_language(language))
