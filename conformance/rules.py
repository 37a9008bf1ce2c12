"""The rules for adapters, with their sources."""

from collections.abc import Sequence
from dataclasses import dataclass

_TOPICS = "docs/topics.md"
_ASYNCAPI = "libs/contracts/schemas/asyncapi.json"
_CLOUDEVENTS = "CloudEvents 1.0.2 and its Kafka protocol binding, section 3.2 (binary mode)"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: how an adapter behaves, why, and the source."""

    name: str
    says: str
    why: str
    documented: str


class Broken(AssertionError):
    """An adapter breaks a rule; the text is for its author."""

    def __init__(self, rule: Rule, found: Sequence[str]) -> None:
        self.rule = rule
        self.found = tuple(found)
        lines = "\n".join(f"    - {problem}" for problem in found)
        super().__init__(
            f"\n  Rule '{rule.name}': {rule.says}\n  What was seen:\n{lines}\n"
            f"  Why it matters: {rule.why}\n  Written in: {rule.documented}"
        )


RULES = {
    rule.name: rule
    for rule in (
        Rule(
            "answered",
            "every submission is decided, by `ministry_decided`; where that takes time,"
            " `ministry_received` comes before.",
            "a citizen with a tracking number waits for exactly this.",
            f"{_TOPICS}; {_ASYNCAPI}, channel ministries.v1",
        ),
        Rule(
            "alone",
            "a submission is handed over only by the adapter that its `served_by` names; a"
            " ministry's own adapter leaves what is `hosted`, or says nothing, alone.",
            "an operator changes a ministry's adapter while citizens apply. Each submission names"
            " one of the two, so that none is handed over twice and none by nobody.",
            f"{_TOPICS}; {_ASYNCAPI}, channel submissions.v1: served_by",
        ),
        Rule(
            "once",
            "a record that comes again hands nothing over again: one case file and one decision"
            " per submission, written under the same ce_id however often. No two applications"
            " have one case file number.",
            "Kafka delivers at least once. A second decision under another ce_id is another"
            " decision to the platform; a second case file is a second application.",
            f"{_TOPICS}: drop what you have seen by ce_source and ce_id",
        ),
        Rule(
            "ids",
            "each fact has a ce_id of its own.",
            "readers drop an event whose ce_source and ce_id they have seen: a decision under the"
            " id of its acknowledgement never reaches the citizen.",
            f"{_ASYNCAPI}, CloudEventHeaders: ce_id",
        ),
        Rule(
            "order",
            "applications may come interleaved; what is submitted, corrected and withdrawn of one"
            " is taken in the order it stands, and each answer is about its own application.",
            "order holds per key and nowhere else; a withdrawal is not a second submission.",
            f"{_ASYNCAPI}, channel submissions.v1: the key is the application's id",
        ),
        Rule(
            "unknown",
            "fields, headers and event types that you do not know are ignored; nothing is written"
            " about them, and what comes after them is handled.",
            "contracts grow by additions within a version, without asking every reader first.",
            f"{_ASYNCAPI}, description: readers ignore fields that they do not know",
        ),
        Rule(
            "poison",
            "a record that cannot be read stops nobody: put it aside and go on.",
            "one broken record would otherwise keep every citizen of the ministry waiting.",
            "conformance/README.md; how ours does it: libs/dead_letters",
        ),
        Rule(
            "trace",
            "what you tell carries on the submission's trace: the same trace id and sampling flag,"
            " and, where it is sampled, a span of your own as parent.",
            "one trace from the citizen's click to the SMS is how a lost application is found.",
            f"{_ASYNCAPI}, CloudEventHeaders: traceparent (W3C Trace Context)",
        ),
        Rule(
            "envelope",
            "every record is a CloudEvent in Kafka's binary mode with all required headers.",
            "a record without them goes to the dead letters, whatever its content.",
            f"{_ASYNCAPI}, CloudEventHeaders; {_CLOUDEVENTS}",
        ),
        Rule(
            "content",
            "every value is valid by the published JSON Schema of its event, and names your own"
            " ministry.",
            "a record of another shape goes to the dead letters, and the citizen hears nothing.",
            "libs/contracts/schemas/events/ministries.v1.<event type>.json",
        ),
        Rule(
            "limits",
            "a value is small, flat and unambiguous: 56 KiB, 64 levels, no member twice, no NUL;"
            " a batch is written without compression or by gzip, in 64 KiB.",
            "the broker refuses a larger batch; what it takes beyond the other limits goes to the"
            " dead letters, and so does what is compressed by zstd, lz4 or snappy.",
            "libs/contracts/schemas/topics.json, docs/decisions/0019",
        ),
        Rule(
            "key",
            "the record's key and ce_subject are the application's id as text.",
            "Kafka keeps order per key: under another one a decision can overtake a correction.",
            f"{_ASYNCAPI}, messages: bindings.kafka.key",
        ),
        Rule(
            "restart",
            "a restart forgets nothing: what was handed over before is not handed over again.",
            "processes are killed and moved all the time; memory alone is no inbox.",
            f"{_TOPICS}: keep what you have seen as long as the topic keeps its records",
        ),
        Rule(
            "appealed",
            "a refusal says `appeal_days`; `submission_appealed` is answered by one"
            " `ministry_decided` of `stage` `appeal`.",
            "a second decision without an objection between, or without its stage, is a dead"
            " letter, and the citizen waits.",
            f"{_TOPICS}; {_ASYNCAPI}, channel submissions.v1",
        ),
    )
}
