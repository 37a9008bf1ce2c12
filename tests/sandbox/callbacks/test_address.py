import pytest
from pydantic import TypeAdapter, ValidationError

from libs.trace_context import TraceContext, current_context, set_current
from sandbox.callbacks.address import CallbackUrl, current_trace

ADDRESS = TypeAdapter(CallbackUrl)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/a?b=c", "https://nagorik.example/v1"])
def test_an_absolute_address_can_be_called(url: str) -> None:
    """It is kept as it came."""
    assert ADDRESS.validate_python(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "/v1/x", "file:///etc/passwd", "http://", "http://[::1", "http://a:99999/", "http://বাংলা/"],
)
def test_anything_else_cannot(url: str) -> None:
    """An address that nobody could ever call back is refused when it is given."""
    with pytest.raises(ValidationError):
        ADDRESS.validate_python(url)


def test_the_trace_of_the_work_in_hand_is_kept_as_text() -> None:
    """Inside of a trace it is its context, outside it is empty."""
    before = current_context()
    context = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b")
    set_current(context)
    assert current_trace() == context.text()
    set_current(None)
    assert current_trace() == ""
    set_current(before)
