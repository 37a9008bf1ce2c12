"""Somebody who is named, for tests."""

from typing import Any

from tests.services.programme.bodies.scenes import LAND

POINTS = f"/v1/programme/bodies/{LAND}/focal-points"
RAHIMA: dict[str, Any] = {
    "duty": "focal_point",
    "post": "Joint Secretary",
    "name": "Rahima Khatun",
    "mail": "js@example.gov.bd",
    "phone": "+8801712345678",
    "day": "2026-06-20",
    "evidence": "letter 05.00 of 20 June",
}
