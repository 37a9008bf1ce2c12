from libs.errors import FieldError, Refused, Unavailable, Unreadable


def test_each_failure_says_its_code_and_its_detail() -> None:
    """The text, for logs, is the code and the detail."""
    assert str(Refused("wrong_state")) == "wrong_state"
    assert str(Refused("wrong_state", "it is closed")) == "wrong_state: it is closed"
    assert str(Unreadable("not_json", "at 7")) == "not_json: at 7"
    assert str(Unavailable("mopa")) == "mopa unavailable"
    assert str(Unavailable("mopa", "no answer")) == "mopa unavailable: no answer"


def test_exceptions_have_their_details() -> None:
    """Pointer, time until a retry, and field errors are attributes."""
    field_error = FieldError("/phone", "too_long", "বেশি লম্বা", "too long")
    assert Refused("x", pointer="/phone").pointer == "/phone"
    assert Unavailable("mopa", retry_after_s=2.5).retry_after_s == 2.5
    assert Unreadable("wrong_shape", field_errors=(field_error,)).field_errors == (field_error,)


def test_the_exceptions_are_no_subclasses_of_each_other() -> None:
    """An except clause for one does not catch another."""
    kinds = (Refused, Unavailable, Unreadable)
    assert not any(issubclass(a, b) for a in kinds for b in kinds if a is not b)
