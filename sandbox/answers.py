"""JSON responses of the sandbox."""

from pydantic_core import to_json
from starlette.responses import Response


def json_model_response(value: object) -> Response:
    """Make a JSON response; fields of a model that are None are left out."""
    return Response(to_json(value, exclude_none=True), media_type="application/json")
