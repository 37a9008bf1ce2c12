"""Answers of the catalogue, given again for a few seconds or until it changes."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from services.gateway.upstream import UpstreamResponse

_REMEMBERED = 1_000
_LONGEST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: UpstreamResponse
    until_s: float


class ResponseCache:
    """A small cache of answers.

    Args:
        keep_s: seconds an answer is good for.
        clock: seconds on a clock that only goes forward.
        remembered: most answers kept.
    """

    def __init__(
        self, keep_s: float, clock: Callable[[], float], *, remembered: int = _REMEMBERED
    ) -> None:
        self._keep_s = keep_s
        self._clock = clock
        self._remembered = remembered
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self.edition = 0

    def get(self, key: str) -> UpstreamResponse | None:
        """The answer kept under a key, while it is good."""
        kept = self._kept.get(key)
        if kept is None or kept.until_s <= self._clock():
            return None
        return kept.answer

    def keep(self, key: str, answer: UpstreamResponse, asked_in: int) -> None:
        """Keep an answer, unless a change was told since it was asked for.

        Args:
            key: what was asked.
            answer: what came.
            asked_in: `edition` as it was before asking.
        """
        if asked_in != self.edition or answer.status != 200 or len(answer.body) > _LONGEST_BYTES:
            return
        self._kept[key] = _Kept(answer, self._clock() + self._keep_s)
        self._kept.move_to_end(key)
        if len(self._kept) > self._remembered:
            self._kept.popitem(last=False)

    def drop(self) -> None:
        """Forget everything: the catalogue has changed."""
        self._kept.clear()
        self.edition += 1
