"""The contents of facts: a model for each kind, stored as JSON."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.catalogue import Adapter, ServiceAdapter
from libs.contracts.language import Text
from libs.contracts.programme import Duty, FactKind, RecordFact, Step
from libs.errors import Refused
from libs.versions import holding


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LetterSent(_Content):
    """A letter asked the body for something by a day."""

    kind: Literal["letter_sent"] = "letter_sent"
    asks: tuple[Step, ...]
    due_on: date


class ListReceived(_Content):
    """The body sent its list of citizen services: those of the catalogue by id, others by name."""

    kind: Literal["list_received"] = "list_received"
    public_service_ids: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class InstructionsSent(_Content):
    """The body was sent the instructions, to acknowledge by a day."""

    kind: Literal["instructions_sent"] = "instructions_sent"
    due_on: date


class InstructionsAcknowledged(_Content):
    """The body acknowledged the instructions."""

    kind: Literal["instructions_acknowledged"] = "instructions_acknowledged"


class VendorNamed(_Content):
    """The body named the vendor that connects its system."""

    kind: Literal["vendor_named"] = "vendor_named"
    vendor: str


class FocalPointNamed(_Content):
    """Somebody answers for the body; who it is stands beside the fact, encrypted."""

    kind: Literal["focal_point_named"] = "focal_point_named"
    duty: Duty
    post: str
    until: date | None = None


class FocalPointEnded(_Content):
    """Nobody has a duty of the body any more."""

    kind: Literal["focal_point_ended"] = "focal_point_ended"
    duty: Duty


class BodyReplaced(_Content):
    """Another body has taken over, from the day of the fact on."""

    kind: Literal["body_replaced"] = "body_replaced"
    replaced_by: str


class NotSo(_Content):
    """The corrected fact was wrong: nothing of the kind happened."""

    kind: Literal["not_so"] = "not_so"


class ServiceChanged(_Content):
    """The catalogue announced a public service.

    Args:
        open: whether it takes applications.
        published: whether two people have published what it is.
        adapter: hands over the submissions of its ministry.
        adapters: of its own, now and later.
        own_passed: whether the ministry's own adapter passed when it was checked last.
    """

    kind: Literal["service_changed"] = "service_changed"
    public_service_id: str
    name: Text
    open: bool
    published: bool
    adapter: Adapter
    adapters: tuple[ServiceAdapter, ...] = ()
    own_passed: bool = False

    @property
    def is_online(self) -> bool:
        """Whether two people have published it, and it is open."""
        return self.open and self.published

    def adapter_on(self, day: date) -> Adapter:
        """Return what hands over its submissions on a day."""
        own = holding(self.adapters, day)
        return own[0].adapter or self.adapter if own else self.adapter


class ConnectionAnnounced(_Content):
    """The adapter that we host for the body, and what its check found."""

    kind: Literal["connection_changed"] = "connection_changed"
    adapter: str | None
    version: int
    checked_at: datetime | None
    passed: bool
    despite: bool
    stopped: bool

    @property
    def is_connected(self) -> bool:
        """Whether the adapter in use passed its check at its address."""
        return self.adapter is not None and self.passed and not self.stopped


FactContent = Annotated[
    LetterSent
    | ListReceived
    | InstructionsSent
    | InstructionsAcknowledged
    | VendorNamed
    | FocalPointNamed
    | FocalPointEnded
    | BodyReplaced
    | NotSo
    | ServiceChanged
    | ConnectionAnnounced,
    Field(discriminator="kind"),
]
"""The content of a fact, of any kind."""

_RECORDED: Final[Mapping[FactKind, type[FactContent]]] = {
    "letter_sent": LetterSent,
    "list_received": ListReceived,
    "instructions_sent": InstructionsSent,
    "instructions_acknowledged": InstructionsAcknowledged,
    "vendor_named": VendorNamed,
    "body_replaced": BodyReplaced,
    "not_so": NotSo,
}
_OF_EVERY_FACT: Final = frozenset({"kind", "day", "evidence", "corrects"})


def content_of(wanted: RecordFact) -> FactContent:
    """Return the content of the fact that a request records.

    Raises:
        Refused: a field of its kind is missing, or it has one of another kind.
    """
    model = _RECORDED[wanted.kind]
    given = wanted.model_dump(exclude=set(_OF_EVERY_FACT), exclude_none=True)
    for name in given:
        if name not in model.model_fields:
            raise Refused("fact_field_of_other_kind", pointer=f"/{name}")
    for name, field in model.model_fields.items():
        if field.is_required() and name not in given:
            raise Refused("fact_field_missing", pointer=f"/{name}")
    return model(**given)
