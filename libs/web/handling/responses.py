"""JSON answers."""

from collections.abc import Mapping

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response


def json_response(
    model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a model as JSON."""
    return Response(
        to_json(model), status_code=status, media_type="application/json", headers=headers
    )
