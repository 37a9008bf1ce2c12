import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.errors import Refused, Unreadable
from libs.web.handling.body import parse_json, read_body, read_json
from libs.web.handling.responses import json_response
from tests.libs.web.running import Answer, app_with, ask


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    count: int = 0
    form: dict[str, Any] = {}


async def take(request: Request) -> Response:
    return json_response(await read_body(request, Form))


async def post(raw: bytes, content_type: str | None = "application/json") -> Answer:
    headers = {"content-type": content_type} if content_type else {}
    app = app_with(Route("/a", take, methods=["POST"]))
    return await ask(app, "POST", "/a", headers=headers, chunks=[raw])


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b'{"name":"a","count":5.0}', {"count": 5}),
        (b'{"name":"a","count":5e2}', {"count": 500}),
        (b'{"name":"a","form":{"a":[1.0,1.5]}}', {"form": {"a": [1, 1.5]}}),
        (b'{"name":"a","form":{"a":100000000000000000000}}', {"form": {"a": 1e20}}),
    ],
)
async def test_whole_numbers_are_those_of_json_schema(raw: bytes, read: dict[str, Any]) -> None:
    """`5.0` is an integer; a number beyond 64 bits is a double, as other JSON parsers read it."""
    answer = await post(raw)
    assert (answer.status, answer.json()) == (200, {"name": "a", "count": 0, "form": {}} | read)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"{", 400, "not_json"),
        (b"\xff\xfe", 400, "not_json"),
        (b'{"name":"a"} x', 400, "not_json"),
        (b'{"name":NaN}', 400, "not_json"),
        (b'{"name":Infinity}', 400, "not_json"),
        (b'{"name":1e999}', 400, "not_json"),
        (b"9" * 5_000, 400, "not_json"),
        (b'{"name":"\\ud800"}', 400, "not_json"),
        (b'{"name":"\xed\xa0\x80"}', 400, "not_json"),
        (b'{"name":"a\x00b"}', 400, "not_json"),
        (b'{"name":"a\\u0000b"}', 422, "control_character"),
        (b'{"form":{"\\u0000":1},"name":"a"}', 422, "control_character"),
        (b'{"name":"a","name":"b"}', 400, "duplicate_member"),
        (b'{"name":"a","form":{"x":1,"x":1}}', 400, "duplicate_member"),
        (b"[" * 10_000, 400, "too_deep"),
        (b"[" * 10_000 + b"]" * 10_000, 400, "too_deep"),
        (b'{"a":' * 6_000 + b"1" + b"}" * 6_000, 400, "too_deep"),
        (b"x" * 70_000, 413, "body_too_large"),
        (b'{"name":99999999999999999999999999}', 422, "wrong_shape"),
        (b'{"name":"a","count":"5"}', 422, "wrong_shape"),
        (b'{"name":"a","count":true}', 422, "wrong_shape"),
        (b'{"name":"a","other":1}', 422, "wrong_shape"),
        (b"[]", 422, "wrong_shape"),
        (b"null", 422, "wrong_shape"),
    ],
)
async def test_bad_body_is_a_clear_problem(raw: bytes, status: int, code: str) -> None:
    """A bad body is answered with its errors."""
    got = await post(raw)
    assert (got.status, got.code) == (status, code)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=cp1252",
    ],
)
async def test_body_must_have_a_json_content_type(content_type: str | None) -> None:
    """A body of another content type is refused."""
    got = await post(b'{"name":"a"}', content_type)
    assert (got.status, got.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=UTF-8", "application/merge-patch+json"],
)
async def test_json_is_taken_under_its_names(content_type: str) -> None:
    """JSON types are accepted in any case, with a charset, and as +json."""
    assert (await post('{"name":"রহিমা"}'.encode(), content_type)).status == 200


async def test_faults_point_to_their_fields() -> None:
    """One answer has the pointers of all wrong fields."""
    got = await post(b'{"count":"x","a/b~c":1}')
    assert {field_error["pointer"] for field_error in got.json()["errors"]} == {
        "/name",
        "/count",
        "/a~1b~0c",
    }


@pytest.mark.parametrize(("levels", "status"), [(63, 200), (64, 400)])
async def test_a_body_nests_64_levels_and_no_more(levels: int, status: int) -> None:
    """The object around it counts; lists and objects count the same."""
    lists, objects = levels // 2, levels - levels // 2
    inside = b"[" * lists + b'{"a":' * (objects - 1) + b"1" + b"}" * (objects - 1) + b"]" * lists
    assert (await post(b'{"name":"a","form":{"x":%s}}' % inside)).status == status


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    """Any bytes are parsed or refused."""
    try:
        parse_json(raw)
    except (Refused, Unreadable):
        return


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(), x, max_size=3),
        max_leaves=10,
    )
)
def test_any_object_is_read_or_refused(form: Any) -> None:
    """Any object is read unchanged or refused."""
    import json

    raw = json.dumps({"name": "a", "form": {"x": form}}).encode()
    try:
        read = read_json(raw, Form)
    except (Refused, Unreadable):
        return
    assert read.form == {"x": form}


def test_input_is_in_no_exception() -> None:
    """The exception, which may be logged, does not contain the input."""
    with pytest.raises(Unreadable) as caught:
        read_json(b'{"name":{"phone":"01712345678"}}', Form)
    assert "017" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert all("017" not in f"{field_error}" for field_error in caught.value.field_errors)


@pytest.mark.parametrize("raw", [b"[" * 65_536, b"[" * 65 + b'"' + b'\\"' * 32_700])
async def test_reading_does_not_hold_the_loop(raw: bytes) -> None:
    """The worst bodies of 64 KiB are refused within a few milliseconds."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    await post(raw)
    assert loop.time() - started < 0.5
