from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.upstream import UpstreamResponse

ANSWER = UpstreamResponse(200, (), b"[]")


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_answer_is_given_again_until_it_is_old() -> None:
    """Within its seconds an answer is kept, after them it is asked for anew."""
    clock = Clock()
    answers = ResponseCache(10.0, clock)
    answers.keep("a", ANSWER, answers.edition)
    clock.now_s = 9.9
    assert answers.get("a") == ANSWER
    clock.now_s = 10.0
    assert answers.get("a") is None


def test_change_drops_everything() -> None:
    """Once the catalogue tells of a change nothing old is given."""
    answers = ResponseCache(10.0, Clock())
    answers.keep("a", ANSWER, answers.edition)
    answers.drop()
    assert answers.get("a") is None


def test_answer_asked_before_a_change_is_not_kept_after_it() -> None:
    """An answer that was on its way when the change came may be the old one."""
    answers = ResponseCache(10.0, Clock())
    edition = answers.edition
    answers.drop()
    answers.keep("a", ANSWER, edition)
    assert answers.get("a") is None


def test_only_good_answers_are_kept() -> None:
    """A problem, or something very large, is not given again."""
    answers = ResponseCache(10.0, Clock())
    answers.keep("a", UpstreamResponse(404, (), b""), answers.edition)
    answers.keep("b", UpstreamResponse(200, (), b"x" * 300_000), answers.edition)
    assert answers.get("a") is None
    assert answers.get("b") is None


def test_memory_is_bounded() -> None:
    """However many questions there are, the oldest answers make room."""
    answers = ResponseCache(10.0, Clock(), remembered=3)
    for number in range(10):
        answers.keep(str(number), ANSWER, answers.edition)
    assert answers.get("6") is None
    assert answers.get("9") == ANSWER
