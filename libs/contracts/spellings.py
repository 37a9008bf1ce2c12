"""The accepted spellings of fields that are read in any usual spelling, for the API document.

The patterns and bounds are those of `libs.bangladesh`, which reads the fields and says what is
wrong in plain words. Here they are only stated, so that a client can check before it sends, and
makes no request that is refused for its form (docs/decisions/0020-limits-that-are-declared.md).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import trunc
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator, Field, TypeAdapter
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic_core import CoreSchema
from typing_extensions import TypeAliasType

from libs.bangladesh.geography import districts
from libs.bangladesh.identifiers import EARLIEST_BIRTH_YEAR, LATEST_BIRTH_YEAR
from libs.bangladesh.phone import operators
from libs.bangladesh.text import LARGEST_NUMBER, bangla_digits, parse_int

# One separator between two digits, so that every text that matches is short enough.
_BLANKS: Final = "[ \\n\\t\u2010-\u2015\u2212-]?"
_MARKS: Final = "[ \\n\\t\u2010-\u2015\u2212./()\\[\\]-]?"
_IN_CODES: Final = "[ \\t\u2010\u2011\u2013-]?"
_DIGIT: Final = "[0-9০-৯]"


def _one_of(digits: Iterable[str]) -> str:
    """One of these digits, in Latin or Bangla."""
    latin = "".join(sorted(set(digits)))
    return f"[{latin}{bangla_digits(latin)}]"


def _written(text: str, between: str) -> str:
    """Digits with separators between and after them."""
    return "".join(f"{_one_of(digit)}{between}" for digit in text)


def _any_of(codes: Iterable[str], between: str) -> str:
    """One of several codes of the same length, which begin alike where they can."""
    by_first: defaultdict[str, set[str]] = defaultdict(set)
    for code in codes:
        by_first[code[0]].add(code[1:])
    if not any(map(any, by_first.values())):
        return _one_of(by_first) + between
    branches = (
        f"{_one_of(first)}{between}{_any_of(rest, between)}"
        for first, rest in sorted(by_first.items())
    )
    return f"(?:{'|'.join(branches)})"


def _last_digits(prefixes: Iterable[str]) -> str:
    return _one_of(prefix[-1] for prefix in prefixes)


def _digits(count: int, between: str) -> str:
    return f"(?:{_DIGIT}{between}){{{count}}}"


def _years() -> str:
    """The centuries of a year of birth, and the rest of it."""
    first, last = parse_int(EARLIEST_BIRTH_YEAR), parse_int(LATEST_BIRTH_YEAR)
    decades = {str(year)[:3] for year in range(first, last + 1)}
    return f"{_any_of(decades, _BLANKS)}{_DIGIT}{_BLANKS}"


def _as_in_document(description: str, pattern: str, examples: list[str], longest: int) -> Any:
    return Field(
        min_length=1,
        max_length=longest,
        description=description,
        examples=examples,
        json_schema_extra={"pattern": pattern},
    )


_COUNTRY: Final = rf"(?:(?:\+|{_written('00', _MARKS)}){_MARKS})?{_written('880', _MARKS)}{_MARKS}"
_MOBILE: Final = (
    rf"^{_MARKS}(?:{_COUNTRY})?(?:{_written('0', _MARKS)})?{_written('1', _MARKS)}"
    rf"{_last_digits(operators())}{_MARKS}{_digits(8, _MARKS)}$"
)
_CODE: Final = f"^{_IN_CODES}(?:{_digits(6, _IN_CODES)}|{_digits(9, _IN_CODES)})$"
_DISTRICT: Final = _any_of((district.district_code2 for district in districts()), _BLANKS)
_BIRTH_REGISTRATION: Final = f"{_years()}{_digits(13, _BLANKS)}"
_NID: Final = f"{_digits(10, _BLANKS)}|(?:{_years()})?{_DISTRICT}{_digits(11, _BLANKS)}"

Mobile = Annotated[
    str,
    _as_in_document(
        "Mobile number in any usual spelling", _MOBILE, ["01712345678", "০১৭১২-৩৪৫৬৭৮"], 40
    ),
]
"""A mobile number of Bangladesh, `libs.bangladesh.phone`."""

CodeOfSms = Annotated[
    str, _as_in_document("Digits, Bangla or Latin", _CODE, ["482913", "৪৮২ ৯১৩"], 20)
]
"""A one-time code of six digits, or of nine after wrong ones."""

Nid = Annotated[
    str,
    _as_in_document(
        "Of 10, 13 or 17 digits, Bangla or Latin", f"^{_BLANKS}(?:{_NID})$", ["1234567890"], 40
    ),
]
"""A national identity number, `libs.bangladesh.identifiers`."""

BirthRegistrationNumber = Annotated[
    str,
    _as_in_document(
        "Of 17 digits, Bangla or Latin, from the year of birth on",
        f"^{_BLANKS}{_BIRTH_REGISTRATION}$",
        ["19902692612345678"],
        40,
    ),
]
"""A birth registration number, `libs.bangladesh.identifiers`."""


def _whole(value: Any) -> Any:
    """Take 2.0 as 2, as JSON Schema does: JSON has one kind of number."""
    return trunc(value) if isinstance(value, float) and value.is_integer() else value


AS_WHOLE_NUMBER: Final = BeforeValidator(_whole)
"""Reads a whole number of a body however a client writes it; after its bounds, which would else be
missing in the document."""

# A line break of another system, and NEL, become blanks before the text is checked.
_ANSWER: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]*$"
_NAME: Final = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
_STORABLE: Final = r"^[^\x00]*$"


@dataclass(frozen=True, slots=True)
class _NamesWithin:
    """States which characters the names of an object may have.

    Args:
        pattern: of a name.
    """

    pattern: str

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The object's own schema, with a pattern of its names."""
        return {**handler(schema), "propertyNames": {"pattern": self.pattern}}


_Object = Annotated[dict[str, "FormAnswer"], _NamesWithin(_NAME)]
_Number = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
_Text = Annotated[str, Field(pattern=_ANSWER)]
FormAnswer = TypeAliasType(
    "FormAnswer",
    "_Object | list[FormAnswer] | _Text | _Number | bool | None",
)
"""One answer in a form, `libs.bangladesh.text`: no control characters, numbers of 18 digits."""

_StorableText = Annotated[str, Field(pattern=_STORABLE)]
_StorableObject = Annotated[dict[str, "StorableValue"], _NamesWithin(_STORABLE)]
StorableValue = TypeAliasType(
    "StorableValue",
    "_StorableObject | list[StorableValue] | _StorableText | float | bool | None",
)
"""A value of any JSON that a body may have: no text and no name with NUL."""


@dataclass(frozen=True, slots=True)
class _Stated:
    """The schema of an object that `libs.bangladesh.text` or `libs.web.handling.body` checks.

    Args:
        adapter: of the type that has the schema.
    """

    adapter: TypeAdapter[Any]

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema, with that of one value among the definitions."""
        return handler(self.adapter.core_schema)


Answers: TypeAlias = Annotated[
    dict[str, Any], _Stated(TypeAdapter(Annotated[dict[str, FormAnswer], _NamesWithin(_NAME)]))
]
"""Answers to a form, by field."""

StorableJson: TypeAlias = Annotated[
    dict[str, Any],
    _Stated(TypeAdapter(Annotated[dict[str, StorableValue], _NamesWithin(_STORABLE)])),
]
"""Any JSON object that a body may have."""
