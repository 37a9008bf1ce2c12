import pytest

from sandbox.callbacks.rules import MOST_PAUSE_S, Attempt, Callback


def callback(attempts: int = 1) -> Callback:
    return Callback(
        "id", "report", "sms", "subject", "delivered", "http://x", "{}", "", 0.0, attempts
    )


@pytest.mark.parametrize(
    ("status", "taken_over", "refused"),
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
def test_only_a_clear_answer_ends_a_callback(
    status: int | None, taken_over: bool, refused: bool
) -> None:
    """2xx takes over and 4xx refuses; everything else is attempt again."""
    attempt = Attempt(callback(), status, 0.0)
    assert (attempt.taken_over, attempt.refused) == (taken_over, refused)


def test_pauses_grow_up_to_half_a_minute() -> None:
    """Each pause is twice the one before, and none is longer than the longest."""
    pauses = [
        Attempt(callback(attempts), None, 100.0).next_due_s - 100 for attempts in range(1, 40)
    ]
    assert pauses[:3] == pytest.approx([0.2, 0.4, 0.8])
    assert pauses == sorted(pauses)
    assert pauses[-1] == MOST_PAUSE_S
