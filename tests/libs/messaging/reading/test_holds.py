"""When a partition is held, and when it goes on: rules without a broker and a database."""

from aiokafka import TopicPartition

from libs.component import ComponentHealth
from libs.contracts import topics
from libs.messaging.reading.holds import (
    APART_FOR,
    AT_A_TIME,
    ATTEMPTS,
    IN_A_ROW,
    Handled,
    Hold,
    Holds,
)
from libs.telemetry.metrics import Metrics

HOSTILE = TopicPartition("ministries.mofa.v1", 0)
WORKING = TopicPartition("ministries.mopa.v1", 0)


def holds(topic: topics.Topic = topics.MINISTRIES) -> Holds:
    return Holds(topic, Metrics("applications"), retry_pause_s=0.2)


def fill(made: Holds, place: TopicPartition = HOSTILE) -> int:
    """Let as many records fail as still count as single ones; return the next offset."""
    for offset in range(IN_A_ROW):
        assert [made.failed(place, offset).gives_up for _ in range(ATTEMPTS)][-1]
    return IN_A_ROW


def test_a_record_is_tried_three_times_with_pauses() -> None:
    """The partition is held between the attempts; then the record is given up."""
    made = holds()
    verdicts = [made.failed(HOSTILE, 7) for _ in range(ATTEMPTS)]
    assert [verdict.gives_up for verdict in verdicts] == [False, False, True]
    assert verdicts[0].hold == Hold(7, 0.4)
    assert verdicts[2].hold is None
    assert made.attempts(HOSTILE) == ATTEMPTS


def test_while_no_others_are_handled_nothing_more_is_given_up() -> None:
    """The partition is held at one record, with growing pauses of a minute at most."""
    made = holds()
    offset = fill(made)
    verdicts = [made.failed(HOSTILE, offset) for _ in range(50)]
    assert not any(verdict.gives_up for verdict in verdicts)
    pauses_s = [verdict.hold.pause_s for verdict in verdicts if verdict.hold]
    assert pauses_s[0] < 2.0
    assert 40.0 < pauses_s[-1] < 80.0


def test_each_time_others_are_handled_a_few_records_are_given_up() -> None:
    """A writer whose records fail fills its own dead letters, and takes a share of the time."""
    made = holds()
    offset = fill(made)
    for _ in range(3):
        assert not made.failed(HOSTILE, offset).gives_up
        made.handled([WORKING])
        verdicts = [made.failed(HOSTILE, offset + number) for number in range(AT_A_TIME)]
        assert all(verdict.gives_up for verdict in verdicts)
        assert [verdict.hold for verdict in verdicts[:-1]] == [None] * (AT_A_TIME - 1)
        offset += AT_A_TIME
        assert verdicts[-1].hold == Hold(offset, 1.0)


def test_a_handled_record_ends_the_failing_of_its_partition_only() -> None:
    """The partition goes on at full speed; another one stays held."""
    made = holds()
    fill(made)
    fill(made, WORKING)
    made.handled([HOSTILE])
    assert not made.is_failing(HOSTILE)
    assert made.is_failing(WORKING)
    assert made.health().detail == f"held: {WORKING.topic}"


def test_a_partition_that_failed_lately_stays_apart_for_a_while() -> None:
    """So and so many transactions of all partitions; for as long as it fails in any case."""
    made = holds()
    assert not made.is_apart(HOSTILE)
    made.failed(HOSTILE, 1)
    for _ in range(APART_FOR):
        assert made.is_apart(HOSTILE)
        made.handled([WORKING])
    assert made.is_apart(HOSTILE)
    assert not made.is_apart(WORKING)
    made.handled([HOSTILE])
    assert not made.is_apart(HOSTILE)
    made.failed(HOSTILE, 2)
    made.handled([HOSTILE])
    assert made.is_apart(HOSTILE)


def test_a_partition_of_many_dead_letters_is_apart_for_a_while() -> None:
    """A few, as every writer makes once, change nothing; they are forgotten with time."""
    made = holds()
    made.dead_lettered([HOSTILE] * IN_A_ROW)
    for _ in range(APART_FOR):
        assert not made.is_apart(HOSTILE)
        made.handled([WORKING])
    made.dead_lettered([HOSTILE] * IN_A_ROW)
    assert not made.is_apart(HOSTILE)
    made.dead_lettered([HOSTILE])
    for _ in range(APART_FOR):
        assert made.is_apart(HOSTILE)
        made.handled([WORKING])
    assert not made.is_apart(HOSTILE)


def test_others_are_handled_for_a_second_after_their_last_event() -> None:
    """A partition's own events do not count."""
    now_s = 0.0
    made = Holds(topics.MINISTRIES, Metrics("applications"), now_s=lambda: now_s)
    made.handled([HOSTILE])
    assert not made.are_others_handled(HOSTILE)
    made.handled([WORKING])
    now_s = 0.9
    assert made.are_others_handled(HOSTILE)
    now_s = 1.1
    assert not made.are_others_handled(HOSTILE)


def test_one_writer_outside_does_not_make_the_service_unready() -> None:
    """A second one without any proof puts the handler in doubt; a proof takes the doubt away."""
    made = holds()
    fill(made)
    assert made.health() == ComponentHealth(detail=f"held: {HOSTILE.topic}")
    fill(made, WORKING)
    doubted = made.health()
    assert (doubted.live, doubted.ready) == (True, False)
    made.handled([TopicPartition("ministries.ird.v1", 0)])
    assert made.health().ready


def test_one_partition_of_our_own_topics_puts_the_handler_in_doubt() -> None:
    """We write it ourselves, so nobody outside is at fault."""
    made = holds(topics.IDENTITY)
    fill(made, TopicPartition(topics.IDENTITY.name, 0))
    assert not made.health().ready


def test_a_partition_of_everybody_is_not_apart() -> None:
    """The records of all citizens wait behind its dead letters, so these go at full speed."""
    made = holds(topics.APPLICATIONS)
    place = TopicPartition(topics.APPLICATIONS.name, 0)
    made.dead_lettered([place] * (IN_A_ROW + 1))
    made.handled([TopicPartition(topics.APPLICATIONS.name, 1)])
    assert not made.is_apart(place)


def test_what_fails_is_forgotten_when_partitions_move() -> None:
    """Another member may read the partition now."""
    made = holds()
    fill(made)
    made.dead_lettered([WORKING] * (IN_A_ROW + 1))
    made.forget()
    assert not made.is_apart(HOSTILE)
    assert not made.is_apart(WORKING)
    assert made.health() == ComponentHealth()
    assert not made.is_failing(HOSTILE)


def test_a_handler_is_judged_by_all_topics_that_it_reads() -> None:
    """What is handled of another topic shows that it works, also after a rebalance of one."""
    handled = Handled()
    shared = Holds(topics.HOSTED_MINISTRIES, Metrics("applications"), handled=handled)
    own = Holds(topics.MINISTRIES, Metrics("applications"), handled=handled)
    offset = fill(own)
    assert not own.failed(HOSTILE, offset).gives_up
    shared.handled([TopicPartition("ministries.hosted.v1", 0)])
    assert own.failed(HOSTILE, offset).gives_up
    own.forget()
    assert own.are_others_handled(HOSTILE)
