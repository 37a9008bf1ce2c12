import orjson

from libs.contracts.problems import PROBLEMS, Problem
from libs.errors import Refused, Unavailable, Unreadable
from libs.trace_context import TraceContext, set_current
from libs.web.handling.problems import problem, problem_for


def test_every_code_makes_a_document() -> None:
    """With the status of its row; `Problem` can parse it."""
    for code, row in PROBLEMS.items():
        response = problem(code, "bn")
        document = Problem.model_validate_json(bytes(response.body))
        assert document.type == f"/problems/{code}"
        assert document.status == response.status_code == row.status


def test_document_names_the_trace() -> None:
    """Support can find the request by it."""
    set_current(TraceContext("00-" + "ab" * 16 + "-" + "cd" * 8 + "-00"))
    try:
        assert orjson.loads(problem("not_found", "en").body)["trace_id"] == "ab" * 16
    finally:
        set_current(None)


def test_document_has_no_empty_trace() -> None:
    """Outside of a request the document has no trace."""
    assert "trace_id" not in orjson.loads(problem("not_found", "en").body)


def test_headers_follow_from_the_status() -> None:
    """429, 503 and 504 have Retry-After; 401 has WWW-Authenticate (RFC 9110)."""
    for code in PROBLEMS:
        response = problem(code, "bn")
        waits, asks = ("retry-after", "www-authenticate")
        assert (waits in response.headers) == (response.status_code in {429, 503, 504}), code
        assert (asks in response.headers) == (response.status_code == 401), code


def test_retry_after_is_the_known_time() -> None:
    """Rounded up to whole seconds."""
    refusal = Refused("too_many_requests")
    refusal.retry_after_s = 3.1
    for failure in (refusal, Unavailable("sms", retry_after_s=3.1)):
        response = problem_for(failure, "bn")
        assert response is not None
        assert response.headers["retry-after"] == "4"


def test_refused_field_is_named() -> None:
    """A refusal of a field has its pointer."""
    response = problem_for(Refused("control_character", pointer="/form/a"), "en")
    assert response is not None
    (error,) = orjson.loads(response.body)["errors"]
    assert (error["pointer"], error["code"]) == ("/form/a", "control_character")


def test_reason_without_a_text_is_a_wrong_shape() -> None:
    """A reason code of dead letters is answered as `wrong_shape`."""
    response = problem_for(Unreadable("unknown_type"), "en")
    assert response is not None
    assert response.status_code == 422


def test_a_defect_has_no_problem_document() -> None:
    """`problem_for` returns None."""
    assert problem_for(KeyError("x"), "en") is None
    assert problem_for(Refused("has no text"), "en") is None
