"""One example for each body, as the documentation shows it."""

from collections.abc import Mapping
from typing import Any

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "request_code": {"phone": "০১৭১২-৩৪৫৬৭৮"},
    "exchange_code": {"phone": "+8801712345678", "code": "৪৮২১৯৩"},
    "refresh_tokens": {"refresh_token": "the-refresh-token-of-the-last-answer"},
    "update_profile": {"language": "bn"},
    "submit_application": {
        "public_service_id": "S001",
        "form": {"applicant_name_bn": "রহিমা খাতুন"},
        "service_centre_id": "nilkhet",
    },
    "correct_application": {"form": {"applicant_name_bn": "রহিমা খাতুন"}},
}
