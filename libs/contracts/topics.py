"""THE MAP: each topic's writer, readers, events, key, partitions and retention.

Brokers, access lists, `schemas/topics.json`, the services' READMEs and the AsyncAPI document derive
from this file; a test compares its readers with every service's subscriptions, both ways.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from libs.bangladesh.bodies import bodies
from libs.contracts import (
    applications,
    cases,
    catalogue,
    documents,
    identity,
    issuance,
    ministries,
    notifications,
    programme,
)
from libs.contracts.applications import ServedBy
from libs.contracts.events import Event

MINISTRY_PLACEHOLDER = "<ministry>"
HOSTED = "hosted"
"""Stands for all ministries whose adapter we run (`served_by`), in the names of their topics."""

DESK = "desk"
"""Stands for all public services whose officers work here (`served_by`), in names of topics."""

OWN_ADAPTER = "the ministry's own adapter"
"""Stands in the map for what is no service of ours: the adapter that a ministry runs itself."""

_KIB = 1024
_DAY_MS = 24 * 3600 * 1000
DEAD_LETTER_RETENTION_MS = 90 * _DAY_MS
SEGMENT_MS = 7 * _DAY_MS
"""Kafka's default `segment.ms`: a segment is deleted when its newest record is past retention."""
OLDEST_RESTORE_DAYS = 21
"""The oldest moment that a database is restored to; topics keep what was written since."""
LARGEST_RECORD_BYTES = 1024 * 1024
LARGEST_DEAD_LETTER_BYTES = 2 * LARGEST_RECORD_BYTES
"""The brokers' limits of a batch (`max.message.bytes`); a dead letter also has its reason."""


def in_words(retention_ms: int) -> str:
    """Return a retention in words, in days or hours."""
    hours = retention_ms // (_DAY_MS // 24)
    return f"{hours // 24} days" if hours >= 24 else f"{hours} h"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic, or one per ministry where the name has a place for it.

    Args:
        name: as on the broker; `<ministry>` stands for the id of each of the 67 bodies.
        writer: the one service that writes it, or `OWN_ADAPTER`.
        readers: the services that read it, or `OWN_ADAPTER`.
        key: the event's field that is the record's key; order holds per key.
        events: the classes of its events. A class belongs to one topic. Submissions and what
            ministries say of them belong to three, what a paper says to two, by `served_by`.
        partitions: how many readers of one group can share the work.
        retention_ms: how long records are retained; a reader may be down so long and lose none.
        compacted: the newest record per key is retained for ever.
        restricted: carries personal data; its readers are named one by one in the access lists.
        has_notes: carries what a ministry writes to a citizen.
        largest_bytes: the largest value that is read. A form comes in a body of 64 KiB at most; in
            the form in which it is published, Bangla letters with a dot and numbers with an
            exponent are longer, at most four times. The largest schema of a form has 11 KiB.
        largest_batch_bytes: the largest batch, compressed or not, that the broker takes
            (`max.message.bytes`); see decision 20.
        quiet: few records come, and nobody waits for what becomes of them; a service reads its
            quiet topics in one consumer group.
        taken_up: its writer may read it, too: what a restored database has lost is there.
        served_by: of several topics of an event's class, the one of its `served_by`; empty
            where its class has one topic.
        ordered: each event builds on the one before it, so later records of a key wait behind one
            that could not be processed; false where a later event stands by itself.
    """

    name: str
    writer: str
    readers: tuple[str, ...]
    key: str
    events: tuple[type[Event], ...]
    partitions: int
    retention_ms: int = 30 * _DAY_MS
    compacted: bool = False
    restricted: bool = False
    has_notes: bool = False
    quiet: bool = False
    taken_up: bool = False
    served_by: ServedBy | None = None
    ordered: bool = True
    largest_bytes: int = 256 * _KIB
    largest_batch_bytes: int = LARGEST_RECORD_BYTES

    @property
    def retention(self) -> str:
        """The retention in words."""
        return "newest of each key" if self.compacted else in_words(self.retention_ms)

    @property
    def per_ministry(self) -> bool:
        """Whether there is one such topic per ministry."""
        return MINISTRY_PLACEHOLDER in self.name

    @property
    def is_short_lived(self) -> bool:
        """Whether its records are personal and worthless after an hour."""
        return self.restricted and self.retention_ms <= _DAY_MS // 24

    def names(self) -> tuple[str, ...]:
        """Return all names on the broker."""
        if not self.per_ministry:
            return (self.name,)
        return tuple(self.name_for(body.body_id) for body in bodies())

    def name_for(self, ministry: str) -> str:
        """Return the name on the broker of one ministry's topic."""
        return self.name.replace(MINISTRY_PLACEHOLDER, ministry)

    def name_of(self, event: Event) -> str:
        """Return the name on the broker for an event."""
        return self.name_for(getattr(event, "ministry", "")) if self.per_ministry else self.name

    def ministry_of(self, name: str) -> str:
        """Return the ministry of a name on the broker."""
        before, _, after = self.name.partition(MINISTRY_PLACEHOLDER)
        return name.removeprefix(before).removesuffix(after)


CATALOGUE = Topic(
    name="catalogue.v1",
    writer="catalogue",
    readers=(
        "gateway",
        "identity",
        "applications",
        "notifications",
        "documents",
        "programme",
        "cases",
    ),
    key="public_service_id",
    events=(catalogue.PublicServiceChanged,),
    partitions=1,  # 81 records; one order for all of them
    compacted=True,
    quiet=True,
    ordered=False,
)
# What two people published. Every version of a workflow stays, since its key is its own; of tariffs
# and years the newest record counts, and names the days from which its rows hold.
WORKFLOWS = Topic(
    name="workflows.v1",
    writer="catalogue",
    readers=("cases",),
    key="workflow_version",
    events=(catalogue.WorkflowPublished,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
TARIFFS = Topic(
    name="tariffs.v1",
    writer="catalogue",
    readers=("cases",),
    key="tariff_id",
    events=(catalogue.TariffChanged,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
CALENDAR = Topic(
    name="calendar.v1",
    writer="catalogue",
    readers=("applications", "cases", "programme"),
    key="year",
    events=(catalogue.CalendarChanged,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
IDENTITY = Topic(
    name="identity.v1",
    writer="identity",
    readers=("applications", "notifications"),
    key="citizen_id",
    events=(
        identity.ContactChanged,
        identity.ContactRemoved,
        identity.NoticeRequested,
        identity.MandateMessageRequested,
    ),
    partitions=4,
    restricted=True,
    taken_up=True,
    ordered=False,
)
MESSAGES = Topic(
    name="messages.v1",
    writer="identity",
    readers=("notifications",),
    key="citizen_id",
    events=(identity.CodeRequested, identity.ConsentRequested),
    partitions=4,
    retention_ms=_DAY_MS // 24,  # a code is worthless after minutes
    restricted=True,
    ordered=False,
)
# The newest record of a centre, or of an uddokta, counts. Neither has personal data.
CENTRES = Topic(
    name="centres.v1",
    writer="identity",
    readers=("applications", "documents", "programme"),
    key="service_centre_id",
    events=(identity.ServiceCentreChanged,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
UDDOKTAS = Topic(
    name="uddoktas.v1",
    writer="identity",
    readers=("applications", "documents", "programme"),
    key="uddokta_id",
    events=(identity.UddoktaChanged,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
# The newest record of a centre counts. It names a device, and nobody who works there.
LINES = Topic(
    name="lines.v1",
    writer="identity",
    readers=("programme",),
    key="service_centre_id",
    events=(identity.LineMeasured,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
OFFICERS = Topic(
    name="officers.v1",
    writer="identity",
    readers=("cases", "programme"),
    key="officer_id",
    events=(identity.OfficerChanged,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
# Ends and uses cross: applications decides which came first.
MANDATES_ENDED = Topic(
    name="mandates.v1",
    writer="identity",
    readers=("applications", "documents"),
    key="mandate_id",
    events=(identity.MandateEnded,),
    partitions=1,
    quiet=True,
    ordered=False,
)
MANDATES_USED = Topic(
    name="mandates.applications.v1",
    writer="applications",
    readers=("identity", "documents"),
    key="mandate_id",
    events=(applications.MandateUsed,),
    partitions=1,
    quiet=True,
    ordered=False,
)
# What help at centres cost, and what kinds of complaints there are. It names nobody.
ASSISTANCE = Topic(
    name="assistance.v1",
    writer="identity",
    readers=("programme",),
    key="service_centre_id",
    events=(identity.MandateClosed, identity.ComplaintMade),
    partitions=1,
    quiet=True,
    ordered=False,
)
# Erasures have only the citizen's id, so that services that may not read numbers can read them.
ERASURES = Topic(
    name="erasures.v1",
    writer="identity",
    readers=("applications", "cases", "documents", "issuance", "ministries", "notifications"),
    key="citizen_id",
    events=(identity.CitizenErased,),
    partitions=1,
    quiet=True,
    taken_up=True,
    ordered=False,
)
APPLICATIONS_ERASED = Topic(
    name="erasures.applications.v1",
    writer="applications",
    readers=("identity",),
    key="citizen_id",
    events=(applications.ApplicationsErased,),
    partitions=1,
    quiet=True,
    ordered=False,
)
DOCUMENTS_ERASED = Topic(
    name="erasures.documents.v1",
    writer="documents",
    readers=("identity",),
    key="citizen_id",
    events=(documents.DocumentsErased,),
    partitions=1,
    quiet=True,
    ordered=False,
)
DELIVERIES_ERASED = Topic(
    name="erasures.ministries.v1",
    writer="ministries",
    readers=("identity",),
    key="citizen_id",
    events=(ministries.DeliveriesErased,),
    partitions=1,
    quiet=True,
    ordered=False,
)
CASES_ERASED = Topic(
    name="erasures.cases.v1",
    writer="cases",
    readers=("identity",),
    key="citizen_id",
    events=(cases.CasesErased,),
    partitions=1,
    quiet=True,
    ordered=False,
)
# Which papers of officers a case has: documents stores them, and knows no case.
CASE_PAPERS = Topic(
    name="papers.cases.v1",
    writer="cases",
    readers=("documents",),
    key="case_id",
    events=(cases.CasePapersChanged,),
    partitions=1,
    quiet=True,
)
ISSUANCE_ERASED = Topic(
    name="erasures.issuance.v1",
    writer="issuance",
    readers=("identity",),
    key="citizen_id",
    events=(issuance.IssuanceErased,),
    partitions=1,
    quiet=True,
    ordered=False,
)
MESSAGES_ERASED = Topic(
    name="erasures.notifications.v1",
    writer="notifications",
    readers=("identity",),
    key="citizen_id",
    events=(notifications.MessagesErased,),
    partitions=1,
    quiet=True,
    ordered=False,
)
# Every replica of a service that checks tokens reads it from its beginning: a new replica learns of
# the ended sessions whose tokens may still be valid, for 16 minutes.
REVOCATIONS = Topic(
    name="revocations.v1",
    writer="identity",
    readers=(
        "gateway",
        "catalogue",
        "applications",
        "cases",
        "ministries",
        "notifications",
        "documents",
        "programme",
        "issuance",
    ),
    key="revoked_id",
    events=(identity.SessionEnded, identity.SigningKeyRevoked),
    partitions=1,
    retention_ms=_DAY_MS // 24,
    ordered=False,
)
# The ministries whose adapter we run share a topic for each direction, since each fetch names all
# partitions of its consumer, at the broker and in the client: 67 names for one record were a tenth
# of the CPU time of an application (decision 19). These ministries have no login at the broker, and
# our consumer writes rows and calls no ministry.
_SUBMISSIONS = (
    applications.SubmissionMade,
    applications.SubmissionCorrected,
    applications.SubmissionWithdrawn,
)
HOSTED_SUBMISSIONS = Topic(
    name=f"submissions.{HOSTED}.v1",
    writer="applications",
    readers=("ministries",),
    key="application_id",
    events=(*_SUBMISSIONS, applications.SubmissionAppealed),  # of whose connection takes them
    partitions=2,  # as many as its reader has processes in production; more can be added
    restricted=True,
    taken_up=True,
    served_by="hosted",
)
DESK_SUBMISSIONS = Topic(
    name=f"submissions.{DESK}.v1",
    writer="applications",
    readers=("cases",),
    key="application_id",
    events=(*_SUBMISSIONS, applications.SubmissionAppealed),
    partitions=3,
    restricted=True,
    taken_up=True,
    served_by="desk",
)
# A ministry that runs its own adapter has two topics that no other ministry may use.
SUBMISSIONS = Topic(
    name=f"submissions.{MINISTRY_PLACEHOLDER}.v1",
    writer="applications",
    readers=(OWN_ADAPTER,),
    key="application_id",
    # Objections only where the adapter passed the check of them.
    events=(*_SUBMISSIONS, applications.SubmissionAppealed),
    partitions=1,  # with more, keys would move, and nobody knows what an adapter has read
    restricted=True,
    taken_up=True,
    served_by="own",
)
_MINISTRY_EVENTS = (
    ministries.MinistryReceived,
    ministries.MinistryUnreachable,
    ministries.CorrectionAsked,
    ministries.StepReached,
    ministries.MinistryDecided,
)
# Two notes of 4,000 characters have 32,000 bytes in UTF-8 at most, and 48,000 if an adapter writes
# Bangla as \u escapes.
_LARGEST_MINISTRY_EVENT_BYTES = 56 * _KIB
HOSTED_MINISTRIES = Topic(
    name=f"ministries.{HOSTED}.v1",
    writer="ministries",
    readers=("applications",),
    key="application_id",
    events=_MINISTRY_EVENTS,
    partitions=3,  # as many as its reader has processes in production
    has_notes=True,
    largest_bytes=_LARGEST_MINISTRY_EVENT_BYTES,
    served_by="hosted",
)
DESK_MINISTRIES = Topic(
    name=f"ministries.{DESK}.v1",
    writer="cases",
    readers=("applications",),
    key="application_id",
    events=(*_MINISTRY_EVENTS, cases.AppealRecorded),
    partitions=3,
    has_notes=True,
    largest_bytes=_LARGEST_MINISTRY_EVENT_BYTES,
    taken_up=True,
    served_by="desk",
)
MINISTRIES = Topic(
    name=f"ministries.{MINISTRY_PLACEHOLDER}.v1",
    writer=OWN_ADAPTER,
    readers=("applications",),
    key="application_id",
    events=_MINISTRY_EVENTS,
    partitions=1,
    has_notes=True,
    largest_bytes=_LARGEST_MINISTRY_EVENT_BYTES,
    largest_batch_bytes=64 * _KIB,
    served_by="own",
)
# What was decided, for the paper about it: it has what the paper says.
_DECISIONS = (ministries.PaperGranted, ministries.PaperRevoked)
HOSTED_DECISIONS = Topic(
    name=f"decisions.{HOSTED}.v1",
    writer="ministries",
    readers=("issuance",),
    key="application_id",
    events=_DECISIONS,
    partitions=2,
    restricted=True,
    served_by="hosted",
)
DESK_DECISIONS = Topic(
    name=f"decisions.{DESK}.v1",
    writer="cases",
    readers=("issuance",),
    key="application_id",
    events=_DECISIONS,
    partitions=2,
    restricted=True,
    served_by="desk",
)
# What decisions of ministries' own adapters say of their papers: applications knows whose they are.
OWN_DECISIONS = Topic(
    name="decisions.own.v1",
    writer="applications",
    readers=("issuance",),
    key="application_id",
    events=_DECISIONS,
    partitions=1,
    restricted=True,
    served_by="own",
)
# Which papers there are, and which do not hold any more: numbers and nobody's name.
ISSUANCE = Topic(
    name="issuance.v1",
    writer="issuance",
    readers=("applications", "documents"),
    key="application_id",
    events=(
        issuance.PaperIssued,
        issuance.PaperReplaced,
        issuance.PaperWithdrawn,
        issuance.PaperPrinted,
    ),
    partitions=2,
    quiet=True,
    ordered=False,
)
# The newest record of a ministry counts. One is written when the state of its system changes, and
# once a minute at most while the numbers do.
STATUS = Topic(
    name="status.v1",
    writer="ministries",
    readers=("applications",),
    key="ministry",
    events=(ministries.MinistryStatusChanged,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
# The newest record of a ministry counts. It has no address and no credentials.
CONNECTIONS = Topic(
    name="connections.v1",
    writer="ministries",
    readers=("programme",),
    key="ministry",
    events=(ministries.ConnectionChanged,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
# The newest record of a body counts. It has the names and addresses of officials; where nobody
# answers any more, a record without people takes its place.
FOCAL_POINTS = Topic(
    name="focal_points.v1",
    writer="programme",
    readers=("ministries", "cases"),
    key="ministry",
    events=(programme.FocalPointsChanged,),
    partitions=1,
    compacted=True,
    restricted=True,
    quiet=True,
    ordered=False,
)
# The newest record of a holder and a course counts, and of an audience and a course. No names.
QUALIFICATIONS = Topic(
    name="qualifications.v1",
    writer="programme",
    readers=("identity",),
    key="subject",
    events=(programme.QualificationChanged, programme.QualificationNeeded),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
# Whether assisted applications are taken in an area. It has nothing of a citizen.
ROLLOUT = Topic(
    name="rollout.v1",
    writer="programme",
    readers=("identity",),
    key="area",
    events=(programme.AreaStageChanged,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
APPLICATIONS = Topic(
    name="applications.v1",
    writer="applications",
    readers=("gateway", "notifications", "documents", "programme"),
    key="application_id",
    events=(
        applications.ApplicationSubmitted,
        applications.ApplicationReceived,
        applications.ApplicationStepReached,
        applications.ApplicationDelayed,
        applications.CorrectionRequested,
        applications.ApplicationCorrected,
        applications.ApplicationDecided,
        applications.ApplicationAppealed,
        applications.ApplicationOverdue,
        applications.ApplicationDeadlineMoved,
        applications.ApplicationWithdrawn,
        applications.ApplicationMoved,
        applications.ApplicationPaperIssued,
        applications.ApplicationPaperReplaced,
        applications.ApplicationPaperWithdrawn,
        applications.FeedbackGiven,
    ),
    partitions=6,
    has_notes=True,
    taken_up=True,
)
# Counted again at night from the rows of applications: what a reader of events has missed, and what
# a programme whose database is lost had counted before the retention of events.
COUNTS_OF_APPLICATIONS = Topic(
    name="counts.applications.v1",
    writer="applications",
    readers=("programme",),
    key="day",
    events=(applications.DayRecounted,),
    partitions=1,
    compacted=True,
    quiet=True,
    ordered=False,
)
NOTIFICATIONS = Topic(
    name="notifications.v1",
    writer="notifications",
    readers=("gateway", "applications"),
    key="application_id",
    events=(notifications.MessageFailed,),
    partitions=6,
    quiet=True,
    ordered=False,
)

TOPICS = (
    CATALOGUE,
    WORKFLOWS,
    TARIFFS,
    CALENDAR,
    IDENTITY,
    MESSAGES,
    REVOCATIONS,
    CENTRES,
    UDDOKTAS,
    LINES,
    OFFICERS,
    MANDATES_ENDED,
    MANDATES_USED,
    ASSISTANCE,
    ERASURES,
    APPLICATIONS_ERASED,
    DOCUMENTS_ERASED,
    DELIVERIES_ERASED,
    CASES_ERASED,
    CASE_PAPERS,
    ISSUANCE_ERASED,
    MESSAGES_ERASED,
    HOSTED_SUBMISSIONS,
    DESK_SUBMISSIONS,
    SUBMISSIONS,
    HOSTED_MINISTRIES,
    DESK_MINISTRIES,
    MINISTRIES,
    HOSTED_DECISIONS,
    DESK_DECISIONS,
    OWN_DECISIONS,
    ISSUANCE,
    STATUS,
    CONNECTIONS,
    FOCAL_POINTS,
    QUALIFICATIONS,
    ROLLOUT,
    APPLICATIONS,
    COUNTS_OF_APPLICATIONS,
    NOTIFICATIONS,
)

# Services with consumers that can have dead letters. The gateway stores nothing that it reads, and
# no service stores a revocation.
READING_SERVICES = tuple(
    sorted(
        {reader for topic in TOPICS if topic is not REVOCATIONS for reader in topic.readers}
        - {"gateway", OWN_ADAPTER}
    )
)


def largest_batch_bytes(writer: str) -> int:
    """Return the bytes of the largest batch that all topics of a writer accept."""
    limits = (topic.largest_batch_bytes for topic in TOPICS if topic.writer == writer)
    return min(limits, default=LARGEST_RECORD_BYTES)


def longest_kept_days() -> int:
    """Return after how many days Kafka has deleted every record of today, dead letters included.

    Compacted topics, which have nothing of a citizen, are left out.
    """
    retentions = [topic.retention_ms for topic in TOPICS if not topic.compacted]
    return (max([DEAD_LETTER_RETENTION_MS, *retentions]) + SEGMENT_MS) // _DAY_MS


def dead_letter_topic(service: str) -> str:
    """Return the name of a service's dead-letter topic."""
    return f"{service}.deadletter.v1"


def is_known(name: str) -> bool:
    """Return whether a topic on the broker is of the map, or has dead letters of a service."""
    return name in topics_by_name() or name.endswith(dead_letter_topic(""))


def largest_record_bytes(name: str) -> int:
    """Return the bytes of the largest batch of a topic, by its name on the broker."""
    if name.endswith(dead_letter_topic("")):
        return LARGEST_DEAD_LETTER_BYTES
    topic = topics_by_name().get(name)
    return LARGEST_RECORD_BYTES if topic is None else topic.largest_batch_bytes


def purpose_in_database(name: str) -> Literal["rows", "hour"] | None:
    """Return how records of a topic are encrypted while they are rows of a database.

    Args:
        name: on the broker.

    Returns:
        The purpose of the data key (`libs/encryption.py`); None if the records are not personal.
        Records of a topic outside the map are taken for personal.
    """
    topic = topics_by_name().get(name)
    if topic is None or topic.restricted or topic.has_notes:
        return "hour" if topic is not None and topic.is_short_lived else "rows"
    return None


def topic_of(event: Event) -> Topic:
    """Return the topic that we write an event to.

    Submissions, and what is said about them, go to the topics of what has the submission. What does
    not say so is of a hosted ministry: a ministry's own adapter does not use this.

    Raises:
        LookupError: its class belongs to no topic.
    """
    first, *others = topics_of(type(event))
    if not others:
        return first
    served_by = getattr(event, "served_by", None) or HOSTED
    return next(topic for topic in (first, *others) if topic.served_by == served_by)


@cache
def topics_of(event_class: type[Event]) -> tuple[Topic, ...]:
    """Return the topics of an event class, in the order of the map.

    Raises:
        LookupError: the class belongs to no topic.
    """
    found = tuple(topic for topic in TOPICS if event_class in topic.events)
    if not found:
        raise LookupError(f"{event_class.__name__} stands in no topic of the map")
    return found


@cache
def topics_by_name() -> dict[str, Topic]:
    """Return all topics of the map by their names on the broker, without dead-letter topics."""
    return dict(_all_names())


def _all_names() -> Iterator[tuple[str, Topic]]:
    for topic in TOPICS:
        for name in topic.names():
            yield name, topic
