import pytest
from pydantic import TypeAdapter, ValidationError

from sandbox.callbacks.rules import MOST_PAUSE_S, Attempt, Callback, CallbackUrl


def callback(attempts: int = 1) -> Callback:
    return Callback(
        "id", "report", "sms", "subject", "delivered", "http://x", "{}", "", 0.0, attempts
    )


@pytest.mark.parametrize(
    ("status", "is_accepted", "is_refused"),
    [
        (204, True, False),
        (200, True, False),
        (404, False, True),
        (401, False, True),
        (408, False, False),
        (425, False, False),
        (429, False, False),
        (500, False, False),
        (503, False, False),
        (302, False, False),
        (None, False, False),
    ],
)
def test_only_2xx_and_4xx_end_a_callback(
    status: int | None, is_accepted: bool, is_refused: bool
) -> None:
    """2xx accepts and 4xx refuses; all other results lead to another attempt."""
    attempt = Attempt(callback(), status, 0.0)
    assert (attempt.is_accepted, attempt.is_refused) == (is_accepted, is_refused)


def test_pauses_grow_up_to_half_a_minute() -> None:
    """Every pause is twice the one before, up to the longest."""
    pauses = [
        Attempt(callback(attempts), None, 100.0).next_due_s - 100 for attempts in range(1, 40)
    ]
    assert pauses[:3] == pytest.approx([0.2, 0.4, 0.8])
    assert pauses == sorted(pauses)
    assert pauses[-1] == MOST_PAUSE_S


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/a?b=c", "https://nagorik.example/v1"])
def test_an_absolute_address_is_accepted(url: str) -> None:
    """It is not changed."""
    assert TypeAdapter(CallbackUrl).validate_python(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "/v1/x", "file:///etc/passwd", "http://", "http://[::1", "http://a:99999/", "http://বাংলা/"],
)
def test_other_addresses_are_refused(url: str) -> None:
    """An address that cannot be called is refused on arrival."""
    with pytest.raises(ValidationError):
        TypeAdapter(CallbackUrl).validate_python(url)
