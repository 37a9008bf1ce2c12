"""A paper: what it says, and what everybody may know of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import initials
from libs.contracts.events import Event
from libs.contracts.issuance import (
    IssuedPaper,
    PaperReplaced,
    PaperState,
    PaperStatus,
    PaperWithdrawn,
)
from libs.contracts.language import Text
from libs.contracts.ministries import PaperGranted, PaperRevoked
from libs.decision_papers.templates import (
    NOT_GIVEN,
    OWN_DOCUMENT,
    Template,
    check_fields,
    printable,
    template_of,
    wording_of,
)
from libs.errors import Refused
from libs.ids import derived_id


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
        state: as it is stored; `state_at` also knows its last day.
        last_day: on which it holds; None where it has none.
        ended_at: when it was withdrawn or replaced; None while it was not.
        reason: why it was withdrawn; None once its person is erased.
        replaces: the number of the paper in whose place it came; None for a first one.
        replaced_by: the number of the paper that came in its place.
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
    last_day: date | None = None
    ended_at: datetime | None = None
    reason: Text | None = field(default=None, repr=False)
    replaces: str | None = None
    replaced_by: str | None = None

    def state_at(self, at: datetime) -> PaperState:
        """Return its state at a time: it has expired on the day after its last one."""
        is_over = self.last_day is not None and self.last_day < dhaka_date(at)
        return "expired" if is_over and self.state == "valid" else self.state

    def check_holds(self) -> None:
        """Check that nobody has withdrawn or replaced it; one that has expired says so itself.

        Raises:
            Refused: it was withdrawn or replaced.
        """
        if self.state != "valid":
            raise Refused(f"paper_{self.state}", self.replaced_by or "")

    @property
    def year(self) -> int:
        """The year in Dhaka in which it was issued, of whose key its signature is."""
        return dhaka_date(self.issued_at).year

    @property
    def words(self) -> Template:
        """The version of its template by which it was issued, where this release has it."""
        return wording_of(self.template, self.template_version)

    @property
    def own_file(self) -> tuple[UUID, str] | None:
        """Id and SHA-256 of the PDF that the ministry brought; None of a paper that is drawn."""
        if self.template != OWN_DOCUMENT or self.content is None:
            return None
        return UUID(self.content.fields["document_id"]), self.content.fields["sha256"]

    @property
    def title(self) -> Text:
        """What kind of paper it is, as its citizen reads it; of a PDF its subject."""
        if self.own_file is None or self.content is None:
            return self.words.title
        subject = self.content.fields["subject"]
        return Text(bn=subject, en=subject)

    @property
    def holder(self) -> str:
        """Whose paper it is, as its template says; empty if nobody is known."""
        if self.content is None:
            return ""
        holder = self.content.fields.get(self.words.holder, "")
        return "" if holder == NOT_GIVEN else holder


@cache
def typst_version() -> str:
    """Return the version of the program that draws papers."""
    return version("typst")


def paper_of(granted: PaperGranted, number: str, replaces: str | None = None) -> Paper:
    """Return the paper that a decision grants.

    Args:
        granted: the decision.
        number: of the paper.
        replaces: the number of the paper in whose place it comes.

    Raises:
        Refused: its template is unknown, or a field of it is missing, unknown, or none that can be
            printed.
    """
    check_fields(granted.template, granted.fields)
    if granted.template == OWN_DOCUMENT:
        _check_file(granted.fields)
    if granted.ministry not in bodies_by_id():
        raise Refused("body_not_found")
    template = template_of(granted.template)
    return Paper(
        paper_id=granted.event_id,
        number=number,
        application_id=granted.application_id,
        citizen_id=granted.citizen_id,
        tracking_number=granted.tracking_number,
        public_service_id=granted.public_service_id,
        ministry=granted.ministry,
        template=granted.template,
        template_version=template.version,
        typst_version=typst_version(),
        content=None
        if granted.citizen_id == granted.application_id
        else Content(granted.fields, _shown(granted.post), _shown(granted.office)),
        state="valid",
        issued_at=granted.occurred_at,
        last_day=granted.last_day or template.last_day(dhaka_date(granted.occurred_at)),
        replaces=replaces,
    )


def _check_file(fields: Mapping[str, str]) -> None:
    """Check that the fields of a PDF name a file.

    Raises:
        Refused: they do not.
    """
    try:
        UUID(fields["document_id"])
        is_digest = len(bytes.fromhex(fields["sha256"])) == sha256().digest_size
    except ValueError:
        is_digest = False
    if not is_digest:
        raise Refused("paper_field_unprintable")


def _shown(name: Text | None) -> Text | None:
    """Return a name that was typed at a desk as a paper can show it."""
    return Text(bn=printable(name.bn), en=printable(name.en)) if name else None


def withdraw(paper: Paper | None, cause: PaperRevoked) -> tuple[Paper, PaperWithdrawn]:
    """Return a paper as two people have withdrawn it, and what is to be announced.

    Args:
        paper: the paper; None if it is not here.
        cause: what withdraws it.

    Raises:
        Refused: it is unknown, another application's, or has ended before.
    """
    if paper is None or paper.application_id != cause.application_id:
        raise Refused("paper_unknown")
    paper.check_holds()
    after = replace(paper, state="withdrawn", ended_at=cause.occurred_at, reason=cause.note)
    return after, PaperWithdrawn.because_of(cause, number=paper.number)


def replaced(papers: Collection[Paper], cause: PaperGranted) -> tuple[list[Paper], list[Event]]:
    """Return the papers that have ended since another one is there, and what is to be announced.

    Of the papers of a body about an application the one that was decided last holds, in whatever
    order they come: one may have been a dead letter, or not be named by a body that lost it.

    Args:
        papers: all that are known of the application, with the one that was granted.
        cause: what granted it.
    """
    new = next((paper for paper in papers if paper.paper_id == cause.event_id), None)
    if new is None or new.state != "valid":
        return [], []  # It was read before.
    others = [
        paper
        for paper in papers
        if (paper.application_id, paper.ministry) == (new.application_id, new.ministry)
        and paper.number != new.number
    ]
    later = [
        paper for paper in others if paper.issued_at > new.issued_at or paper.replaces == new.number
    ]
    if later:
        return _in_the_place_of([new], max(later, key=lambda paper: paper.issued_at), cause)
    after, said = _in_the_place_of(
        [paper for paper in others if paper.state == "valid"], new, cause
    )
    named = [
        replace(paper, replaced_by=new.number)
        for paper in others
        if paper.number == new.replaces and paper.state != "valid" and not paper.replaced_by
    ]
    return after + named, said


def _in_the_place_of(
    papers: Sequence[Paper], later: Paper, cause: PaperGranted
) -> tuple[list[Paper], list[Event]]:
    """Return papers as a later one has replaced them; each is announced, under an id of its own."""
    after: list[Paper] = []
    said: list[Event] = []
    for place, paper in enumerate(papers):
        at = max(later.issued_at, paper.issued_at)
        after.append(replace(paper, state="replaced", ended_at=at, replaced_by=later.number))
        event = PaperReplaced.because_of(
            cause, number=paper.number, replaced_by=later.number, occurred_at=at
        )
        own = {"event_id": derived_id(event.event_id, paper.number)} if place else {}
        said.append(event.model_copy(update=own))
    return after, said


def body_name(ministry: str) -> Text:
    """Return the name of a body."""
    body = bodies_by_id()[ministry]
    return Text(bn=body.name_bn, en=body.name_en)


def view(paper: Paper, as_of: datetime) -> IssuedPaper:
    """Return a paper as its citizen lists it."""
    return IssuedPaper(
        number=paper.number,
        title=paper.title,
        state=paper.state_at(as_of),
        issued_at=paper.issued_at,
        is_illustrative=paper.words.status == "illustrative",
        tracking_number=paper.tracking_number,
        body_name=body_name(paper.ministry),
        document_kind=paper.words.document_kind,
        ended_at=paper.ended_at,
        last_day=paper.last_day,
        replaces=paper.replaces,
        replaced_by=paper.replaced_by,
        reason=paper.reason,
    )


def status_of(paper: Paper, as_of: datetime) -> PaperStatus:
    """Return what everybody may know of a paper."""
    template, state = paper.words, paper.state_at(as_of)
    return PaperStatus(
        number=paper.number,
        state=state,
        holds=state == "valid",
        title=template.title,
        body=paper.ministry,
        body_name=body_name(paper.ministry),
        year=paper.year,
        initials=initials(paper.holder) or None,
        is_illustrative=template.status == "illustrative",
        ended_on=dhaka_date(paper.ended_at) if paper.ended_at else None,
        last_day=paper.last_day,
        replaces=paper.replaces,
        replaced_by=paper.replaced_by,
        sha256=paper.own_file[1] if paper.own_file else None,
        as_of=as_of,
    )
