"""Public services, bodies and categories in memory: lists, search and views."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from libs.bangladesh.bodies import Body
from libs.contracts.catalogue import (
    BodyList,
    BodyView,
    Category,
    CategoryList,
    Claim,
    DocumentKindList,
    Fee,
    Helpline,
    LifeEventList,
    MinistryAdapter,
    RequiredDocument,
    RequiredDocuments,
    ServiceDeadline,
    ServiceList,
    ServicesQuery,
    ServiceSummary,
    ServiceView,
)
from libs.contracts.language import Text
from libs.contracts.publishing import PublishedDescription, ServiceHistory
from libs.errors import Refused
from libs.grievances import is_listed
from services.catalogue.descriptions.rules import Described
from services.catalogue.public_services.forms import Form, forms_for
from services.catalogue.public_services.history import history_of
from services.catalogue.public_services.reference import (
    category_names,
    document_kinds,
    elsewhere,
    helplines,
    life_events,
    required_documents,
    said_to_helplines,
)
from services.catalogue.public_services.rules import NONE_YET, PublicService
from services.catalogue.public_services.search import QUERY_MAX_CHARS, Match, SearchIndex

_CACHED_SEARCHES: Final = 2_000


class ServiceIndex:
    """Public services, bodies and categories; immutable. Its lists leave grievances out.

    Args:
        services: the current services, ordered by id.
        bodies: all bodies; a body follows its parent.
        adapters: hand submissions to a body, by body; a body without an entry has none yet.
        described: what people have published and stopped, by public service.
        reference: the services of the reference, by id, for the history.
    """

    def __init__(
        self,
        services: Sequence[PublicService],
        bodies: Sequence[Body],
        adapters: Mapping[str, MinistryAdapter] = MappingProxyType({}),
        described: Mapping[str, Described] = MappingProxyType({}),
        reference: Mapping[str, PublicService] = MappingProxyType({}),
    ) -> None:
        self._adapters = adapters
        self._described = described
        self._reference = reference
        self._services = {service.public_service_id: service for service in services}
        self._forms = forms_for(self._services)
        self._bodies = {body.body_id: body for body in bodies}
        self._listed = [one for one in services if is_listed(one.public_service_id)]
        self._index = SearchIndex(self._listed, said_to_helplines())
        self._found = lru_cache(maxsize=_CACHED_SEARCHES)(self._find)

    def list_services(self, query: ServicesQuery) -> ServiceList:
        """Return the services that match a query, best match first.

        Raises:
            Refused: the category, the life event or the body does not exist.
        """
        if query.category is not None and query.category not in category_names():
            raise Refused("category_not_found", pointer="/category")
        if query.life_event is not None and query.life_event not in life_events():
            raise Refused("life_event_not_found", pointer="/life_event")
        if query.body is not None and query.body not in self._bodies:
            raise Refused("body_not_found", pointer="/body")
        text = query.q.strip() if query.q else ""
        matches = self._found(text[:QUERY_MAX_CHARS]) if text else ()
        weak = {match.key: match.weak for match in matches if match.key in self._services}
        ids = weak if text else self._in_order(query.life_event)
        found = [self._services[key] for key in ids if _passes(self._services[key], query)]
        end = query.after + query.limit
        items = [
            self._summary(service, weak=weak.get(service.public_service_id, False))
            for service in found[query.after : end]
        ]
        more = end if end < len(found) else None
        return ServiceList(
            items=items, total=len(found), next=more, helplines=_sure_helplines(matches)
        )

    def life_events(self) -> LifeEventList:
        """Return all life events."""
        return LifeEventList(items=list(life_events().values()))

    def document_kinds(self) -> DocumentKindList:
        """Return all kinds of papers."""
        return DocumentKindList(items=list(document_kinds()))

    def view(self, public_service_id: str) -> ServiceView:
        """Return one service with its form.

        Raises:
            Refused: there is no such service.
        """
        service = self._services.get(public_service_id)
        if service is None:
            raise Refused("public_service_not_found")
        return _view(service, self._name_of(service.body), self._forms[public_service_id])

    def history(self, public_service_id: str) -> ServiceHistory:
        """Return how what is said about a service has changed, the newest first.

        Raises:
            Refused: there is no such service.
        """
        service = self._services.get(public_service_id)
        if service is None:
            raise Refused("public_service_not_found")
        reference = self._reference.get(public_service_id, service)
        return history_of(service, reference, self._described.get(public_service_id, Described()))

    def categories(self) -> CategoryList:
        """Return all categories."""
        counts = Counter(service.category for service in self._listed)
        return CategoryList(
            items=[
                Category(category=category, name=name, public_services=counts[category])
                for category, name in category_names().items()
            ]
        )

    def bodies(self) -> BodyList:
        """Return all bodies of government."""
        counts = Counter(service.body for service in self._listed)
        return BodyList(
            items=[
                BodyView(
                    body_id=body.body_id,
                    kind=body.kind,
                    parent=body.parent,
                    name=Text(bn=body.name_bn, en=body.name_en),
                    website=body.website,
                    public_services=counts[body.body_id],
                    adapter=self._adapters.get(body.body_id, NONE_YET),
                )
                for body in self._bodies.values()
            ]
        )

    def _in_order(self, life_event: str | None) -> Sequence[str]:
        """Return the ids of all services, or of those of a life event in the order of need."""
        if life_event is None:
            return [service.public_service_id for service in self._listed]
        needed = life_events()[life_event].public_services
        return [key for key in needed if key in self._services]

    def _find(self, q: str) -> tuple[Match, ...]:
        return tuple(self._index.find(q, len(self._listed)))

    def _name_of(self, body_id: str) -> Text:
        body = self._bodies[body_id]
        return Text(bn=body.name_bn, en=body.name_en)

    def _summary(self, service: PublicService, *, weak: bool) -> ServiceSummary:
        return ServiceSummary(
            public_service_id=service.public_service_id,
            name=Text(bn=service.name_bn, en=service.name_en),
            ministry=service.body,
            ministry_name=self._name_of(service.body),
            category=service.category,
            fee_bdt=service.fee_bdt,
            fee_status=service.fee_basis,
            service_deadline_days=service.days,
            service_deadline_status=service.days_basis,
            open=service.open,
            weak_match=weak,
        )


def _sure_helplines(matches: Iterable[Match]) -> list[Helpline]:
    """Return the helplines that a query surely means."""
    by_number = helplines()
    return [by_number[match.key] for match in matches if match.key in by_number and not match.weak]


def _passes(service: PublicService, query: ServicesQuery) -> bool:
    """Return whether a service passes the filters of a query."""
    return (
        query.category in {None, service.category}
        and (
            query.life_event is None
            or service.public_service_id in life_events()[query.life_event].public_services
        )
        and query.body in {None, service.body}
        and query.open in {None, "true" if service.open else "false"}
    )


def _view(service: PublicService, ministry_name: Text, form: Form) -> ServiceView:
    return ServiceView(
        public_service_id=service.public_service_id,
        name=Text(bn=service.name_bn, en=service.name_en),
        ministry=service.body,
        ministry_name=ministry_name,
        agency_en=service.agency_en,
        category=service.category,
        fee=Fee(
            amount_bdt=service.fee_bdt,
            cases=list(service.cases()),
            decided_by=service.fee_decided_by,
            note=service.fee_note,
            note_bn=service.fee_note_bn,
            claim=Claim(status=service.fee_basis, source=service.fee_source),
        ),
        service_deadline=ServiceDeadline(
            days=service.days, claim=Claim(status=service.days_basis, source=service.days_source)
        ),
        required_documents=RequiredDocuments(
            names_bn=list(service.docs_bn),
            items=_papers_of(service),
            claim=Claim(status=service.docs_basis, source=service.docs_source),
        ),
        open=service.open,
        elsewhere=None if service.open else elsewhere().get(service.public_service_id),
        published=service.published
        and PublishedDescription(
            version=service.published.version,
            valid_from=service.published.valid_from,
            content=service.published.content,
        ),
        form_origin=form.origin,
        form_version=form.version,
        form=form.schema,
        form_sections=list(form.sections),
        form_rules=list(form.rules),
    )


def _papers_of(service: PublicService) -> list[RequiredDocument]:
    """Return the papers to bring; a name that the reference does not have is of no known kind."""
    if service.published is None:
        return [required_documents()[name] for name in service.docs_bn]
    return [
        RequiredDocument(name=paper, kinds=required_documents()[paper.bn].kinds)
        if paper.bn in required_documents()
        else RequiredDocument(name=paper, kinds=[])
        for paper in service.published.content.papers.papers
    ]
