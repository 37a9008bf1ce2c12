"""The history of a public service, in words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, get_args

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import bangla_digits
from libs.contracts.language import Text
from libs.contracts.publishing import (
    ContentField,
    DescriptionChange,
    HistoryEntry,
    ServiceContent,
    ServiceHistory,
)
from services.catalogue.descriptions.rules import FIRST_VERSION, Described
from services.catalogue.public_services.reference import required_documents
from services.catalogue.public_services.rules import PublicService

_FIELDS: Final[tuple[ContentField, ...]] = get_args(ContentField)
_NO_PAPERS: Final = Text(bn="কোনো কাগজ লাগে না", en="No papers are needed")
_REFERENCE: Final = HistoryEntry(
    kind="reference", version=FIRST_VERSION, valid_from=None, published_at=None, reason=""
)


class _Said(NamedTuple):
    """A value of a description, and its source."""

    words: Text
    source: str | None


def history_of(
    service: PublicService, reference: PublicService, described: Described
) -> ServiceHistory:
    """Return how what is said about a service has changed, the newest first."""
    entries = sorted(
        [*_versions_in_words(reference, described), *_stops_in_words(described)],
        key=lambda entry: entry[0],
    )
    return ServiceHistory(
        public_service_id=service.public_service_id,
        name=Text(bn=service.name_bn, en=service.name_en),
        items=[*(entry for _, entry in reversed(entries)), _REFERENCE],
    )


def _versions_in_words(
    reference: PublicService, described: Described
) -> Iterator[tuple[datetime, HistoryEntry]]:
    before = _said_by_reference(reference)
    for version in described.versions:
        after = _said_by(version.content)
        yield (
            version.published_at,
            HistoryEntry(
                kind="version",
                version=version.version,
                valid_from=version.valid_from,
                published_at=version.published_at,
                reason=version.reason,
                changes=_changes(before, after),
            ),
        )
        before = after


def _stops_in_words(described: Described) -> Iterator[tuple[datetime, HistoryEntry]]:
    for stop in described.stops:
        yield (
            stop.stopped_at,
            HistoryEntry(
                kind=stop.kind,
                version=None,
                valid_from=dhaka_date(stop.stopped_at),
                published_at=stop.stopped_at,
                reason=stop.reason,
            ),
        )


def _changes(
    before: Mapping[ContentField, _Said], after: Mapping[ContentField, _Said]
) -> list[DescriptionChange]:
    return [
        DescriptionChange(
            field=field,
            before=before[field].words if field in before else None,
            after=after[field].words if field in after else None,
            source=after[field].source if field in after else None,
        )
        for field in _FIELDS
        if before.get(field) != after.get(field)
    ]


def _said_by_reference(service: PublicService) -> dict[ContentField, _Said]:
    """Return what the reference says; a value without a source is not said."""
    said: dict[ContentField, _Said] = {
        "name": _Said(Text(bn=service.name_bn, en=service.name_en), None)
    }
    if service.docs_basis == "sourced":
        papers = [required_documents()[name].name for name in service.docs_bn]
        said["papers"] = _Said(_list_of(papers), service.docs_source)
    if service.days_basis == "sourced" and service.days is not None:
        said["days"] = _Said(_days_in_words(service.days), service.days_source)
    return said


def _said_by(content: ServiceContent) -> dict[ContentField, _Said]:
    said: dict[ContentField, _Said] = {
        "name": _Said(content.name.text, content.name.source),
        "description": _Said(content.description.text, content.description.source),
        "who_may_apply": _Said(content.who_may_apply.text, content.who_may_apply.source),
        "papers": _Said(_list_of(content.papers.papers), content.papers.source),
        "result": _Said(content.result.text, content.result.source),
        "legal_basis": _Said(content.legal_basis.text, content.legal_basis.source),
    }
    if content.days is not None:
        said["days"] = _Said(_days_in_words(content.days.days), content.days.source)
    return said


def _days_in_words(days: int) -> Text:
    unit = "working day" if days == 1 else "working days"
    return Text(bn=f"{bangla_digits(days)} কর্মদিবস", en=f"{days} {unit}")


def _list_of(papers: Sequence[Text]) -> Text:
    if not papers:
        return _NO_PAPERS
    return Text(
        bn="; ".join(paper.bn for paper in papers), en="; ".join(paper.en for paper in papers)
    )
