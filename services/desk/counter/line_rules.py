"""How the line of a counter is measured: by the times at which its requests arrive here.

Each answer has a mark that the next request brings along, and the mark stands behind all bytes of
the answer. So no request can come before the answer to the one before has arrived: nothing makes a
line look quicker than it is, and the browser is asked for no time. A trip has a little of what
browser and desk need for themselves, and a download has the round trip of its request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final, Self

from libs.errors import Refused

TRIPS: Final = 5
REQUESTS: Final = TRIPS + 2
"""The first one opens the connection, the others are the trips, and the last one follows the
download."""

DOWNLOAD_BYTES: Final = 128 * 1024
"""At 256 kbit/s it takes 4 s."""

_LASTS_S: Final = 120.0
_LEAST_S: Final = 0.001


@dataclass(frozen=True, slots=True)
class Line:
    """What is seen of a line so far.

    Args:
        device: the thumbprint of the key of the device.
        person: who measures.
        sent_s: when the last answer was begun, in seconds since 1970.
        trips_ms: how long the trips took.
        down_kbit_s: the speed of the download; None before it.
    """

    device: str
    person: str
    sent_s: float
    trips_ms: tuple[int, ...] = ()
    down_kbit_s: int | None = None

    @property
    def has_download(self) -> bool:
        """Whether its next answer has the bytes of the download."""
        return len(self.trips_ms) == TRIPS and self.down_kbit_s is None

    @property
    def round_trip_ms(self) -> int:
        """The median of the trips."""
        return round(median(self.trips_ms))

    def content(self) -> Mapping[str, Any]:
        """Return what is sealed in its mark."""
        return {
            "device": self.device,
            "person": self.person,
            "sent_s": self.sent_s,
            "trips_ms": self.trips_ms,
            "down_kbit_s": self.down_kbit_s,
        }

    @classmethod
    def of(cls, content: Mapping[str, Any] | None, *, device: str, person: str) -> Self:
        """Return what a mark has of a device and a person.

        Raises:
            Refused: it is no mark, or of another device or person.
        """
        if content is None or (content["device"], content["person"]) != (device, person):
            raise Refused("form_expired")
        return cls(**{**content, "trips_ms": tuple(content["trips_ms"])})


def arrived(line: Line, at_s: float) -> Line:
    """Return a line after the request that follows its last answer.

    Raises:
        Refused: it is measured, the answer is too old, or the clock went back.
    """
    took_s = at_s - line.sent_s
    if line.down_kbit_s is not None or not 0 <= took_s <= _LASTS_S:
        raise Refused("form_expired")
    took_s = max(took_s, _LEAST_S)
    if line.has_download:
        return replace(line, down_kbit_s=int(DOWNLOAD_BYTES * 8 / 1000 / took_s))
    return replace(line, trips_ms=(*line.trips_ms, round(took_s * 1000)))


def check_measured(line: Line, at_s: float) -> int:
    """Return the speed of a line that is measured.

    Raises:
        Refused: it is not, or that was too long ago.
    """
    if line.down_kbit_s is None or not 0 <= at_s - line.sent_s <= _LASTS_S:
        raise Refused("form_expired")
    return line.down_kbit_s
