from libs.contracts.language import Text
from libs.web.handling.responses import json_response


def test_answer_is_the_model_as_json() -> None:
    """An answer carries its status, its headers, and Bangla as it is written."""
    got = json_response(Text(bn="সেবা", en="Service"), 201, {"cache-control": "no-store"})
    assert (got.status_code, got.headers["content-type"]) == (201, "application/json")
    assert got.body == '{"bn":"সেবা","en":"Service"}'.encode()
    assert got.headers["cache-control"] == "no-store"
