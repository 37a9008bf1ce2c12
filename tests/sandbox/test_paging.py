import pytest
from starlette.requests import Request

from libs.errors import Refused
from sandbox.paging import number_of


def request(query: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


def test_a_number_is_read_however_it_is_written() -> None:
    """Bangla digits count, what is left out is as usual, and what is too large is cut."""
    assert number_of(request("n=12"), "n", otherwise=1, most=100) == 12
    assert number_of(request("n=%E0%A7%A7%E0%A7%A8"), "n", otherwise=1, most=100) == 12
    assert number_of(request(""), "n", otherwise=7, most=100) == 7
    assert number_of(request("n=5000"), "n", otherwise=1, most=100) == 100


@pytest.mark.parametrize("query", ["n=", "n=-1", "n=1.5", "n=a"])
def test_anything_else_is_refused(query: str) -> None:
    """The parameter at fault is named."""
    with pytest.raises(Refused) as refusal:
        number_of(request(query), "n", otherwise=1, most=100)
    assert refusal.value.pointer == "/n"
