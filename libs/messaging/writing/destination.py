"""A destination of published events: a partition of a topic, or a topic that is not open."""

from typing import Final, NamedTuple

WHOLE_TOPIC: Final = -1


class Destination(NamedTuple):
    """A partition of a topic, or with `WHOLE_TOPIC` all of it, if its partitions are not known."""

    topic: str
    partition: int

    @property
    def text(self) -> str:
        """Its name for logs and health."""
        return self.topic if self.is_whole else f"{self.topic}/{self.partition}"

    @property
    def is_whole(self) -> bool:
        """Whether it stands for a whole topic."""
        return self.partition == WHOLE_TOPIC

    @property
    def whole(self) -> "Destination":
        """Its whole topic."""
        return Destination(self.topic, WHOLE_TOPIC)
