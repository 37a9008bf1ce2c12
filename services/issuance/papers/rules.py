"""A paper: what it says, and what everybody may know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import initials
from libs.contracts.cases import PaperGranted
from libs.contracts.issuance import IssuedPaper, PaperState, PaperStatus
from libs.contracts.language import Text
from libs.decision_papers.templates import NOT_GIVEN, check_fields, printable, template_of
from libs.errors import Refused


@dataclass(frozen=True, slots=True)
class Content:
    """What a paper says.

    Args:
        fields: by the names of its template's fields.
        post: in which it was decided; None where a rule decided.
        office: that decided.
    """

    fields: Mapping[str, str] = field(repr=False)
    post: Text | None = None
    office: Text | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A decision paper.

    Args:
        paper_id: the event that granted it.
        number: as it is printed.
        typst_version: of the program that draws it.
        content: None once its person is erased.
    """

    paper_id: UUID
    number: str
    application_id: UUID
    citizen_id: UUID
    tracking_number: str
    public_service_id: str
    ministry: str
    template: str
    template_version: int
    typst_version: str
    content: Content | None
    state: PaperState
    issued_at: datetime

    @property
    def year(self) -> int:
        """The year in Dhaka in which it was issued, of whose key its signature is."""
        return dhaka_date(self.issued_at).year

    @property
    def holder(self) -> str:
        """Whose paper it is, as its template says; empty if nobody is known."""
        if self.content is None:
            return ""
        holder = self.content.fields.get(template_of(self.template).holder, "")
        return "" if holder == NOT_GIVEN else holder


@cache
def typst_version() -> str:
    """Return the version of the program that draws papers."""
    return version("typst")


def paper_of(granted: PaperGranted, number: str) -> Paper:
    """Return the paper that a decision grants.

    Raises:
        Refused: its template is unknown, or a field of it is missing, unknown, or none that can be
            printed.
    """
    check_fields(granted.template, granted.fields)
    if granted.ministry not in bodies_by_id():
        raise Refused("body_not_found")
    return Paper(
        paper_id=granted.event_id,
        number=number,
        application_id=granted.application_id,
        citizen_id=granted.citizen_id,
        tracking_number=granted.tracking_number,
        public_service_id=granted.public_service_id,
        ministry=granted.ministry,
        template=granted.template,
        template_version=template_of(granted.template).version,
        typst_version=typst_version(),
        content=Content(granted.fields, _shown(granted.post), _shown(granted.office)),
        state="valid",
        issued_at=granted.occurred_at,
    )


def _shown(name: Text | None) -> Text | None:
    """Return a name that was typed at a desk as a paper can show it."""
    return Text(bn=printable(name.bn), en=printable(name.en)) if name else None


def body_name(ministry: str) -> Text:
    """Return the name of a body."""
    body = bodies_by_id()[ministry]
    return Text(bn=body.name_bn, en=body.name_en)


def view(paper: Paper) -> IssuedPaper:
    """Return a paper as its citizen lists it."""
    template = template_of(paper.template)
    return IssuedPaper(
        number=paper.number,
        title=template.title,
        state=paper.state,
        issued_at=paper.issued_at,
        is_illustrative=template.status == "illustrative",
    )


def status_of(paper: Paper, as_of: datetime) -> PaperStatus:
    """Return what everybody may know of a paper."""
    template = template_of(paper.template)
    return PaperStatus(
        number=paper.number,
        state=paper.state,
        title=template.title,
        body=paper.ministry,
        body_name=body_name(paper.ministry),
        year=paper.year,
        initials=initials(paper.holder) or None,
        is_illustrative=template.status == "illustrative",
        as_of=as_of,
    )
