"""The page on privacy says how long things are kept, as the services do by default."""

import pytest
from pydantic import BaseModel

from libs.bangladesh.text import bangla_digits
from services.applications.corrections.rules import KEPT as UNTIL_SHE_AGREES
from services.applications.counter_drafts.use_cases import KEPT as TYPED_AT_COUNTER
from services.applications.drafts.rules import KEPT
from services.documents.settings import Settings as Documents
from services.identity.settings import Settings as Identity
from services.notifications.settings import Settings as Notifications
from tests.services.portal.running import portal, well


def default(settings: type[BaseModel], name: str) -> int:
    """What holds unless an operator says otherwise."""
    value: int = settings.model_fields[name].default
    return value


async def test_the_times_are_those_of_the_services(unused_tcp_port: int) -> None:
    """Drafts, papers, SMS, logins and erasure; whom to ask, and what is not decided."""
    days = {
        "খসড়া: শেষ লেখার পর": KEPT.days,
        "শেষ হওয়ার পর": default(Documents, "unused_kept_days"),
        "এসএমএসের হিসাব:": default(Notifications, "keep_days"),
        "শেষ ব্যবহারের": default(Identity, "session_idle_days"),
        "মুছতে চাইলে": default(Identity, "erasure_wait_days"),
    }
    async with portal(well, unused_tcp_port) as scene:
        page = await scene.browser.open("/privacy")
    for before, number in days.items():
        assert f"{before} {bangla_digits(number)} দিন" in page.text
    for before, kept in (("জমার আগে", TYPED_AT_COUNTER), ("সম্মতির অপেক্ষায়", UNTIL_SHE_AGREES)):
        hours = int(kept.total_seconds() // 3600)
        assert f"{before}: {bangla_digits(hours)} ঘণ্টা" in page.text
    assert "আপত্তির শেষ দিন পর্যন্ত দেখেন কেন" in page.text
    assert "৩৩৩" in page.text
    assert "এখনো ঠিক হয়নি" in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/profile/access",
        "/applications",
        "/profile/data",
        "/profile/phone",
        "/profile/erasure",
        "/helpers",
        "/check",
    ],
)
async def test_it_leads_to_each_right(path: str, unused_tcp_port: int) -> None:
    """Who has my data, the file, my number, the erasure, helpers, and kept checks."""
    async with portal(well, unused_tcp_port) as scene:
        page = await scene.browser.open("/privacy")
    main = page.html[page.html.index("<main") : page.html.index("</main")]
    assert f'href="{path}"' in main
