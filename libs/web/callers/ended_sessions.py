"""Sessions that ended while tokens of theirs may still be valid."""

import time
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID


class EndedSessions:
    """Remembers a session until its last token has expired by itself.

    Args:
        remembered_s: seconds after its end for which a session may have valid tokens.
        now_s: the time in seconds since 1970.
    """

    def __init__(self, remembered_s: float, now_s: Callable[[], float] = time.time) -> None:
        self._remembered_s = remembered_s
        self._now_s = now_s
        self._forget_at_s: OrderedDict[UUID, float] = OrderedDict()

    def add(self, session_id: UUID, ended_at_s: float) -> None:
        """Remember a session; one that ended long ago is not."""
        now_s = self._now_s()
        while self._forget_at_s and next(iter(self._forget_at_s.values())) <= now_s:
            self._forget_at_s.popitem(last=False)
        forget_at_s = ended_at_s + self._remembered_s
        if forget_at_s > now_s:
            self._forget_at_s[session_id] = forget_at_s

    def __contains__(self, session_id: UUID) -> bool:
        """Whether a session ended."""
        return session_id in self._forget_at_s

    def __len__(self) -> int:
        """The number of remembered sessions."""
        return len(self._forget_at_s)
