"""The pages of each role."""

from collections.abc import Collection, Mapping
from typing import Final

from libs.contracts.language import Text

PAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "uddokta": ("/counter", "/training"),
    "programme": ("/programme", "/publications"),
    "officer": ("/cases", "/witness", "/training", "/office"),
    "focal_point": ("/own",),
    "leadership": ("/leadership",),
    "district_staff": ("/programme/areas", "/programme/training"),
    "vendor": ("/vendor",),
    "editor": ("/publishing",),
    "publisher": ("/publishing",),
    "helpline": ("/journeys",),
    "operator": ("/journeys", "/operations", "/publications"),
    "dead_letter_viewer": ("/operations",),
}
"""The first one first, in the order in which they are offered to somebody with several roles."""

PAGE_NAMES: Final[Mapping[str, Text]] = {
    "/counter": Text(bn="কাউন্টার", en="Counter"),
    "/programme": Text(bn="কর্মসূচি", en="Programme"),
    "/cases": Text(bn="কাজের তালিকা", en="Work to do"),
    "/own": Text(bn="আমার দপ্তর", en="My body"),
    "/programme/areas": Text(bn="এলাকা", en="Areas"),
    "/programme/training": Text(bn="প্রশিক্ষণ", en="Training"),
    "/leadership": Text(bn="কোথায় আছি", en="Where we are"),
    "/vendor": Text(bn="আমাদের সংযোগ", en="Our integrations"),
    "/publishing": Text(bn="সেবার বিবরণ", en="What services are"),
    "/publications": Text(bn="ধাপ, হার ও ছুটি", en="Workflows, tariffs, days off"),
    "/witness": Text(bn="সাক্ষী", en="Witness"),
    "/training": Text(bn="প্রশিক্ষণ", en="Training"),
    "/office": Text(bn="আমার কার্যালয়", en="My office"),
    "/journeys": Text(bn="আবেদন কোথায়", en="Where an application is"),
    "/operations": Text(bn="সিস্টেম", en="Systems"),
}
"""As they stand in the head of a page for somebody with several of them."""


def first_page(roles: Collection[str]) -> str | None:
    """Return the first page of a person with these roles; None if there is none."""
    return next((pages[0] for role, pages in PAGES.items() if role in roles), None)


def sees_country(roles: Collection[str]) -> bool:
    """Return whether a person with these roles sees more than the own district.

    What somebody sees and does is decided by the API; pages leave out what it would refuse.
    """
    return "district_staff" not in roles or "programme" in roles


def pages_of(roles: Collection[str]) -> list[tuple[str, Text]]:
    """Return the pages of all roles of a person, with their names."""
    paths = dict.fromkeys(path for role, pages in PAGES.items() if role in roles for path in pages)
    return [(path, PAGE_NAMES[path]) for path in paths]
