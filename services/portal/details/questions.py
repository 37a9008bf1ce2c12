"""The questions of the page of saved details; the API checks the answers."""

from typing import Any, Final

from libs.contracts.language import Text
from libs.pages.forms.questions import Form, read_form


def _labelled(bn: str, en: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", **more, "ui": {"label": {"bn": bn, "en": en}}}


_SEXES: Final = {
    "male": {"bn": "পুরুষ", "en": "Male"},
    "female": {"bn": "নারী", "en": "Female"},
    "third": {"bn": "তৃতীয় লিঙ্গ", "en": "Third gender"},
}
_ADDRESS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["area"],
    "properties": {
        "area": _labelled("উপজেলা বা সিটি কর্পোরেশন", "Upazila or city corporation"),
        "union": _labelled("ইউনিয়ন", "Union"),
        "ward": _labelled("ওয়ার্ড", "Ward") | {"type": "integer"},
        "post_code": _labelled("পোস্ট কোড", "Post code", pattern="^[1-9][0-9]{3}$"),
        "village": _labelled("গ্রাম বা মহল্লা", "Village"),
        "road_or_house": _labelled("সড়ক ও বাড়ি", "Road and house"),
    },
}
_FIELDS: Final[dict[str, Any]] = {
    "name_bn": _labelled("নাম (বাংলায়)", "Name in Bangla"),
    "name_en": _labelled("নাম (ইংরেজিতে)", "Name in English"),
    "birth_date": _labelled("জন্ম তারিখ", "Date of birth", format="date"),
    "sex": {
        "enum": list(_SEXES),
        "ui": {"label": {"bn": "লিঙ্গ", "en": "Sex"}, "options": _SEXES},
    },
    "father_name": _labelled("পিতার নাম (বাংলায়)", "Father's name in Bangla"),
    "mother_name": _labelled("মাতার নাম (বাংলায়)", "Mother's name in Bangla"),
    "present_address": _ADDRESS | {"ui": {"label": {"bn": "বর্তমান ঠিকানা", "en": "Present address"}}},
    "permanent_address": _ADDRESS
    | {"ui": {"label": {"bn": "স্থায়ী ঠিকানা", "en": "Permanent address"}}},
}
_TITLE: Final = Text(bn="ফরমের জন্য আমার তথ্য", en="My details for forms")

FORM: Final[Form] = read_form(
    {"properties": _FIELDS},
    [{"id": "details", "title": _TITLE.model_dump(), "fields": list(_FIELDS)}],
)
