from libs.contracts.identity import CodeRequested
from libs.contracts.topics import MESSAGES, TOPICS
from libs.messaging.envelope import decode
from tools.contracts.asyncapi_message import envelope_headers, message_of


def test_headers_of_an_event_are_described_by_name() -> None:
    """The document names the headers that an adapter must write."""
    headers = envelope_headers()
    assert headers["required"] == [
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_time",
        "content-type",
    ]
    assert {"traceparent", "tracestate"} <= headers["properties"].keys()


def test_key_is_described() -> None:
    """The message describes its key field, and therefore what is in order."""
    message = message_of(MESSAGES, CodeRequested)
    assert message["bindings"]["kafka"]["key"]["description"] == "The event's `citizen_id` as text"


def test_every_example_is_a_record_that_we_read() -> None:
    """Every example is a readable record."""
    for topic in TOPICS:
        for event_class in topic.events:
            (example,) = message_of(topic, event_class)["examples"]
            headers = [(name, value.encode()) for name, value in example["headers"].items()]
            value = event_class.model_validate(example["payload"]).model_dump_json().encode()
            name = topic.name_for("mopa")
            assert type(decode(topic, name, headers, value)) is event_class
