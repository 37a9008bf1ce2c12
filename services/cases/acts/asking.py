"""The values that an officer sets with an act: how they are asked, and which answers are taken."""

from collections.abc import Collection, Mapping

from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.cases import AskedChoice, AskedValue
from libs.contracts.language import Text
from libs.errors import Refused
from libs.workflows.model import Value, Workflow


def asked_values(workflow: Workflow, names: Collection[str]) -> dict[str, AskedValue]:
    """Return how values are asked that a workflow describes, by their names."""
    values = workflow.values or {}
    return {name: _asked(values[name]) for name in sorted(names) if name in values}


def names_of_values(workflow: Workflow, names: Collection[str]) -> dict[str, Text]:
    """Return the names of values that a workflow describes."""
    values = workflow.values or {}
    return {name: _text(values[name].name) for name in sorted(names) if name in values}


def read_values(workflow: Workflow, typed: Mapping[str, str]) -> dict[str, str | int]:
    """Return what an officer set, as its workflow describes it.

    Of one that it does not describe, a whole number is a number: conditions compare it so.

    Raises:
        Refused: it is no whole number, outside its limits, or none of the choices.
    """
    values = workflow.values or {}
    return {
        name: _checked(values[name], text, f"/values/{name}") if name in values else _plain(text)
        for name, text in typed.items()
    }


def _plain(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdigit() else text


def _checked(value: Value, text: str, pointer: str) -> str | int:
    match value.kind:
        case "whole":
            try:
                number = parse_int(text)
            except Malformed:
                raise Refused("value_no_number", pointer=pointer) from None
            least = value.least or 0
            if number < least or (value.most is not None and number > value.most):
                raise Refused("value_out_of_range", pointer=pointer)
            return number
        case "choice":
            if text not in (value.choices or {}):
                raise Refused("value_not_offered", pointer=pointer)
            return text
        case "text":
            return text


def _asked(value: Value) -> AskedValue:
    return AskedValue(
        kind=value.kind,
        least=value.least,
        most=value.most,
        choices=[
            AskedChoice(value=key, name=_text(name)) for key, name in (value.choices or {}).items()
        ],
    )


def _text(name: Text) -> Text:
    return Text(bn=name.bn, en=name.en)
