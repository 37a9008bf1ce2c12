"""The 67 ministries, ministry divisions and offices of the government, as of June 2025."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

BodyKind = Literal["ministry", "ministry_division", "office"]

_FILE: Final = Path(__file__).with_name("reference") / "ministries_divisions.json"
_KINDS: Final[Mapping[str, BodyKind]] = {
    "ministry": "ministry",
    "division": "ministry_division",
    "office": "office",
}


@dataclass(frozen=True, slots=True)
class Body:
    """A ministry, a ministry's division or an office; `parent` is the body it belongs to.

    nothi_code is the two digits with which the body's document numbers begin.
    """

    body_id: str
    kind: BodyKind
    parent: str | None
    name_en: str
    name_bn: str
    nothi_code: str | None
    website: str


@cache
def bodies() -> tuple[Body, ...]:
    """Return the 67 bodies, every body after its parent."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["rows"]
    return tuple(
        Body(
            body_id=row["id"],
            kind=_KINDS[row["kind"]],
            parent=row["parent"],
            name_en=row["name_en"],
            name_bn=row["name_bn"],
            nothi_code=row["nothi_code"],
            website=row["website"],
        )
        for row in rows
    )


@cache
def bodies_by_id() -> Mapping[str, Body]:
    """Return every body under its id."""
    return MappingProxyType({body.body_id: body for body in bodies()})
