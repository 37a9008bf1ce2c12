"""Example bodies of the API document."""

from collections.abc import Mapping
from typing import Any

_BIRTH_REGISTRATION: Mapping[str, Any] = {
    "registration_basis": "birthplace",
    "registration_place": {"area": "100409"},
    "name_bn": "রহিমা খাতুন",
    "name_en": "Rahima Khatun",
    "birth_date": "2026-01-05",
    "birth_date_words": "পাঁচ জানুয়ারি দুই হাজার ছাব্বিশ",
    "sex": "female",
    "birth_place": {"area": "100409"},
    "birth_order": 1,
    "father": {"name_bn": "আব্দুল করিম", "nid": "1234567890"},
    "mother": {"name_bn": "সালেহা বেগম"},
    "permanent_address": {"area": "100409"},
    "present_address": {"area": "100409"},
    "relation": "father",
    "mobile": "01712345678",
    "epi_card": {
        "document_id": "0190aaaa-0000-7000-8000-000000000001",
        "issued_on": "2026-02-20",
    },
    "declaration": True,
}
SUBMISSION: Mapping[str, Any] = {
    "public_service_id": "S001",
    "form": _BIRTH_REGISTRATION,
}
CORRECTION: Mapping[str, Any] = {"form": _BIRTH_REGISTRATION}
