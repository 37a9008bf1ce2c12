"""The questions of the page after a decision; the API checks the answers."""

from typing import Any, Final

from libs.contracts.language import Text
from libs.pages.forms.questions import Form, read_form

_RATINGS: Final = {
    "5": {"bn": "খুব ভালো", "en": "Very good"},
    "4": {"bn": "ভালো", "en": "Good"},
    "3": {"bn": "মোটামুটি", "en": "Neither good nor bad"},
    "2": {"bn": "খারাপ", "en": "Bad"},
    "1": {"bn": "খুব খারাপ", "en": "Very bad"},
}
_FIELDS: Final[dict[str, Any]] = {
    "rating": {
        "enum": [5, 4, 3, 2, 1],
        "ui": {
            "label": {"bn": "কাজটি কেমন হলো?", "en": "How did it go?"},
            "options": _RATINGS,
        },
    },
    "visits": {
        "type": "integer",
        "ui": {
            "label": {
                "bn": "এর জন্য কতবার কোথাও যেতে হয়েছে?",
                "en": "How often did you have to go somewhere for it?",
            },
            "help": {
                "bn": "দপ্তর, ব্যাংক বা সেবা কেন্দ্রে। একবারও না গেলে ০ লিখুন।",
                "en": "To an office, a bank or a centre. Write 0 if you did not have to.",
            },
        },
    },
    "asked_for_more": {
        "type": "boolean",
        "ui": {
            "label": {
                "bn": "জানানো দামের বাইরে কেউ টাকা চেয়েছে?",
                "en": "Did anybody ask you for money beyond the price that you were told?",
            }
        },
    },
    "comment": {
        "type": "string",
        "ui": {
            "label": {"bn": "এক-দুই কথায় লিখুন", "en": "Say it in a sentence"},
            "help": {
                "bn": "কর্মসূচির লোকেরা পড়বেন; মাস শেষে, পাঁচজন বা বেশি লিখলে, মন্ত্রণালয়ও, কে লিখেছেন তা ছাড়া। "
                "নাম বা নম্বর লিখবেন না। ৫০০ অক্ষর পর্যন্ত।",
                "en": "The programme's staff read it; after the month, if five or more wrote, so "
                "does the ministry, without who wrote it. Write no names or numbers. "
                "500 characters at most.",
            },
            "control": "textarea",
        },
    },
}
_TITLE: Final = Text(bn="কাজটি কেমন হলো", en="How it went")

FORM: Final[Form] = read_form(
    {"properties": _FIELDS, "required": ["rating"]},
    [{"id": "feedback", "title": _TITLE.model_dump(), "fields": list(_FIELDS)}],
)
RATINGS: Final = {rating: Text(**label) for rating, label in _RATINGS.items()}
