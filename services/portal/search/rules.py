"""What a citizen reads about a public service before applying."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from libs.contracts.catalogue import Category, ServiceView
from libs.contracts.language import Text

LONGEST_SEARCH: Final = 200


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that the form asks for."""

    name: Text
    help: Text | None
    required: bool


def papers_of(service: ServiceView) -> list[Paper]:
    """Return the papers that the form of a service asks for, in the order of the form."""
    fields = service.form.get("properties", {})
    required = set(service.form.get("required", ()))
    return [
        Paper(
            name=Text(**fields[name]["ui"]["label"]),
            help=Text(**fields[name]["ui"]["help"]) if "help" in fields[name]["ui"] else None,
            required=name in required,
        )
        for section in service.form_sections
        for name in section["fields"]
        if fields[name]["ui"].get("control") == "file"
    ]


def ages_in(service: ServiceView) -> list[Text]:
    """Return what the form of a service says of its applicants' ages, where a source says it."""
    return [
        Text(**rule["message"])
        for rule in service.form_rules
        if rule["must"].get("fact") == "age_years" and rule["status"] == "sourced"
    ]


def search_text(given: str) -> str:
    """Return what is searched for; a very long text is cut."""
    return " ".join(given.split())[:LONGEST_SEARCH]


def shown_categories(categories: Sequence[Category]) -> list[Category]:
    """Return the categories that have services, the largest first."""
    return sorted(
        (one for one in categories if one.public_services),
        key=lambda one: (-one.public_services, one.category),
    )
