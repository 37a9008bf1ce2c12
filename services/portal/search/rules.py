"""Information about a public service for a citizen before applying."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from libs.contracts.catalogue import (
    Category,
    DocumentKindView,
    RequiredDocument,
    ServiceSummary,
    ServiceView,
)
from libs.contracts.language import Text

OFTEN_NEEDED: Final[Mapping[str, str]] = {
    "S001": "birth_paper",
    "S016": "card_changed",
    "S020": "passport",
    "S025": "deed",
    "S006": "good_name",
    "S043": "licence",
}
"""Services that the home page names first, and their icons.

The project chose them: how many people ask for which service is published nowhere.
"""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that the form asks for.

    Args:
        kind: of the paper; None if any is taken.
    """

    name: Text
    help: Text | None
    required: bool
    kind: str | None


@dataclass(frozen=True, slots=True)
class Who:
    """The people who can apply, as far as a source says it.

    Args:
        people: the form's words about applicants.
        held: papers that an applicant must have before.
    """

    people: list[Text]
    held: list[Text]


def papers_of(service: ServiceView) -> list[Paper]:
    """Return the papers that the form of a service asks for, in the order of the form."""
    fields = service.form.get("properties", {})
    required = set(service.form.get("required", ()))
    return [
        Paper(
            name=Text(**fields[name]["ui"]["label"]),
            help=Text(**fields[name]["ui"]["help"]) if "help" in fields[name]["ui"] else None,
            required=name in required,
            kind=fields[name]["ui"].get("document_kind"),
        )
        for section in service.form_sections
        for name in section["fields"]
        if fields[name]["ui"].get("control") == "file"
    ]


def required_of(service: ServiceView) -> list[RequiredDocument]:
    """Return the documents for a service, also from a catalogue with Bangla names only."""
    documents = service.required_documents
    return documents.items or [
        RequiredDocument(name=Text(bn=name, en=name), kinds=[]) for name in documents.names_bn
    ]


def who_can_apply(service: ServiceView, kinds: Mapping[str, DocumentKindView]) -> Who:
    """Return who can apply, from a source only, never from an estimate of ours.

    Where the form does not say it, `held` has papers of the published list.
    """
    fields = service.form.get("properties", {})
    said = [field["ui"] for field in fields.values()]
    people = [
        Text(**rule["who"])
        for rule in (*said, *service.form_rules)
        if "who" in rule and rule["status"] == "sourced"
    ]
    needed = [paper for paper in papers_of(service) if paper.required and paper.kind is not None]
    if people or needed:
        sourced = {
            ui["document_kind"]
            for ui in said
            if "document_kind" in ui and ui["status"] == "sourced"
        }
        held = [
            paper.name
            for paper in needed
            if paper.kind in sourced and _held(kinds, [paper.kind or ""])
        ]
    elif service.required_documents.claim.status == "sourced":
        held = [paper.name for paper in required_of(service) if _held(kinds, paper.kinds)]
    else:
        held = []
    return Who(people, held)


def _held(kinds: Mapping[str, DocumentKindView], names: Sequence[str]) -> bool:
    """Whether people have papers of all these kinds before they apply."""
    return bool(names) and all(name in kinds and kinds[name].held_before for name in names)


def often_needed(services: Sequence[ServiceSummary]) -> list[tuple[ServiceSummary, str]]:
    """Return the services that the home page names first and that are open, with their icons."""
    by_id = {service.public_service_id: service for service in services if service.open}
    return [(by_id[name], icon) for name, icon in OFTEN_NEEDED.items() if name in by_id]


def shown_categories(categories: Sequence[Category]) -> list[Category]:
    """Return the categories that have services, the largest first."""
    return sorted(
        (category for category in categories if category.public_services),
        key=lambda category: (-category.public_services, category.category),
    )
