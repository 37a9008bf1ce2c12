"""Events and HTTP bodies that identity owns."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field

from libs.bangladesh.text import ascii_digits, normalise
from libs.contracts.bounds import (
    Day,
    Duty,
    EventDay,
    EventTime,
    FeeBdt,
    Initials,
    IssuedTrackingNumber,
    KbitS,
    KeyId,
    MinistryId,
    Name,
    OfficeId,
    OneTimeCode,
    Phone,
    PhoneEnding,
    PublicServiceId,
    RoundTripMs,
    ServiceCentreId,
)
from libs.contracts.catalogue import AreaCode, FormOrigin
from libs.contracts.centres import CentreState, UddoktaState
from libs.contracts.contract import Contract
from libs.contracts.events import Event
from libs.contracts.language import Language, Text
from libs.contracts.mandates import (
    ApplicantParts,
    ChargeBdt,
    ComplaintKind,
    EndReason,
    FeeBasis,
    MandateNotice,
    MandateOutcome,
    Replacements,
)
from libs.contracts.spellings import BirthRegistrationNumber, CodeOfSms, Mobile, Nid, StorableJson

PASSWORD_MIN_CHARS: Final = 12
PASSWORD_MAX_CHARS: Final = 200


class ContactChanged(Event):
    """A citizen's phone or language changed, or is new."""

    citizen_id: UUID
    phone: Phone
    language: Language


class ContactRemoved(Event):
    """A citizen's number was taken from the account; nothing can be sent until a new one comes."""

    citizen_id: UUID


Notice = Literal[
    "erasure_requested",
    "erasure_cancelled",
    "phone_change_requested",
    "phone_change_cancelled",
    "phone_changed",
    "complaint_answered",
]


class NoticeRequested(Event):
    """A citizen is to be told about the account, at this number, by SMS."""

    citizen_id: UUID
    phone: Phone
    language: Language
    notice: Notice
    on: EventDay | None = Field(default=None, description="When it happens, in Dhaka")
    gone_by: EventDay | None = Field(
        default=None, description="When no copy of erased data is left on any topic"
    )
    phone_ending: PhoneEnding | None = Field(
        default=None, description="The last digits of the account's new number"
    )


class CitizenErased(Event):
    """A citizen's personal data must be deleted by all services.

    The account is closed, and no token of it is accepted any more.
    """

    citizen_id: UUID


class CodeRequested(Event):
    """A citizen requested a one-time code, which is to be sent until `expires_at`."""

    citizen_id: UUID
    phone: Phone
    language: Language
    code: OneTimeCode
    expires_at: EventTime


class SessionEnded(Event):
    """A login was ended: by its owner, by an operator, or since its refresh token was stolen.

    Access tokens of the session are refused from now on, before they expire.
    """

    revoked_id: UUID = Field(description="The session, `sid` in its tokens")


class SigningKeyRevoked(Event):
    """A signing key was stolen; every token that it signed is refused from now on."""

    revoked_id: KeyId = Field(description="The key, `kid` in the header of its tokens")


class ServiceCentreChanged(Event):
    """A service centre as it is now; the newest event of a key counts."""

    service_centre_id: ServiceCentreId
    name: Name
    area: Annotated[str, Field(min_length=1, max_length=20)]
    state: CentreState
    union_id: Annotated[str, Field(max_length=20)] | None = Field(
        default=None, description="Its union; null in a city corporation, and where nobody said it"
    )
    ward: Annotated[int, Field(ge=1, le=200)] | None = Field(
        default=None, description="The number of its ward; null where nobody said it"
    )


class LineMeasured(Event):
    """A device of a centre measured the line there; the newest event of a centre counts."""

    service_centre_id: ServiceCentreId
    device_id: UUID
    down_kbit_s: KbitS
    round_trip_ms: RoundTripMs


class StandIn(Contract):
    """A duty that an officer has for a colleague who is away, from the first to the last day."""

    duty: Duty
    since: EventDay
    until: EventDay
    absent_id: UUID = Field(description="Who is away")


class OfficerChanged(Event):
    """An officer as others need one; the newest event of an officer counts. It has no name."""

    officer_id: UUID
    ministry: MinistryId
    office_id: OfficeId | None
    area: AreaCode | None = Field(
        description="For which the office is responsible; null for the whole country"
    )
    duties: Annotated[tuple[Duty, ...], Field(max_length=50)] = Field(
        description="What the officer may do at this office"
    )
    active: bool = Field(strict=True)
    acts_until: EventDay | None = Field(
        default=None,
        description="The last day on which the officer may act: the end of a qualification, or the "
        "day before one is needed; null while none is needed",
    )
    stands_in: Annotated[tuple[StandIn, ...], Field(max_length=200)] = Field(
        default=(),
        description="Duties at this office of colleagues who are away, each in its days only; also "
        "those to come, and those that ended a few days ago",
    )


class UddoktaChanged(Event):
    """An uddokta as the platform knows one now, without personal data."""

    uddokta_id: UUID
    service_centre_id: ServiceCentreId
    state: UddoktaState
    licensed_until: EventDay | None = Field(
        default=None,
        description="The last day of licence and qualification; null in events of before",
    )


class MandateEnded(Event):
    """A mandate is over: no application can be sent with it any more."""

    mandate_id: UUID
    reason: EndReason


class MandateClosed(Event):
    """A mandate to apply is over, with what it cost. It names no citizen and no uddokta.

    An application that was sent although its mandate had ended meanwhile is announced again, as
    `used`. A consent to a correction costs nothing, and is not announced.
    """

    service_centre_id: ServiceCentreId
    area: AreaCode = Field(description="Upazila or city corporation of the centre")
    public_service_id: PublicServiceId
    outcome: MandateOutcome
    fee_bdt: FeeBdt | None = Field(
        description="Taken at the centre; null where the citizen pays an unpublished one at the "
        "office"
    )
    charge_bdt: ChargeBdt = Field(description="Of the centre")


class ComplaintMade(Event):
    """A citizen complained about the help at a centre: of what kind, and no words.

    Each kind is announced once of a mandate.
    """

    service_centre_id: ServiceCentreId
    area: AreaCode = Field(description="Upazila or city corporation of the centre")
    public_service_id: PublicServiceId
    kind: ComplaintKind


class _MandateMessage(Event):
    """The base of messages about a mandate to the phone of the consenting person."""

    citizen_id: UUID
    phone: Phone
    language: Language
    public_service_name: Name
    service_centre_name: Name
    helper: Name = Field(description="First name of the uddokta")
    fee_bdt: FeeBdt
    fee_basis: FeeBasis = "told_by_office"
    fee_at_office: bool = Field(
        default=False, strict=True, description="Whether the citizen pays it at the office"
    )
    fee_case: Name | None = Field(default=None, description="The case on which the fee depends")
    form_origin: FormOrigin = Field(
        default="this_project", description="Who made the form; only the ministry's is official"
    )
    charge_bdt: ChargeBdt
    changes: ApplicantParts = Field(
        default=(),
        description="What a correction changes of who the applicant is; empty for an application",
    )
    applicant: Initials | None = Field(
        default=None,
        description="Initials of the citizen, where the phone is not the citizen's own",
    )


class ConsentRequested(_MandateMessage):
    """A citizen is asked whether an uddokta may apply; the code says yes until `expires_at`."""

    code: OneTimeCode
    cap_bdt: ChargeBdt
    expires_at: EventTime
    tracking_number: IssuedTrackingNumber | None = Field(
        default=None, description="Of the application that is to be corrected"
    )
    replaced: Replacements = Field(
        default=(),
        description="What stood there and what will stand, for the citizen's own phone only",
    )


class MandateMessageRequested(_MandateMessage):
    """The consenting person is to get a message about a mandate's state."""

    notice: MandateNotice
    tracking_number: IssuedTrackingNumber | None = None
    application_id: UUID | None = Field(
        default=None,
        description="The application whose news go to this number from now on, since its citizen "
        "has none",
    )
    phone_of: UUID | None = Field(
        default=None,
        description="Whose account has this number, where it is not the citizen's; once that is "
        "erased, the number is not stored again, whenever the event is read",
    )


DeviceToken = Annotated[
    str | None,
    Field(
        max_length=200,
        description="The newest that a login on this device returned, of whichever phone",
    ),
]


class RequestCode(Contract):
    """Request a one-time code by SMS."""

    model_config = ConfigDict(extra="forbid")

    phone: Mobile
    device_token: DeviceToken = None


class CodeSent(Contract):
    """The code will be sent; the answer is the same for known and unknown numbers."""

    expires_in_s: int
    accounts_only: bool = Field(
        default=False,
        description="Very many codes are asked for, and this one is sent only if the number has an "
        "account. Say so: a new number waits, an hour at least",
    )


class ExchangeCode(Contract):
    """Exchange a one-time code for tokens."""

    model_config = ConfigDict(extra="forbid")

    phone: Mobile
    code: CodeOfSms
    device_token: DeviceToken = None
    number: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="National identity or birth registration number of the profile, after "
        "`account_proof_needed`",
    )
    new_account: bool = Field(
        default=False,
        description="After `account_proof_needed`: begin a new, empty account; the old one stays "
        "with its owner, who claims it at a service centre",
    )


class RefreshTokens(Contract):
    """Exchange a refresh token for new tokens; each can be used once."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: str = Field(min_length=1, max_length=200)


class Tokens(Contract):
    """An access token for 15 minutes and a refresh token for the next one."""

    access_token: str
    refresh_token: str
    expires_in_s: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105


class LoginTokens(Tokens):
    """The tokens of a login, and one that stays on the device when the session ends."""

    device_token: str = Field(
        description="Keep one per phone, and send it with the next request for a code: a device "
        "on which the phone has logged in does not share the limits of its internet connection"
    )
    erasure_due_at: AwareDatetime | None = Field(
        default=None, description="When the account will be erased, unless that is cancelled"
    )


_Passkey = Annotated[
    StorableJson,
    Field(description="What the browser answered, as JSON (`PublicKeyCredential.toJSON`)"),
]


class ProveIdentity(Contract):
    """Show the password, and a code of the app or the answer of a passkey."""

    model_config = ConfigDict(extra="forbid")

    password: str = Field(min_length=1, max_length=PASSWORD_MAX_CHARS)
    code: str | None = Field(
        default=None, min_length=1, max_length=20, description="Digits, Bangla or Latin"
    )
    passkey: _Passkey | None = None


class LogInStaff(ProveIdentity):
    """Log in as a member of staff."""

    username: str = Field(min_length=1, max_length=40)
    device_token: str | None = Field(
        default=None,
        max_length=200,
        description="What the newest login of this username on this device returned",
    )


class ChangePassword(LogInStaff):
    """Show the password of now and a second factor, and choose another password."""

    new_password: str = Field(
        min_length=1,
        max_length=PASSWORD_MAX_CHARS,
        description="12 to 200 characters, not among the common ones",
        json_schema_extra={"minLength": PASSWORD_MIN_CHARS},
    )


class StaffTokens(Tokens):
    """The tokens of a login of staff, and one that stays on the device when the session ends."""

    device_token: str = Field(
        description="Keep one per username, and send it with the next login: wrong logins from "
        "elsewhere do not delay those of this username on this device"
    )
    roles: list[str] = Field(
        default=[],
        description="The roles of the person, for the page that a front end shows first; more may "
        "come",
    )


class AccessToken(Contract):
    """An access token for 15 minutes; the refresh token stays as it was."""

    access_token: str
    expires_in_s: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105


class PasskeyOptions(Contract):
    """The argument for `navigator.credentials` (W3C Web Authentication Level 3)."""

    public_key: dict[str, Any] = Field(description="Its `publicKey`, as JSON")


class AddPasskey(Contract):
    """Add the passkey that the browser made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    passkey: _Passkey


class PasskeyView(Contract):
    """A passkey of mine."""

    passkey_id: str
    name: str
    added_at: AwareDatetime


class PasskeyList(Contract):
    """My passkeys, the oldest first."""

    items: list[PasskeyView]


class SessionView(Contract):
    """One login on one device."""

    session_id: UUID
    opened_at: AwareDatetime
    refreshed_at: AwareDatetime = Field(description="When its tokens were last renewed")
    expires_at: AwareDatetime = Field(description="When it ends unless its tokens are renewed")
    is_this: bool = Field(description="Whether this request came over it")
    browser: str | None = Field(
        default=None,
        description="Browser and system by name, as the login said (`Chrome, Android`); null if "
        "it named neither that we know",
    )


class SessionList(Contract):
    """Where a person is logged in, the newest first."""

    items: list[SessionView]


class Profile(Contract):
    """The profile of the citizen who is logged in."""

    citizen_id: UUID
    phone: str = Field(description="Masked but for the last digits")
    language: Language
    nid: str | None = Field(default=None, description="Masked but for the last digits")
    birth_registration_number: str | None = Field(default=None, description="Masked likewise")
    roles: list[str]


class ChangePhone(Contract):
    """Change the number of my account; ask for a code for each number first."""

    model_config = ConfigDict(extra="forbid")

    phone: Mobile = Field(description="The new number")
    code: CodeOfSms = Field(description="From the SMS to the new number")
    old_code: CodeOfSms | None = Field(
        default=None,
        description="From the SMS to the number until now; without it the change takes some days",
    )


class PhoneView(Contract):
    """The number of my account, and the one that it will have."""

    phone: str = Field(description="Masked but for the last digits")
    new_phone: str | None = Field(default=None, description="Masked likewise; null for no change")
    changes_at: AwareDatetime | None = Field(
        default=None, description="When the number changes, unless that is cancelled"
    )


class RequestErasure(Contract):
    """Request the erasure of my account, with a fresh code for my number."""

    model_config = ConfigDict(extra="forbid")

    code: CodeOfSms


class KeptData(Contract):
    """Data that are not deleted, and why."""

    what: Text
    why: Text


class ErasureView(Contract):
    """The erasure of my account: until `due_at` it can be cancelled."""

    requested_at: AwareDatetime
    due_at: AwareDatetime = Field(
        description="The account is closed then, and applications that still run are withdrawn"
    )
    gone_by: date = Field(description="The last copies have expired by this day")
    kept: list[KeptData]


_IN_LINE: Final = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"


def _plain(value: Any) -> Any:
    return normalise(value) if isinstance(value, str) else value


def _number(value: Any) -> Any:
    return ascii_digits(normalise(value)) if isinstance(value, str) else value


# The patterns stand before the reading, so that the document has them; what they take is still
# right when it has been read: blanks and joiners at the ends are gone then.
_Line = Annotated[
    str,
    Field(max_length=120, pattern=f"^{_IN_LINE}*[!-~ঀ-৿]{_IN_LINE}*$"),
    BeforeValidator(_plain),
]
_BanglaName = Annotated[
    str,
    Field(
        min_length=2,
        max_length=120,
        pattern="^[ঀ-৿.:()-][ঀ-৿\u200c\u200d .:()-]*[ঀ-৿.:()-]$",
    ),
    BeforeValidator(_plain),
]
_LatinName = Annotated[
    str,
    Field(min_length=2, max_length=120, pattern="^[A-Za-z.'()-][A-Za-z .'()-]*[A-Za-z.'()-]$"),
    BeforeValidator(_plain),
]


class PostalAddress(Contract):
    """An address as forms ask for it; division and district are the beginning of `area`."""

    model_config = ConfigDict(extra="forbid")

    area: Annotated[str, Field(pattern="^(?:[0-9]{6}|[0-9]{8})$"), BeforeValidator(_number)] = (
        Field(description="Code of an upazila (6 digits) or a city corporation (8)")
    )
    union: Annotated[str, Field(pattern="^U[0-9]{1,5}$"), BeforeValidator(_number)] | None = None
    ward: Annotated[int, Field(ge=1, le=99), BeforeValidator(_number)] | None = None
    post_code: Annotated[str, Field(pattern="^[1-9][0-9]{3}$"), BeforeValidator(_number)] | None = (
        None
    )
    village: _Line | None = None
    road_or_house: _Line | None = None


class PersonalDetails(Contract):
    """The details that a citizen may save for forms."""

    model_config = ConfigDict(extra="forbid")

    name_bn: _BanglaName | None = None
    name_en: _LatinName | None = None
    birth_date: Day | None = None
    sex: Literal["male", "female", "third"] | None = None
    father_name: _BanglaName | None = None
    mother_name: _BanglaName | None = None
    present_address: PostalAddress | None = None
    permanent_address: PostalAddress | None = None


class SaveDetails(PersonalDetails):
    """Save details; those left out are not kept."""

    consent: Literal[True] = Field(description="That they are kept until they are deleted")


class DetailsView(PersonalDetails):
    """The saved details of a citizen; all null where there are none.

    The numbers are those of the profile. They are shown in full only to who saved details.
    """

    nid: str | None = None
    birth_registration_number: str | None = None
    saved_at: AwareDatetime | None = None


class UpdateProfile(Contract):
    """Change the given fields; others do not change."""

    model_config = ConfigDict(extra="forbid")

    language: Language | None = None
    nid: Nid | None = None
    birth_registration_number: BirthRegistrationNumber | None = None
