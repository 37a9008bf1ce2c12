"""How JSON Schemas are made of our models."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import override


class SchemasWithoutTitles(GenerateJsonSchema):
    """Leaves out the title that repeats a field's own name."""

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
