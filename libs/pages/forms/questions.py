"""The questions of a form, read from its JSON Schema."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from libs.contracts.language import Text

Kind: TypeAlias = Literal[
    "text", "long_text", "digits", "phone", "whole", "decimal", "date", "choice", "choices",
    "yes_no", "agree", "district", "area", "union", "address", "group", "rows", "paper",
]  # fmt: skip
Schema: TypeAlias = Mapping[str, Any]

DATE_PARTS: Final = ("day", "month", "year")
DISTRICT: Final = "district"
"""The part of an address that is asked to shorten the list of areas, and is not sent."""

PAPER_ID: Final = "document_id"
"""The part of a paper that says which one it is; it is chosen on a page of its own."""

_DIGITS_ONLY: Final = frozenset("^$[](){}?:|0123456789,-+/\\")
_MOST_ROWS: Final = 20
_ISSUED: Final = "issued_on"
_OF_EACH_ROW: Final = ("label", "accept", "document_kind", "dated")
_DISTRICT_LABEL: Final = Text(bn="জেলা", en="District")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: the value in the body, as text, and its label."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class Question:
    """One question, or a group of them.

    Args:
        name: of the control: the path in the body with dots, such as `father.nid`.
        kind: which control asks it.
        label: its name.
        help: what to write, where the form says so.
        required: whether it must be answered, unless a condition says otherwise.
        schema: of the answer, without `$ref`.
        options: the choices.
        parts: the questions inside; of rows, those of one row, with `#` for its number.
        prefill: what the form says about an answer that is known already.
    """

    name: str
    kind: Kind
    label: Text
    help: Text | None
    required: bool
    schema: Schema
    options: tuple[Option, ...] = ()
    parts: tuple["Question", ...] = ()
    prefill: str = ""

    @property
    def key(self) -> str:
        """Its name in its own object."""
        return self.name.rpartition(".")[2]

    @property
    def place(self) -> str:
        """The id of its control, or of the first one."""
        if self.kind == "date":
            return f"{self.name}.{DATE_PARTS[0]}"
        if self.kind == "address":
            return f"{self.name}.{DISTRICT}"
        if self.kind == "choices":
            return self.control_of(self.options[0])
        if self.kind == "rows":
            return self.row(0)[0].place
        if self.kind == "paper":
            return f"{self.name}.{PAPER_ID}"
        return self.parts[0].place if self.parts else self.name

    @property
    def takes_pdf(self) -> bool:
        """Whether a paper may be a PDF, as several photos become; else it is one photo."""
        accept = self.schema.get("ui", {}).get("accept")
        return accept is None or "pdf" in accept["kinds"]

    def takes(self, media_type: str) -> bool:
        """Whether a paper may be kept as it is: as a photo, or a PDF."""
        return self.takes_pdf or media_type == "image/jpeg"

    @property
    def document_kind(self) -> str | None:
        """The kind of paper that is asked for; None for any."""
        kind: str | None = self.schema.get("ui", {}).get("document_kind")
        return kind

    @property
    def upload_kind(self) -> str:
        """The kind under which a new paper is kept; the name of a field that takes any kind."""
        return self.document_kind or self.name.partition(".")[0]

    @property
    def most_rows(self) -> int:
        """The maximum number of rows."""
        most: int = self.schema.get("maxItems", _MOST_ROWS)
        return most

    def control_of(self, option: Option) -> str:
        """The name of the control of one of several choices."""
        return f"{self.name}.{option.value}"

    def row(self, number: int) -> tuple["Question", ...]:
        """The questions of one row, counted from 0."""
        return tuple(
            _numbered(part, f"{self.name}.#", f"{self.name}.{number}") for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class Section:
    """The questions of one page."""

    section_id: str
    title: Text
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a public service.

    Args:
        sections: its pages, in order.
        conditions: `if`, `then`, `else` of the schema: which questions are asked.
    """

    sections: tuple[Section, ...]
    conditions: tuple[Schema, ...]

    @property
    def addresses(self) -> Iterator[Question]:
        """All addresses, in order, also those inside groups; not those of rows."""
        waiting = list(self.questions)
        while waiting:
            question = waiting.pop(0)
            if question.kind == "address":
                yield question
            elif question.kind == "group":
                waiting[:0] = question.parts

    @property
    def questions(self) -> Iterator[Question]:
        """All questions, in order."""
        return (question for section in self.sections for question in section.questions)

    def section(self, section_id: str) -> Section | None:
        """Return a page by its id, or None."""
        return next(
            (section for section in self.sections if section.section_id == section_id), None
        )

    def section_with(self, field: str) -> Section | None:
        """Return the page that asks a field of the form, or None."""
        return next(
            (
                section
                for section in self.sections
                if field in {question.name for question in section.questions}
            ),
            None,
        )


def read_form(schema: Schema, sections: Sequence[Schema]) -> Form:
    """Read the form of a public service.

    Args:
        schema: self-contained, as `ServiceView.form`.
        sections: as `ServiceView.form_sections`.
    """
    definitions = schema.get("$defs", {})
    fields, required = schema["properties"], set(schema.get("required", ()))
    return Form(
        sections=tuple(
            Section(
                section_id=section["id"],
                title=Text(**section["title"]),
                questions=tuple(
                    _question(name, fields[name], definitions, required=name in required)
                    for name in section["fields"]
                ),
            )
            for section in sections
        ),
        conditions=tuple(
            condition
            for condition in schema.get("allOf", ())
            if isinstance(condition, Mapping) and "if" in condition
        ),
    )


def _question(name: str, node: Schema, definitions: Schema, *, required: bool) -> Question:
    schema = _resolved(node, definitions)
    ui = schema.get("ui", {})
    kind = _kind_of(schema, ui)
    choices = schema.get("items", {}) if kind == "choices" else schema
    key = name.rpartition(".")[2]
    return Question(
        name=name,
        kind=kind,
        label=Text(**ui["label"]) if "label" in ui else Text(bn=key, en=key),
        help=Text(**ui["help"]) if "help" in ui else None,
        required=required,
        schema=schema,
        options=tuple(_option(value, ui) for value in choices.get("enum", ())),
        parts=_parts_of(name, kind, schema, definitions),
        prefill=ui.get("prefill", ""),
    )


def _resolved(node: Schema, definitions: Schema) -> dict[str, Any]:
    """Return a schema with the definition that it refers to, and its own members over it."""
    if "$ref" not in node:
        return dict(node)
    own = {name: value for name, value in node.items() if name != "$ref"}
    return {**_resolved(definitions[node["$ref"].rpartition("/")[2]], definitions), **own}


def _kind_of(schema: Schema, ui: Schema) -> Kind:
    if "const" in schema:
        return "agree"
    if "enum" in schema:
        return "choice"
    match schema.get("type"):
        case "boolean":
            return "yes_no"
        case "integer":
            return "whole"
        case "number":
            return "decimal"
        case "array":
            return "choices" if "enum" in schema["items"] else "rows"
        case "object":
            return _kind_of_object(schema.get("properties", {}))
        case _:
            return _kind_of_text(schema, ui)


def _kind_of_object(fields: Schema) -> Kind:
    if fields.keys() >= {"area", "union"}:
        return "address"
    return "paper" if PAPER_ID in fields else "group"


def _kind_of_text(schema: Schema, ui: Schema) -> Kind:
    pattern = schema.get("pattern", "")
    if schema.get("format") == "date":
        return "date"
    if ui.get("control") == "district":
        return "district"
    if ui.get("control") == "tel" or "880" in pattern:
        return "phone"
    if ui.get("control") == "textarea" or schema.get("maxLength", 0) > 500:
        return "long_text"
    return "digits" if pattern and set(pattern) <= _DIGITS_ONLY else "text"


def _option(value: Any, ui: Schema) -> Option:
    label = ui.get("options", {}).get(str(value))
    return Option(str(value), Text(**label) if label else Text(bn=str(value), en=str(value)))


def _parts_of(name: str, kind: Kind, schema: Schema, definitions: Schema) -> tuple[Question, ...]:
    if kind == "choices":
        return ()
    if kind == "rows":
        item = _resolved(schema["items"], definitions)
        fields = _fields_of(f"{name}.#", item, definitions)
        if fields and PAPER_ID not in item["properties"]:
            return fields
        ui = {key: schema["ui"][key] for key in _OF_EACH_ROW if key in schema.get("ui", {})}
        row = {**item, "ui": {**ui, **item.get("ui", {})}}
        return (_question(f"{name}.#", row, definitions, required=True),)
    parts = _fields_of(name, schema, definitions)
    if kind == "paper" and schema.get("ui", {}).get("dated") is False:
        return tuple(part for part in parts if part.key != _ISSUED)
    if kind != "address":
        return parts
    district = Question(
        f"{name}.{DISTRICT}", "district", _DISTRICT_LABEL, help=None, required=True, schema={}
    )
    kinds: Mapping[str, Kind] = {"area": "area", "union": "union"}
    return (district, *(replace(part, kind=kinds.get(part.key, part.kind)) for part in parts))


def _fields_of(name: str, schema: Schema, definitions: Schema) -> tuple[Question, ...]:
    required = set(schema.get("required", ()))
    return tuple(
        _question(f"{name}.{key}", node, definitions, required=key in required)
        for key, node in schema.get("properties", {}).items()
    )


def _numbered(question: Question, before: str, after: str) -> Question:
    return replace(
        question,
        name=question.name.replace(before, after, 1),
        parts=tuple(_numbered(part, before, after) for part in question.parts),
    )
