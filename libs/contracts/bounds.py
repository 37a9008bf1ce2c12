r"""The limits of the content of events, with their sources.

They are declared in the fields of the events, so they hold when an event is made and when one is
read, and they stand in the exported JSON Schemas. What a schema cannot say (depth, bytes, a time
that lies ahead) is checked by `libs.messaging.envelope`, with the limits of this file.

Text of an event has no NUL and no control character, as over HTTP: PostgreSQL cannot store NUL, and
the others forge lines in terminals and exports. Notes and forms may hold line breaks (`\n`) and
tabs; ids and numbers may not.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator as After
from pydantic import AwareDatetime, BeforeValidator, Field, GetCoreSchemaHandler
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

from libs.bangladesh.text import LARGEST_NUMBER, MAX_DEPTH, has_forbidden
from libs.contracts.language import Text

LONGEST_NOTE: Final = 4_000
"""Characters of a ministry's note, per language: one page, as in the ministries' HTTP answers."""

LONGEST_CASE_FILE_NUMBER: Final = 100
"""Characters of a file number (নথি নম্বর).

The digital file number of the Secretariat Instructions has 18 digits in 8 groups, 25 characters;
with the memo number and the section's name behind it, the longest in use have about 60.
"""

LONGEST_KEY_BYTES: Final = 64
"""Bytes of a record's key. Keys are UUIDs (36) and ids of public services."""

MOST_AHEAD: Final = timedelta(days=1)
"""Time by which an event may lie ahead of the reader's clock.

A clock that is right and set to a wrong zone is at most 14 hours ahead (UTC+14 is the largest
offset in the time zone database). A later time would be the newest for ever.
"""

WIDEST_ZONE: Final = timedelta(hours=14)
"""The largest offset from UTC in the time zone database (Kiribati); the smallest is -12 hours."""

_FIRST_YEAR, _LAST_YEAR = 2016, 2099
# A clock that has lost its time begins in 1970, 2000 or 2010; the years since leave room for cases
# that are taken over. The longest deadline of the catalogue has 150 working days. In the years 1
# and 9999, arithmetic with zones overflows.
_EARLIEST = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)
_LATEST = datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC)
_YEAR_PATTERN = r"^20(1[6-9]|[2-9][0-9])-"

_LINE_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]*$"
_TEXT_PATTERN = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
_LONGEST_NAME = 300
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def is_written_out(text: str) -> bool:
    """Whether a text is a time of RFC 3339 with its zone, perhaps without seconds."""
    return _TIME.fullmatch(text) is not None


def _only_written_out(value: Any) -> Any:
    """Read a time that is written out: digits alone would be read as seconds since 1970.

    A body is read strictly, where pydantic takes no text after a validator. So it is parsed here.

    Raises:
        PydanticCustomError: it is something else.
    """
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and is_written_out(value):
        with suppress(ValueError):
            return datetime.fromisoformat(value.upper())
    raise PydanticCustomError(
        "datetime_parsing", "a time with its offset, such as 2026-12-16T09:30:00+06:00"
    )


def _only_a_day(value: Any) -> Any:
    """Read a day that is written out, for the same reasons.

    Raises:
        PydanticCustomError: it is something else.
    """
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise PydanticCustomError("date_parsing", "a day, such as 2026-12-16")


def _plain_json(value: dict[str, Any]) -> dict[str, Any]:
    """Check the content of a form, as the forms of HTTP bodies are checked.

    Raises:
        PydanticCustomError: a text or a name has a control character, a number is not finite or has
            more than 18 digits, or it nests deeper than 64 levels.
    """
    _check_plain(value, MAX_DEPTH)
    return value


def _check_plain(value: Any, levels: int) -> None:
    match value:
        case str():
            _check_characters(value)
        case dict() | list() | tuple():
            if levels == 0:
                raise PydanticCustomError("too_deep", "it nests too deep")
            for item in (*value, *value.values()) if isinstance(value, dict) else value:
                _check_plain(item, levels - 1)
        case int() | float():
            if not isfinite(value) or abs(value) > LARGEST_NUMBER:
                raise PydanticCustomError("number_out_of_range", "a number has too many digits")
        case _:
            return


def _check_characters(text: str) -> None:
    if has_forbidden(text):
        raise PydanticCustomError("control_character", "a text has a control character")


@dataclass(frozen=True, slots=True)
class TextWithin:
    """Limits a `Text` in both languages.

    Args:
        longest: characters in each language.
    """

    longest: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """The text's own schema, and then the limits."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The text's own schema, and beside it the limits of its fields."""
        limit = {"type": "string", "maxLength": self.longest, "pattern": _TEXT_PATTERN}
        return {**handler(schema), "properties": {"bn": limit, "en": limit}}

    def _checked(self, text: Text) -> Text:
        for version in (text.bn, text.en):
            if len(version) > self.longest:
                raise PydanticKnownError("string_too_long", {"max_length": self.longest})
            _check_characters(version)
        return text


def _line(longest: int, *, shortest: int = 1) -> Any:
    return Field(min_length=shortest, max_length=longest, pattern=_LINE_PATTERN)


PublicServiceId = Annotated[str, _line(20)]
"""An id of the catalogue, `S001` to `S081`; as long as `SubmitApplication` takes."""

MinistryId = Annotated[str, _line(40)]
"""An id of a body; the longest of the 67 has 16 characters. Kafka takes 249 in a topic's name."""

IssuedTrackingNumber = Annotated[str, _line(20)]
"""NS and 15 symbols in three groups, `libs.ids.new_tracking_number`: always 20 characters."""

ServiceCentreId = Annotated[str, _line(40)]
"""As long as `SubmitApplication` takes."""

KbitS = Annotated[int, Field(ge=0, le=100_000_000, strict=True)]
"""Speed of a line, in 1,000 bits a second; 100 Gbit/s at most."""

RoundTripMs = Annotated[int, Field(ge=0, le=600_000, strict=True)]
"""Time of a round trip on a line; ten minutes at most."""

CaseFileNumber = Annotated[str, _line(LONGEST_CASE_FILE_NUMBER, shortest=0)]
"""The ministry's own number of the case; see `LONGEST_CASE_FILE_NUMBER`."""

Note = Annotated[Text, TextWithin(LONGEST_NOTE)]
"""A ministry's words to the citizen; see `LONGEST_NOTE`."""

Name = Annotated[Text, TextWithin(_LONGEST_NAME)]
"""The name of a public service. The longest of the 81 has 46 characters; 300 fill five SMS."""

Grounds = Annotated[str, Field(min_length=1, max_length=2_000, pattern=_TEXT_PATTERN)]
"""What a citizen writes against a decision."""

AppealDays = Annotated[int, Field(ge=1, le=730, strict=True)]
"""Days, all counted, in which a citizen may object to a refusal."""

DocumentName = Annotated[str, Field(max_length=_LONGEST_NAME, pattern=_TEXT_PATTERN)]
"""The name of a paper to bring. The longest of the catalogue has 49 characters."""

Duty = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""What an officer may do at an office, as the roles of workflows are named."""

MOST_ROUTING_RULES: Final = 200
"""Versions of routing rules of one public service: a city corporation has ten zones at most, and a
rule by level covers the country. 200 of the longest fill 160 KiB, under the topic's 256 KiB."""

MOST_ADAPTER_CHANGES: Final = 20
"""Versions of the adapter of one public service that hold now or later."""

RoutingRuleId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")]
"""An id of a routing rule, or the name of a form's field."""

OfficeId = Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9_-]{0,59}$")]
"""An id of an office, such as `union-U2393`: what it is, and the code of its area."""

CategoryId = Annotated[str, _line(40)]
"""An id of a category. The longest has 11 characters."""

Phone = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{5,14}$", description="E.164")]
"""A number of ITU-T E.164: at most 15 digits after the plus sign."""

Initials = Annotated[str, _line(12)]
"""The first letters of a name, at most three, each with a full stop."""

PhoneEnding = Annotated[str, Field(pattern=r"^[0-9]{3}$")]
"""The last digits of a number, by which its owner recognises it."""

ErasedRows: TypeAlias = Annotated[
    dict[Annotated[str, _line(40)], Annotated[int, Field(ge=0, le=10**9, strict=True)]],
    Field(max_length=20),
]
"""Rows by what they are; a service has fewer than 20 tables with a citizen's data."""

OneTimeCode = Annotated[str, _line(20)]
"""As long as `ExchangeCode` takes; ours have six digits."""

KeyId = Annotated[str, _line(100)]
"""The `kid` of a signing key. A thumbprint of RFC 7638 has 43 characters."""

Template = Annotated[str, _line(60)]
"""The name of a template of notifications; the longest has 20 characters."""

Reason = Annotated[str, _line(100)]
"""A code of ours for why a message failed; a provider's own has at most 40 characters."""

FormAnswers: TypeAlias = Annotated[dict[str, Any], Field(max_length=500), After(_plain_json)]
"""Answers to a form, or the form itself.

The largest form has 27 questions. Depth, text and numbers are limited as in a body over HTTP: 64
levels, no control characters, numbers of 18 digits, which fit PostgreSQL's bigint.
"""

FormRules: TypeAlias = Annotated[tuple[FormAnswers, ...], Field(max_length=100)]
"""Rules of a form beside its schema; the largest form has four."""

DocumentNames: TypeAlias = Annotated[tuple[DocumentName, ...], Field(max_length=50)]
"""Papers to bring; the catalogue names at most four."""

FormVersion = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
"""Counts the changes of a form."""

FeeBdt = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]
"""Whole taka. The dearest service costs 4,025; a crore is more than any fee of the state."""

DeadlineDays = Annotated[int, Field(ge=0, le=1_000, strict=True)]
"""Working days. The longest deadline of the catalogue is 150."""

Moment = Annotated[AwareDatetime, BeforeValidator(_only_written_out)]
"""A time with its zone, written out."""

Day = Annotated[date, BeforeValidator(_only_a_day)]
"""A day, written out."""

EventTime = Annotated[
    AwareDatetime,
    Field(ge=_EARLIEST, lt=_LATEST, json_schema_extra={"pattern": _YEAR_PATTERN}),
    BeforeValidator(_only_written_out),
]
"""A time of the years 2016 to 2099 with its zone, written out."""

EventDay = Annotated[
    date,
    Field(ge=_EARLIEST.date(), lt=_LATEST.date(), json_schema_extra={"pattern": _YEAR_PATTERN}),
    BeforeValidator(_only_a_day),
]
"""A day of the years 2016 to 2099, written out."""

LIMITS_OF_EVERY_VALUE: Final[Mapping[str, str]] = {
    "depth": f"at most {MAX_DEPTH} levels of lists and objects",
    "members": "the names within an object differ (RFC 7493)",
    "text": "no NUL, and in forms no control character but tab and line feed, in names neither",
}
"""Limits of every event's value that a JSON Schema cannot state, for its description."""
