"""Days and times in requests are written out."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, get_args

import pytest
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from libs.contracts.dead_letters import ReplayDeadLetters
from operations.declarations import routes_of
from services.registry import REGISTRY

DAY, TIME = "2026-12-16", "2026-12-16T09:30:00+06:00"
NUMBERS = ("1797379200", "1797379200000", "0")  # pydantic reads them as seconds since 1970


def days_and_times() -> Iterator[tuple[str, TypeAdapter[Any], str]]:
    """The fields of all declared bodies and queries with a day or a time, and an example."""
    models: dict[type[BaseModel], None] = {ReplayDeadLetters: None}
    for entry in REGISTRY:
        for declared in routes_of(entry.package):
            for model in (declared.signature.model("body"), declared.signature.model("query")):
                models |= dict.fromkeys(models_in(model))
    for model in models:
        for name, field in model.model_fields.items():
            kinds = kinds_of(field.annotation)
            if kinds & {date, datetime}:
                yield f"{model.__name__}.{name}", adapter(field), DAY if date in kinds else TIME


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """A model and the models of its fields."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models_in(field.annotation)
    for part in get_args(kind):
        yield from models_in(part)


def kinds_of(kind: Any) -> set[Any]:
    """The types of which an annotation is made."""
    plain = datetime if kind is AwareDatetime else kind
    return {plain}.union(*(kinds_of(part) for part in get_args(kind)))


def adapter(field: FieldInfo) -> TypeAdapter[Any]:
    kinds: Any = (field.annotation, *field.metadata)
    annotation: Any = Annotated[kinds] if field.metadata else field.annotation
    return TypeAdapter(annotation)


@pytest.mark.parametrize(
    ("read", "written"),
    [pytest.param(read, written, id=name) for name, read, written in days_and_times()],
)
def test_a_number_is_no_day_and_no_time(read: TypeAdapter[Any], written: str) -> None:
    """A body is read strictly, a query as text; both take what is written out."""
    for value in read.validate_json(f'"{written}"', strict=True), read.validate_strings(written):
        assert value.isoformat() == written
    for number in NUMBERS:
        with pytest.raises(ValidationError):
            read.validate_json(f'"{number}"', strict=True)
        with pytest.raises(ValidationError):
            read.validate_strings(number)
