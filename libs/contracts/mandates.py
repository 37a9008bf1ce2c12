"""Mandates: a citizen lets an uddokta apply once, at a fixed price (owned by identity)."""

import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from libs.contracts.bounds import (
    Day,
    EventTime,
    FeeBdt,
    IssuedTrackingNumber,
    ServiceCentreId,
)
from libs.contracts.catalogue import FormOrigin
from libs.contracts.contract import Contract
from libs.contracts.issuance import PaperNumber
from libs.contracts.language import Text
from libs.contracts.spellings import Answers

ConsentKind = Literal["own_phone", "guardian_phone", "shared_phone", "witness"]
"""The form of consent: by a code to a citizen's own phone; to the phone of a guardian; to a shared
phone, with a PIN of her own; or before an officer, who confirms it with a login of his own."""

MandateState = Literal["requested", "active", "used", "revoked", "expired"]
EndReason = Literal["revoked", "expired", "uddokta_stopped", "centre_stopped", "citizen_erased"]
ENDED_BY_CITIZEN: Final[frozenset[EndReason]] = frozenset({"revoked", "citizen_erased"})
"""The ends that also take the follow-up of a used mandate away. Any other one is for a mandate that
is not used; identity may send it before it has read of the use."""

MandateOutcome = Literal["used", "refused", "revoked", "stopped", "expired"]
"""How a mandate to apply ended. `used`: the application was sent. `refused`: nobody consented, or
wrong codes were typed too often. `revoked`: the citizen took a consent back. `stopped`: the
uddokta or the centre was stopped, or the citizen erased."""

ComplaintKind = Literal["overcharged", "refused", "rude", "wrong", "other", "not_said"]
"""What a citizen says of the help. `overcharged`: more than the price was asked. `refused`: nobody
helped. `rude`: somebody was rude. `wrong`: what was sent is not what was wanted. `not_said`: nobody
asked for the kind."""

MandateNotice = Literal["mandate_used", "mandate_used_before_end", "mandate_ended_by_us"]
FlagKind = Literal[
    "one_phone_many_citizens", "code_returned_fast", "too_many_an_hour", "outside_opening_hours",
    "centre_above_population", "complaint", "office_above_population",
    "device_of_citizen_and_helper", "fee_differs", "applicant_changed", "first_use_of_phone",
]  # fmt: skip

ApplicantPart = Literal["name", "number", "birth_date"]
"""What says who an applicant is; `number`: an NID or birth registration number."""
_NID_DIGITS: Final = 13
ApplicantParts = Annotated[tuple[ApplicantPart, ...], Field(max_length=3)]

MANDATE_TYPE: Final = "nagorik_mandate"
"""The `type` of what the token of a mandate allows (RFC 9396, section 2)."""

PRINTING_TYPE: Final = "nagorik_printing"
"""The `type` of what a token allows with which papers about a decision are printed at a centre."""

FeeBasis = Literal["sourced", "told_by_office"]
"""The basis of a fee: it was published, or an uddokta has entered what the office told."""

HIGHEST_TOLD_FEE_BDT: Final = 25_000
"""The most taka that a centre takes for an office whose fee was not published.

It is about three times the dearest published fee. A higher fee is paid at the office.
"""

HIGHEST_CHARGE_BDT: Final = 10_000
ChargeBdt = Annotated[int, Field(ge=0, le=HIGHEST_CHARGE_BDT, strict=True)]


NotProven = Literal["who_the_citizen_is", "whose_phone_it_is", "earlier_use_of_phone"]
"""What a consent leaves open: nobody has seen who the citizen is; nobody knows whose the phone is
that consented for her; and it did so for the first time."""


MOST_REPLACED: Final = 8
_LONGEST_ANSWER: Final = 60
_LAST_DIGITS: Final = 4
_BETWEEN_NAMES: Final = " .'-\u200c\u200d"
_END_OF_NUMBER: Final = re.compile(r"\.\.\.[0-9]{1,4}")
_DATE: Final = re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4}")
ShortAnswer = Annotated[str, Field(min_length=1, max_length=_LONGEST_ANSWER)]


def number_mark(mandate_id: UUID, kind: Literal["nid", "birth"], number: str) -> str:
    """Return the mark by which a form is compared with the number of a consent.

    It begins with the kind of number. Of an NID with the year of birth before it, the year is left
    out, since it is also written without.
    """
    written = number[-_NID_DIGITS:] if kind == "nid" else number
    return f"{kind}:{hmac.digest(mandate_id.bytes, written.encode(), 'sha256').hex()}"


FEE_DAYS: Final[Mapping[str, str]] = {"S001": "birth_date", "S004": "death_date"}
"""The field of the form with the day that decides on the fee."""


def fee_day_mark(mandate_id: UUID, day: str) -> str:
    """Return the mark by which a form is compared with the day (ISO 8601) that decided on a fee."""
    return hmac.digest(mandate_id.bytes, day.encode(), "sha256").hex()


class Replacement(Contract):
    """What a correction changes of who the applicant is, in the words of the consent.

    It is written by `replacement_of`, the same wherever it is compared, and has nothing that an
    SMS could lead anywhere with: letters of a name, the end of a number, a date.
    """

    model_config = ConfigDict(frozen=True)

    part: ApplicantPart
    before: ShortAnswer | None = Field(default=None, description="Null where nothing stood there")
    after: ShortAnswer | None = Field(default=None, description="Null where nothing stands there")

    @model_validator(mode="after")
    def _check_short(self) -> Self:
        for answer in (self.before, self.after):
            if answer is not None and not _is_short(self.part, answer):
                raise ValueError("not as a consent words it")
        return self


Replacements = Annotated[tuple[Replacement, ...], Field(max_length=MOST_REPLACED)]


def replacement_of(part: ApplicantPart, before: object, after: object) -> Replacement:
    """Word the change of an answer: a name, the last four digits of a number, or a date."""
    return Replacement(part=part, before=_short(part, before), after=_short(part, after))


def replaced_mark(correction_id: UUID, replaced: Sequence[Replacement]) -> str:
    """Return the mark by which a correction is compared with what the citizen has read."""
    words = "\n".join(f"{part.part}\t{part.before}\t{part.after}" for part in replaced)
    return hmac.digest(correction_id.bytes, words.encode(), "sha256").hex()


def _short(part: ApplicantPart, answer: object) -> str | None:
    if not isinstance(answer, str) or not answer:
        return None
    match part:
        case "name":
            letters = "".join(sign if _is_of_name(sign) else " " for sign in answer)
            return " ".join(letters.split())[:_LONGEST_ANSWER] or None
        case "number":
            return f"...{answer[-_LAST_DIGITS:]}"
        case "birth_date":
            return "-".join(reversed(answer.split("-")))


def _is_short(part: ApplicantPart, answer: str) -> bool:
    match part:
        case "name":
            return all(map(_is_of_name, answer))
        case "number":
            return bool(_END_OF_NUMBER.fullmatch(answer))
        case "birth_date":
            return bool(_DATE.fullmatch(answer))


def _is_of_name(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM" or sign in _BETWEEN_NAMES


class MandateEvidence(Contract):
    """How a citizen agreed to an assisted submission; goes to the ministry with it."""

    model_config = ConfigDict(frozen=True)

    mandate_id: UUID
    uddokta_id: UUID
    service_centre_id: ServiceCentreId
    consent: ConsentKind
    consented_at: EventTime
    fee_bdt: FeeBdt
    fee_basis: FeeBasis = "told_by_office"
    fee_at_office: bool = Field(
        default=False,
        strict=True,
        description="Whether the citizen pays the fee at the office; `fee_bdt` is 0 then, since "
        "the centre has taken none",
    )
    charge_bdt: ChargeBdt
    not_proven: tuple[NotProven, ...] = Field(
        default=(), max_length=3, description="What the consent does not prove"
    )


class RequestMandate(Contract):
    """Ask a citizen to be allowed to apply once for one public service (uddokta)."""

    model_config = ConfigDict(extra="forbid")

    public_service_id: str = Field(min_length=1, max_length=20)
    consent: ConsentKind = "own_phone"
    phone: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="Of the citizen, the guardian, or shared; never an uddokta's. None before a "
        "witness",
    )
    number: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="NID or birth registration number of a citizen without a phone",
    )
    applicant: str | None = Field(
        default=None,
        min_length=1,
        max_length=120,
        description="Name of a citizen without a phone; only its initials are kept, and sent to "
        "whoever consents",
    )
    fee_bdt: int | None = Field(
        default=None,
        ge=0,
        le=10_000_000,
        strict=True,
        description="As the office has told it, where the fee was not published: "
        f"{HIGHEST_TOLD_FEE_BDT} at most",
    )
    fee_at_office: bool = Field(
        default=False,
        strict=True,
        description="Whether the citizen pays a fee that was not published at the office, where it "
        "is higher or not known at the centre, which takes none",
    )
    fee_case: str | None = Field(
        default=None,
        max_length=40,
        description="Where the fee depends on a case that is asked: one of `fee_cases`",
    )
    fee_date: Day | None = Field(
        default=None,
        description="Where a day decides on the case: that day, such as of birth; the form must "
        "have the same",
    )


class ConfirmConsent(Contract):
    """Enter the code that the citizen has read out; with the PIN for a shared phone."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=20, description="Digits, Bangla or Latin")
    pin: str | None = Field(
        default=None,
        min_length=1,
        max_length=20,
        description="Of a citizen without a phone; the first one is kept as the citizen's PIN",
    )
    number: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="Of the profile, after `account_proof_needed`",
    )


class RequestCorrection(Contract):
    """Ask a citizen to agree to a correction of who the applicant is, or to an objection."""

    model_config = ConfigDict(extra="forbid")

    correction_id: UUID = Field(description="As applications answered to the proposed correction")
    changes: ApplicantParts = Field(description="Nothing for an objection to the refusal")
    replaced: Replacements = Field(
        default=(), description="As applications answered; the citizen reads it with the code"
    )


class MandateView(Contract):
    """A mandate; `complaints` is what I wrote about the help, the oldest first."""

    mandate_id: UUID
    state: MandateState
    public_service_id: str
    public_service_name: Text
    service_centre_id: str
    service_centre_name: Text
    helper: Text = Field(description="First name of the uddokta")
    consent: ConsentKind
    phone: str | None = Field(description="Masked but for the last digits")
    applicant: str | None = Field(
        default=None, description="Initials of a citizen without a phone of her own"
    )
    for_another: bool = Field(
        default=False, description="Whether I was asked to consent for another citizen"
    )
    witness_number: str | None = Field(
        default=None, description="What an officer types who witnesses the consent"
    )
    fee_bdt: int
    fee_basis: FeeBasis = "told_by_office"
    fee_at_office: bool = Field(
        default=False, description="Whether the citizen pays it at the office, and none here"
    )
    fee_case: Text | None = Field(default=None, description="The case on which the fee depends")
    fee_day: date | None = Field(
        default=None,
        description="The day that decided on the case, while the helper fills in the form, which "
        "must have the same; for the helper only",
    )
    form_origin: FormOrigin = Field(
        default="this_project", description="Who made the form; only the ministry's is official"
    )
    charge_bdt: int
    total_bdt: int
    cap_bdt: int
    requested_at: AwareDatetime
    consented_at: AwareDatetime | None = None
    expires_at: AwareDatetime = Field(description="When it ends unless it is used before")
    sends_left: int = Field(description="How often the code can still be sent")
    tracking_number: str | None = None
    used_at: AwareDatetime | None = None
    complained: bool = False
    complaints: list[str] = Field(default=[])
    complaint_answer: str | None = Field(
        default=None, description="The newest answer to my complaints; null for everybody else"
    )
    grievance: str | None = Field(
        default=None, description="The tracking number of my newest grievance about the help"
    )
    corrects: UUID | None = Field(
        default=None,
        description="The mandate of the application that is to be corrected, for a consent to "
        "that; it costs nothing more",
    )
    changes: ApplicantParts = Field(
        default=(),
        description="What the correction changes; nothing if it is an objection to the refusal",
    )
    replaced: Replacements = Field(
        default=(), description="And how; nothing for whoever consents for another citizen"
    )


class MandateList(Contract):
    """Mandates, the newest first."""

    items: list[MandateView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class RevokedMandate(MandateView):
    """The state of a mandate that the citizen stopped."""

    withdraw_at: str | None = Field(
        default=None,
        description="If it was used before: where the application can be withdrawn",
    )


class MandateToken(Contract):
    """The token with which one application can be sent (RFC 8693, section 2.2.1)."""

    access_token: str
    issued_token_type: Literal["urn:ietf:params:oauth:token-type:access_token"] = (
        "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
    )
    token_type: Literal["DPoP"] = "DPoP"  # noqa: S105
    expires_in: int
    authorization_details: list[dict[str, Any]] = Field(description="RFC 9396")
    submit_at: str = Field(description="Address that the proof of the submission names (`htu`)")


class Complain(Contract):
    """Complain about the help with an application."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=2000)
    kind: ComplaintKind = Field(default="not_said", description="What it is about")
    grievance: IssuedTrackingNumber | None = Field(
        default=None,
        description="The tracking number of my grievance (G001) in which it is answered",
    )


class ComplaintList(Contract):
    """The complaints about a mandate, the oldest first."""

    items: list[str]
    kinds: list[ComplaintKind] = Field(default=[], description="Of each of `items`, in their order")
    answers: list[str | None] = Field(
        default=[], description="To each of `items`, in their order; null without one"
    )
    grievances: list[str | None] = Field(
        default=[],
        description="In which each of `items` is answered instead; null where it is answered here",
    )


class DayAccount(Contract):
    """The money that an uddokta has taken on a day, in whole taka."""

    day: date
    used: int = Field(description="Applications sent")
    fees_bdt: int
    told_fees_bdt: int = Field(
        default=0, description="Of these, what offices told and nobody has confirmed"
    )
    charges_bdt: int
    total_bdt: int
    items: list[MandateView]


class FlagView(Contract):
    """Something that a person of the programme should look at; it has refused nothing."""

    flag_id: UUID
    kind: FlagKind
    uddokta_id: UUID
    service_centre_id: str
    mandate_id: UUID | None
    raised_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    outcome: str | None = None


class FlagList(Contract):
    """Flags, the oldest first."""

    items: list[FlagView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class CloseFlag(Contract):
    """The finding about a flag."""

    model_config = ConfigDict(extra="forbid")

    outcome: str = Field(min_length=3, max_length=500)
    answer: str | None = Field(
        default=None,
        min_length=3,
        max_length=1000,
        description="What whoever complained reads; needed unless a grievance answers it",
    )


class CentreFigures(Contract):
    """The figures of a centre for the last 30 days."""

    service_centre_id: str
    name: Text
    area: str
    district: str = Field(description="Code of its district, or of its city corporation's")
    state: str
    uddoktas: int
    requested: int
    used: int
    revoked: int
    complaints: int
    open_flags: int


class CentreFiguresList(Contract):
    """The figures of service centres, by id."""

    items: list[CentreFigures]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class ApplyAssisted(Contract):
    """Send the application of a mandate; the token says for whom, for what, and where."""

    model_config = ConfigDict(extra="forbid")

    form: Answers = Field(description="Answers to the service's form schema")
    documents: list[Annotated[str, Field(max_length=1200)]] = Field(
        default_factory=list,
        max_length=30,
        description="The receipts of the papers that the form names, as documents gave them",
    )


class ProposedCorrection(Contract):
    """A correction of who the applicant is, or an objection, that waits for the citizen's yes."""

    correction_id: UUID = Field(description="Of these answers: others have another id")
    mandate_id: UUID = Field(description="With which the application was sent")
    changes: ApplicantParts = Field(description="Nothing for an objection")
    replaced: Replacements = Field(default=(), description="What stood there, and what will stand")
    kept_until: AwareDatetime = Field(description="It is deleted then, unless it was sent before")


class CounterDraft(Contract):
    """An uddokta's draft with a citizen, in a form that the front end chooses."""

    model_config = ConfigDict(extra="forbid")

    answers: dict[str, Any]
    correction_of: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="Tracking number of the application that is corrected, or to whose refusal one "
        "objects; none for a new one",
    )


AssistedPaperState = Literal["to_print", "printed", "ended"]
"""`ended`: it was printed, and was withdrawn or replaced since."""


class AssistedPaper(Contract):
    """A paper about a decision, for a citizen who has no phone of her own."""

    number: PaperNumber
    state: AssistedPaperState
    waits: bool = Field(description="Whether it is to be printed, or its end to be told")
    printed_at: AwareDatetime | None = Field(description="When it was printed first")
    ended_at: AwareDatetime | None = None


class AssistedNews(Contract):
    """A ministry's decision or request, for a citizen who has no phone of her own."""

    news_id: UUID
    mandate_id: UUID
    tracking_number: str
    public_service_name: Text
    what: Literal["correction_requested", "approved", "refused", "lapsed"]
    note: Text | None = Field(default=None, description="The ministry's words to the citizen")
    case_file_number: str | None = Field(
        default=None, description="Of the ministry, by which it is asked for the paper"
    )
    at: AwareDatetime
    told_by: UUID | None = Field(default=None, description="The uddokta who told the citizen")
    told_at: AwareDatetime | None = None
    taken_over: bool = Field(
        default=False,
        description="Whether another uddokta sent the application, who alone corrects it",
    )
    papers: list[AssistedPaper] = Field(
        default_factory=list,
        description="Of a decision: a printed one, and the one that holds; the newest first",
    )


class AssistedNewsList(Contract):
    """News that I have to tell citizens, or have told them, the newest first."""

    items: list[AssistedNews]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class LeftNews(Contract):
    """What nobody at a centre tells any more, or an uddokta has just taken over."""

    applications: int = Field(description="Of how many, 50 at a time")


class AssistedTrackingCode(Contract):
    """The tracking code on the receipt of an application."""

    tracking_number: str
    tracking_code: str | None = Field(
        description="Tracks the application in place of a mobile number; null for a citizen with "
        "a phone of her own"
    )
