"""The kit's end of the two topics: writes submissions, and stores the answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from conformance.answers import ASKED, DECIDED, RECEIVED, Answer
from conformance.records import SAMPLED, Application, Sent
from conformance.target import Target
from libs.ids import new_id

_LARGEST_BYTES = 1_048_576
_MOST_CORRECTIONS = 5


class TopicMissing(Exception):
    """A topic is not there, or the kit's user may not see it."""


class Pair:
    """The two topics of an adapter.

    Args:
        target: the adapter.
        producer: a started producer.
    """

    def __init__(self, target: Target, producer: AIOKafkaProducer) -> None:
        self.target = target
        self.applications: list[Application] = []
        self.citizen_id = str(new_id())
        self._producer = producer
        self._answers: list[Answer] = []
        self._came = asyncio.Condition()

    def apply(self, *, flags: str = SAMPLED) -> Application:
        """Make an application of the kit's one citizen, in a trace of its own.

        Nothing is written yet.
        """
        application = Application(self.target, flags, citizen_id=self.citizen_id)
        self.applications.append(application)
        return application

    async def write(self, *records: Sent) -> None:
        """Write records in this order."""
        for record in records:
            await self._producer.send_and_wait(
                self.target.reads,
                record.value,
                key=record.key,
                headers=list(record.headers),
            )

    def answers(self, application: Application) -> list[Answer]:
        """Return the answers to an application so far, in order."""
        return [answer for answer in self._answers if answer.is_about(application.application_id)]

    def all_answers(self) -> list[Answer]:
        """Return the answers to all applications of the kit so far, in order."""
        mine = self.applications
        return [x for x in self._answers if any(x.is_about(a.application_id) for a in mine)]

    def types(self, application: Application) -> set[str]:
        """Return the event types of the answers to an application so far."""
        return {answer.type for answer in self.answers(application)}

    async def until(self, true: Callable[[], bool]) -> bool:
        """Wait for something; return False after the time limit."""
        try:
            async with asyncio.timeout(self.target.wait_s), self._came:
                await self._came.wait_for(true)
        except TimeoutError:
            return False
        return True

    async def until_answered(self, application: Application) -> bool:
        """Wait for any answer to an application; return False after the time limit."""
        return await self.until(lambda: bool(self.answers(application)))

    async def until_settled(self, *applications: Application) -> list[str]:
        """Wait until all are decided, or received if officers decide; return the missing ones.

        A request for correction is answered with a corrected form.
        """
        missing = await asyncio.gather(*map(self._until_settled, applications))
        return [sentence for sentence in missing if sentence]

    async def quiet(self) -> None:
        """Wait until the adapter must have handled everything that was written.

        A last submission is written and answered; then late answers have some time to arrive.
        """
        marker = self.apply()
        await self.write(marker.submitted())
        await self.until_answered(marker)
        await asyncio.sleep(self.target.settle_s)

    async def follow(self, consumer: AIOKafkaConsumer) -> None:
        """Store all records that the adapter writes."""
        async for record in consumer:
            self._answers.append(Answer(record.key, record.value, tuple(record.headers)))
            async with self._came:
                self._came.notify_all()

    async def _until_settled(self, application: Application) -> str:
        for _ in range(_MOST_CORRECTIONS):
            if not await self.until(lambda: self._settled(application) or self._asks(application)):
                return self._missing(application)
            if self._settled(application):
                return ""
            await self.write(application.corrected())
        return f"correction is asked for again and again, {_MOST_CORRECTIONS} times"

    def _settled(self, application: Application) -> bool:
        came = self.types(application)
        return DECIDED in came or (RECEIVED in came and not self.target.decides)

    def _asks(self, application: Application) -> bool:
        asked = {answer.id for answer in self.answers(application) if answer.type == ASKED}
        return len(asked) >= application.submissions

    def _missing(self, application: Application) -> str:
        came = sorted(self.types(application)) or "nothing at all"
        wanted = DECIDED if self.target.decides else f"{RECEIVED} or {DECIDED}"
        return (
            f"an application was submitted, and {self.target.wait_s:g} s later {came} had come on"
            f" {self.target.writes}, where {wanted} is due"
        )


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator[Pair]:
    """Use the platform's end of the two topics; earlier records are skipped.

    Raises:
        TopicMissing: there is no such pair of topics.
    """
    kafka = {"bootstrap_servers": target.bootstrap, **target.security}
    producer = AIOKafkaProducer(**kafka, acks="all", max_request_size=_LARGEST_BYTES)
    consumer = AIOKafkaConsumer(target.writes, **kafka, auto_offset_reset="latest")
    async with AsyncExitStack() as stack:
        await producer.start()
        stack.push_async_callback(producer.stop)
        cluster = await producer.client.fetch_all_metadata()
        missing = {target.reads, target.writes} - cluster.topics()
        if missing:
            raise TopicMissing(
                f"{' and '.join(sorted(missing))}: not on the broker, or your user may not see it;"
                " operators make the topics of a ministry with its user: python -m services topics"
                f" apply --ministry {target.ministry}"
            )
        await consumer.start()
        stack.push_async_callback(consumer.stop)
        await consumer.seek_to_end()
        pair = Pair(target, producer)
        following = asyncio.get_running_loop().create_task(pair.follow(consumer))
        stack.callback(following.cancel)
        yield pair
