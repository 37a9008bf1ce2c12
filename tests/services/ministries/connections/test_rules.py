import pytest
from pydantic import ValidationError

from services.ministries.connections.rules import Connection


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "ftp://ministry.example"},
        {"address": "https://ministry.example/"},
        {"address": "https://ministry.example/a b"},
        {"address": "https://মন্ত্রণালয়.example"},
        {"adapter": "fax"},
        {"credentials": "../other"},
        {"read_every_s": 0},
        {"unknown": 1},
    ],
)
def test_a_wrong_connection_is_refused(wrong: dict[str, object]) -> None:
    """What an operator types is checked before it holds."""
    with pytest.raises(ValidationError):
        Connection.model_validate({"address": "https://ministry.example", **wrong})
