"""Frozen messages can be read for ever, by our models and by the official SDK."""

import json

import pytest
from cloudevents.core.bindings.kafka import (
    KafkaMessage,
    from_kafka_event,
    to_binary_event,
)
from cloudevents.core.v1.event import CloudEvent

from libs.contracts.topics import TOPICS, topic_of, topics_of
from libs.messaging.envelope import decode, encode
from libs.trace_context import TraceContext
from tests.contract.frozen import Sample, is_within, samples

ALL = samples()
each_sample = pytest.mark.parametrize("sample", ALL, ids=lambda each: each.file.stem)


def test_every_event_of_the_map_has_a_sample() -> None:
    """Without one, a change of the event could go unnoticed."""
    frozen = {(sample.topic.name, sample.event_class) for sample in ALL}
    assert frozen == {(topic.name, event) for topic in TOPICS for event in topic.events}


def test_every_field_of_an_event_has_a_value_in_a_sample() -> None:
    """One that no sample has could change unseen: a later one comes with a sample of its own.

    Of what ministries say only our own desk names itself.
    """
    wanted = {
        (topic.name, event.type, field)
        for topic in TOPICS
        for event in topic.events
        for field in event.model_fields.keys() - {"event_id", "occurred_at"}
        if field != "served_by" or "desk" in topic.name or "submissions" in topic.name
    }
    frozen = {
        (sample.topic.name, sample.event_class.type, field)
        for sample in ALL
        for field, value in sample.fields.items()
        if value not in (None, [])
    }
    assert wanted - frozen == set()


@each_sample
def test_models_read_all_samples(sample: Sample) -> None:
    """Every field of an older record is read."""
    event = decode(sample.topic, sample.name, sample.headers, sample.value)
    assert type(event) is sample.event_class
    assert str(event.event_id) == sample.header("ce_id")
    today = json.loads(event.model_dump_json())
    assert is_within(sample.fields, today)


@each_sample
def test_the_newest_samples_are_written_unchanged(sample: Sample) -> None:
    """Key, headers and value; the topic, too, but where a ministry's own adapter has another."""
    event = decode(sample.topic, sample.name, sample.headers, sample.value)
    record = encode(event, trace=event.trace)
    assert record.key == sample.key
    assert {record.topic, sample.name} <= {topic.name_of(event) for topic in topics_of(type(event))}
    assert dict(record.headers).keys() == dict(sample.headers).keys()
    for name in ("ce_specversion", "ce_type", "ce_source", "ce_subject", "content-type"):
        assert dict(record.headers)[name].decode() == sample.header(name)
    assert is_within(sample.fields, json.loads(record.value or b"{}"))


@each_sample
def test_official_sdk_reads_what_we_write(sample: Sample) -> None:
    """As binary-mode events with all attributes."""
    event = decode(sample.topic, sample.name, sample.headers, sample.value)
    record = encode(event, trace=event.trace)
    read = from_kafka_event(KafkaMessage(dict(record.headers), record.key, record.value or b""))
    assert read.get_id() == str(event.event_id)
    assert read.get_type() == event.type
    assert read.get_source() == f"/nagorik/{topic_of(event).writer}"
    assert read.get_subject() == sample.key.decode()
    assert read.get_time() == event.occurred_at
    assert read.get_specversion() == "1.0"
    assert read.get_datacontenttype() == "application/json"
    # A frozen message may lack a field that came later with a default.
    written = read.get_data()
    assert is_within(sample.fields, written)


@each_sample
def test_we_read_what_the_official_sdk_writes(sample: Sample) -> None:
    """Ministries can use the CloudEvents SDK."""
    written = CloudEvent(
        {
            "id": sample.header("ce_id"),
            "type": sample.header("ce_type"),
            "source": sample.header("ce_source"),
            "subject": sample.header("ce_subject"),
            "time": decode(sample.topic, sample.name, sample.headers, sample.value).occurred_at,
            "datacontenttype": "application/json",
        },
        sample.fields,
    )
    message = to_binary_event(written, key_mapper=lambda _: sample.key)
    event = decode(sample.topic, sample.name, list(message.headers.items()), message.value)
    ours = decode(sample.topic, sample.name, sample.headers, sample.value)
    assert event.model_dump() == ours.model_dump()


def test_an_event_outside_of_any_trace_has_no_trace_headers() -> None:
    """There is no empty header."""
    sample = ALL[0]
    event = decode(sample.topic, sample.name, sample.headers, sample.value)
    names = [name for name, _ in encode(event, trace=None).headers]
    assert not {"traceparent", "tracestate"} & set(names)
    bare = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
    assert "tracestate" not in [name for name, _ in encode(event, trace=bare).headers]
