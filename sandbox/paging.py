"""Numbers in a request's query."""

from starlette.requests import Request

from libs.bangladesh.text import Malformed, parse_int
from libs.errors import Refused


def number_of(request: Request, name: str, *, otherwise: int, most: int) -> int:
    """Read a number of the query; what is left out or too large becomes a sound one.

    Args:
        request: whose query.
        name: the parameter.
        otherwise: the number where it is left out.
        most: the largest number there is any use for.

    Raises:
        Refused: it is there, and not digits only.
    """
    text = request.query_params.get(name)
    if text is None:
        return otherwise
    try:
        return min(parse_int(text), most)
    except Malformed as failure:
        raise Refused("sandbox_number_malformed", failure.reason, pointer=f"/{name}") from None
