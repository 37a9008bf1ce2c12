"""Every alert is played by promtool: it fires, stays quiet, ends with its fact.

A restart in the middle ends none that holds and begins none, and without series none fires but the
few that are about a missing one.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from tests.deploy.manifests import CHECKOUT, DEPLOY, load
from tests.peers.debian import program

FOLDER = DEPLOY / "dashboards"
FILES = [FOLDER / "alerts.yaml", FOLDER / "stores.yaml"]
STEP_S, LONG_STEP_S = 30, 300
MINUTE, HOUR, DAY = 60, 3600, 86_400
AWAY = "away"  # a process that is not there; Prometheus forgets its series at once


@dataclass(frozen=True)
class Case:
    """An alert, and what makes it fire.

    Args:
        alert: its name.
        series: with labels.
        bad: the value while it holds; of a counter, by how much it grows at once.
        well: the value otherwise; None for a counter, which then stays as it is.
        labels: those of the alert that come from the series.
        after_s: when it must fire.
        gone_s: after which it must have ended.
        beside: series that are there all the time, with their values.
        keeps: whether it holds while its process starts anew.
    """

    alert: str
    series: str
    bad: float
    well: float | None = 0
    labels: dict[str, str] = field(default_factory=dict)
    after_s: int = 2 * MINUTE
    gone_s: int = 2 * MINUTE
    beside: dict[str, float] = field(default_factory=dict)
    keeps: bool = False

    @property
    def step_s(self) -> int:
        """Seconds between two samples: what takes a day is played in longer ones."""
        return STEP_S if self.after_s < 3 * HOUR else LONG_STEP_S


LAND, SMS = {"destination": "land"}, {"destination": "sms"}
DELIVERIES = 'service="ministries", queue="deliver", destination="land"'
SENDING = 'service="notifications", queue="send_messages", destination="sms"'
READER = {"group": "notifications.applications.v1", "topic": "applications.v1"}
ON = 'namespace="nagorik", pod="brokers-0"'
SESSION = 'datname="identity", usename="identity"'
HERE = {"namespace": "nagorik"}
POD = {**HERE, "pod": "brokers-0"}
VOLUME = 'namespace="nagorik", persistentvolumeclaim="data-0"'


def _count(
    alert: str, series: str, gone_s: int, labels: dict[str, str], after_s: int = MINUTE
) -> Case:
    return Case(alert, series, 1, None, labels, after_s, gone_s)


def _age(alert: str, series: str, bad: float, labels: dict[str, str]) -> Case:
    """An alert that keeps a little longer, since its process may start anew."""
    return Case(alert, series, bad, 0, labels, MINUTE, 10 * MINUTE, keeps=True)


CASES = [
    _count("FailedForGood", 'nagorik_final_failures_total{service="a", source="b"}', 6 * MINUTE,
           {"service": "a", "source": "b"}),
    _count("DeliveryFailedForGood", f"nagorik_jobs_failed_total{{{DELIVERIES}}}", 6 * MINUTE,
           LAND),
    Case("DeadLettersLeft", 'nagorik_dead_letters_waiting{service="a"}', 3, 0, {"service": "a"},
         DAY + MINUTE),
    _count("StepFails", 'nagorik_step_defects_total{service="a", component="b"}', 16 * MINUTE,
           {"service": "a", "component": "b"}),
    _count("ValuesDamaged", 'nagorik_values_unopened_total{service="a"}', 16 * MINUTE,
           {"service": "a"}),
    Case("PapersNotScanned", 'nagorik_papers_not_scanned_age_seconds{service="documents"}',
         6 * HOUR + 1, after_s=6 * MINUTE),
    Case("PapersDamaged", 'nagorik_papers_damaged{service="documents"}', 1, after_s=6 * MINUTE),
    Case("ApplicationsLost", 'nagorik_applications_lost{service="programme"}', 1,
         after_s=16 * MINUTE),
    Case("MinistrySilent",
         'nagorik_ministry_down_seconds{service="ministries", destination="land"}', 1801,
         labels=LAND),
    Case("MinistryEscalated",
         'nagorik_escalations_open{service="ministries", destination="land", level="1"}', 1,
         labels={**LAND, "level": "1"}),
    _age("MinistryDoesNotAdmitUs", 'nagorik_ministry_trouble_seconds{service="ministries", '
         'destination="land", trouble="not_admitted"}', 901, LAND),
    _count("ProviderDoesNotAdmitUs",
           f'nagorik_job_attempts_failed_total{{{SENDING}, failure="NotAdmitted"}}', 21 * MINUTE,
           SMS, 4 * MINUTE),
    Case("SmsProviderAway", f"nagorik_circuit_open{{{SENDING}}}", 1, labels=SMS,
         after_s=3 * MINUTE),
    Case("MessagesLate",
         'nagorik_job_oldest_due_age_seconds{service="notifications", queue="send_messages"}', 901,
         labels={"queue": "send_messages"}, after_s=6 * MINUTE),
    _count("DestinationRefusesAll",
           f'nagorik_job_attempts_failed_total{{{DELIVERIES}, failure="RefusesAll"}}', 76 * MINUTE,
           {"service": "ministries", **LAND}),
    Case("MinistryStopped", 'nagorik_ministry_connection_stopped{destination="land"}', 1,
         labels=LAND),
    Case("BatchNotAnswered", 'nagorik_batch_unanswered_age_seconds{destination="land"}',
         3 * DAY + 1, labels=LAND, after_s=6 * MINUTE),
    Case("ExchangeStuck", 'nagorik_ministry_trouble_seconds{service="ministries", '
         'destination="land", trouble="exchange_stuck"}', 901, labels=LAND),
    _count("FileNotUsed", 'nagorik_file_rows_not_used_total{destination="land"}', 61 * MINUTE,
           LAND),
    _count("StateNotUsed", 'nagorik_states_not_used_total{destination="land"}', 61 * MINUTE,
           LAND),
    _count("ExchangeFailsByDefect", 'nagorik_exchange_defects_total{destination="land"}',
           16 * MINUTE, LAND),
    Case("InquiryNotAnswered", 'nagorik_inquiry_unanswered_age_seconds{destination="land"}',
         3 * DAY + 1, labels=LAND, after_s=HOUR + MINUTE),
    Case("HolidaysMissing", 'nagorik_holiday_lists_missing{service="applications"}', 1,
         labels={"service": "applications"}, after_s=HOUR + MINUTE),
    Case("ErasureNotConfirmed", 'nagorik_erasures_unconfirmed{service="identity"}', 1,
         labels={"service": "identity"}, after_s=16 * MINUTE),
    Case("CasesStalled", 'nagorik_cases_stalled{service="cases"}', 1,
         labels={"service": "cases"}, after_s=HOUR + MINUTE),
    Case("EventsNotPublished", 'nagorik_outbox_oldest_age_seconds{service="a"}', 61,
         labels={"service": "a"}),
    Case("TopicBlocked", 'nagorik_outbox_blocked_age_seconds{service="a", topic="b"}', 61,
         labels={"service": "a", "topic": "b"}),
    _age("DatabaseBehind", 'nagorik_partitions_ahead_of_database{service="a", group="b"}', 2,
         {"service": "a", "group": "b"}),
    Case("PartitionHeld", 'nagorik_partitions_held{service="a", topic="b"}', 1,
         labels={"service": "a", "topic": "b"}, after_s=6 * MINUTE),
    Case("ReaderStuck", 'nagorik_oldest_unhandled_age_seconds{service="catalogue", '
         'group="notifications.applications.v1", topic="applications.v1"}', 301, labels=READER),
    Case("ReplicaDown", 'up{job="nagorik", instance="gateway:8080"}', 0, 1,
         {"job": "nagorik", "instance": "gateway:8080"}, 3 * MINUTE),
    Case("CertificateEnds", 'nagorik_certificate_ends_at_seconds{service="a"}', 13 * DAY, 60 * DAY,
         {"service": "a"}, 6 * MINUTE),
    Case("CodeBudgetUsed", 'nagorik_code_budget_used{service="identity", budget="all"}', 0.51, 0.5,
         {"budget": "all"}),
    Case("CodesNotHandedOver", 'nagorik_code_waiting_age_seconds{service="notifications"}', 46, 44),
    Case("FilesOpenedUnconfined", 'nagorik_confinement_gaps{service="documents"}', 1,
         labels={"service": "documents"}),
    Case("BrokersUnderReplicated", f"kafka_server_replicamanager_underreplicatedpartitions{{{ON}}}",
         1, labels=POD, after_s=6 * MINUTE),
    Case("PartitionsNotWritable",
         f"kafka_controller_kafkacontroller_offlinepartitionscount{{{ON}}}", 1, labels=HERE),
    Case("PartitionsNotWritable", f"kafka_server_replicamanager_underminisrpartitioncount{{{ON}}}",
         1, labels=HERE),
    Case("ControllerNotOne", f"kafka_controller_kafkacontroller_activecontrollercount{{{ON}}}",
         0, 1, HERE),
    Case("FolderOffline", f"kafka_log_logmanager_offlinelogdirectorycount{{{ON}}}", 1, labels=POD),
    Case("StoreNotScraped", 'up{job="kafka", namespace="nagorik", pod="brokers-0"}', 0, 1,
         {**POD, "job": "kafka"}, 11 * MINUTE),
    Case("NoStandby", f"cnpg_pg_replication_streaming_replicas{{{ON}}}", 0, 2, HERE),
    Case("ConnectionsRunOut", f"cnpg_backends_total{{{ON}, usename=\"identity\"}}", 241, 10, POD,
         6 * MINUTE, beside={f"cnpg_pg_settings_setting{{{ON}, name=\"max_connections\"}}": 300}),
    Case("TransactionLong", f"cnpg_backends_max_tx_duration_seconds{{{ON}, {SESSION}}}", 301,
         labels={**POD, "datname": "identity", "usename": "identity"}),
    Case("DiskFillsUp", f"kubelet_volume_stats_available_bytes{{{VOLUME}}}", 9, 90,
         {**HERE, "persistentvolumeclaim": "data-0"}, 31 * MINUTE,
         beside={f"kubelet_volume_stats_capacity_bytes{{{VOLUME}}}": 100}),
    Case("DatabaseInstanceDown", 'cnpg_collector_up{namespace="nagorik", pod="postgres-3"}', 0, 1,
         HERE, 6 * MINUTE, beside={
             f'cnpg_collector_up{{namespace="nagorik", pod="postgres-{n}"}}': 1 for n in (1, 2)}),
    Case("ReplicationStops", 'cnpg_pg_replication_lag{namespace="nagorik", pod="brokers-0"}', 301,
         labels=POD, after_s=6 * MINUTE),
    Case("ReplicationStops", f"cnpg_pg_replication_in_recovery{{{ON}}}", 1, 0, POD, 6 * MINUTE,
         beside={f"cnpg_pg_replication_is_wal_receiver_up{{{ON}}}": 0}),
    Case("LogNotArchived", f"cnpg_pg_stat_archiver_last_failed_time{{{ON}}}", 9, -1, HERE,
         11 * MINUTE, beside={f"cnpg_pg_stat_archiver_last_archived_time{{{ON}}}": 5}),
    Case("TransactionIdsRunOut", f'cnpg_pg_database_xid_age{{{ON}, datname="identity"}}', 1.1e9,
         labels={**HERE, "datname": "identity"}, after_s=6 * MINUTE),
    Case("BrokerCertificateEnds",
         'strimzi_certificate_expiration_timestamp_ms{cluster="kafka", type="cluster-ca"}',
         13 * DAY * 1000, 60 * DAY * 1000, {"cluster": "kafka", "type": "cluster-ca"}, 6 * MINUTE),
]  # fmt: skip
AGAIN = "what fails is tried and counted again"
LASTS = {
    "FailedForGood": "DeadLettersLeft",
    "DeliveryFailedForGood": "DeadLettersLeft",
    "FileNotUsed": "BatchNotAnswered",
    "StateNotUsed": "InquiryNotAnswered",
    "StepFails": AGAIN,
    "ValuesDamaged": AGAIN,
    "ExchangeFailsByDefect": AGAIN,
    "ProviderDoesNotAdmitUs": AGAIN,
    "DestinationRefusesAll": AGAIN,
}
"""The alert that tells of it where Prometheus was away while a counter grew."""
MISSING = {"LagNotMeasured", "BackupOld", "DatabaseInstanceDown"}
"""The alerts about a series that is not there."""
FAST, SLOWLY = "ObjectiveMissedFast", "ObjectiveMissedSlowly"


GROUPS = [group for path in FILES for document in load(path) for group in document["groups"]]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"] if "alert" in rule}


def _firing(alert: str, labels: dict[str, str]) -> list[dict[str, Any]]:
    """What promtool shows of an alert that fires."""

    def filled(text: str) -> str:
        text = re.sub(r"{{ \$labels\.(\w+) }}", lambda found: labels.get(found[1], ""), text)
        return text.replace("{{ $value }}", "0")

    rule = RULES[alert]
    return [
        {
            "exp_labels": {**rule["labels"], **labels},
            "exp_annotations": {key: filled(text) for key, text in rule["annotations"].items()},
        }
    ]


def _samples(*phases: tuple[float | str, int], step_s: int = STEP_S) -> str:
    """Phases of a value and its seconds, as promtool writes samples."""
    texts = (f"{value}x{max(0, seconds // step_s - 1)}" for value, seconds in phases)
    return " ".join(texts).replace(f"{AWAY}x", "stale _x")


def _test(
    name: str,
    series: dict[str, str],
    alert: str,
    expected: Sequence[tuple[int, list[Any]]],
    step_s: int = STEP_S,
) -> dict[str, Any]:
    return {
        "name": name,
        "interval": f"{step_s}s",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "alert_rule_test": [
            {"eval_time": f"{at_s}s", "alertname": alert, "exp_alerts": alerts}
            for at_s, alerts in expected
        ],
    }


def _played(case: Case) -> Iterator[dict[str, Any]]:
    """The tests of a case: it holds and ends, and its process starts anew meanwhile, or before."""
    firing, step_s = _firing(case.alert, case.labels), case.step_s
    before_s, holds_s = 10 * MINUTE, case.after_s + 5 * MINUTE
    is_counter = case.well is None
    well = case.well or 0
    after = case.bad if is_counter else well
    ends_s = before_s if is_counter else before_s + holds_s
    total_s = ends_s + case.gone_s + MINUTE
    beside = {key: _samples((value, 2 * total_s)) for key, value in case.beside.items()}
    bad_s = MINUTE if is_counter else holds_s
    series = _samples(
        (well, before_s), (case.bad, bad_s), (after, case.gone_s + 2 * step_s), step_s=step_s
    )
    yield _test(
        f"{case.alert} fires and ends",
        {case.series: series, **beside},
        case.alert,
        [
            (before_s - step_s, []),
            (before_s + case.after_s, firing),
            (ends_s + case.gone_s, []),
        ],
        step_s,
    )
    if is_counter:
        again = _samples((5, before_s), (AWAY, MINUTE), (0, case.gone_s))
        looked_at = before_s, before_s + 2 * MINUTE, before_s + case.gone_s
        yield _test(
            f"{case.alert} is quiet at a restart",
            {case.series: again, **beside},
            case.alert,
            [(at_s, []) for at_s in looked_at],
        )
        return
    away_s = before_s + case.after_s
    phases = (well, before_s), (case.bad, case.after_s), (AWAY, 2 * MINUTE), (case.bad, holds_s)
    again = _samples(*phases, step_s=step_s)
    yield _test(
        f"{case.alert} outlives a restart",
        {case.series: again, **beside},
        case.alert,
        [
            (away_s + MINUTE, firing if case.keeps or case.alert in MISSING else []),
            (away_s + 3 * MINUTE + case.after_s, firing),
        ],
        step_s,
    )


def _after_a_missed_hour(case: Case) -> Iterator[dict[str, Any]]:
    """Prometheus saw nothing for an hour: what was well stays quiet, what is bad is told in time.

    A counter that grew meanwhile tells nothing, since an increase needs a sample before it
    (`LASTS` says what does).
    """
    step_s = case.step_s
    before_s, missed_s = 10 * MINUTE, HOUR
    again_s = before_s + missed_s
    looked_at = [again_s + step_s * number for number in range(5)]
    beside = {
        key: _samples((value, before_s), (AWAY, missed_s), (value, 2 * DAY), step_s=step_s)
        for key, value in case.beside.items()
    }
    well = 5 if case.well is None else case.well
    phases = (well, before_s), (AWAY, missed_s), (well, case.after_s + HOUR)
    yield _test(
        f"{case.alert} is quiet after a missed hour",
        {case.series: _samples(*phases, step_s=step_s), **beside},
        case.alert,
        [(at_s, []) for at_s in (*looked_at, again_s + case.after_s + 10 * MINUTE)],
        step_s,
    )
    if case.well is None:
        grown = _samples(
            (5, before_s), (AWAY, missed_s), (6, 5 * MINUTE), (7, MINUTE), step_s=step_s
        )
        told_s = again_s + 5 * MINUTE + case.after_s
    else:
        grown = _samples(
            (well, before_s), (AWAY, missed_s), (case.bad, case.after_s + HOUR), step_s=step_s
        )
        told_s = again_s + case.after_s + step_s
    yield _test(
        f"{case.alert} is told after a missed hour",
        {case.series: grown, **beside},
        case.alert,
        [(told_s, _firing(case.alert, case.labels))],
        step_s,
    )


def _without_series() -> dict[str, Any]:
    quiet = sorted(RULES.keys() - MISSING - {FAST, SLOWLY})
    return {
        "name": "without series",
        "interval": f"{STEP_S}s",
        "input_series": [{"series": "nothing", "values": _samples((1, 3 * HOUR))}],
        "alert_rule_test": [
            {"eval_time": "2h", "alertname": alert, "exp_alerts": []} for alert in quiet
        ]
        + [
            {
                "eval_time": "2h",
                "alertname": alert,
                "exp_alerts": _firing(alert, {} if alert == "LagNotMeasured" else HERE),
            }
            for alert in sorted(MISSING)
        ],
    }


def _objective(
    name: str, phases: Sequence[tuple[float, float, int]], expected: Sequence[tuple[int, str]]
) -> dict[str, Any]:
    """A test of the objectives.

    Args:
        name: of the test.
        phases: requests a step, failures a step, and seconds; not seen if they are negative.
        expected: at a second, the alert that fires, or the one that does not after a "-".
    """
    counters = {"2xx": 0.0, "5xx": 0.0}
    parts: dict[str, list[str]] = {status: [] for status in counters}
    for requests, failures, seconds in phases:
        steps = seconds // STEP_S - 1
        for status, each in (("2xx", requests - failures), ("5xx", failures)):
            seen = f"{counters[status]:g}+{each:g}x{steps}" if requests >= 0 else f"_x{steps + 1}"
            parts[status].append(seen)
            counters[status] += abs(each) * (steps + 1)
    labels = {"service": "gateway", "objective": "requests answered"}
    return {
        "name": name,
        "interval": f"{STEP_S}s",
        "input_series": [
            {
                "series": 'nagorik_http_requests_total{service="gateway", instance="0", '
                f'method="POST", route="/v1/applications", status_class="{status}"}}',
                "values": " ".join(values),
            }
            for status, values in parts.items()
        ],
        "alert_rule_test": [
            {
                "eval_time": f"{at_s}s",
                "alertname": alert.removeprefix("-"),
                "exp_alerts": [] if alert.startswith("-") else _firing(alert, labels),
            }
            for at_s, alert in expected
        ],
    }


OBJECTIVES = [
    _objective("no traffic", [(0, 0, HOUR)], [(HOUR, f"-{FAST}"), (HOUR, f"-{SLOWLY}")]),
    _objective("no series", [], [(HOUR, f"-{FAST}"), (HOUR, f"-{SLOWLY}")]),
    # Half of all fail from the second hour on: a page within minutes, and its end with the fact.
    _objective(
        "an outage",
        [(300, 0, HOUR), (300, 150, 10 * MINUTE), (300, 0, HOUR)],
        [(HOUR, f"-{FAST}"), (HOUR + 5 * MINUTE, FAST), (HOUR + 45 * MINUTE, f"-{FAST}")],
    ),
    # Two per cent for two minutes wake nobody.
    _objective(
        "a blip",
        [(300, 0, 2 * HOUR), (300, 6, 2 * MINUTE), (300, 0, HOUR)],
        [(2 * HOUR + 3 * MINUTE, f"-{FAST}"), (3 * HOUR, f"-{FAST}")],
    ),
    # Nineteen of nineteen at night wake nobody; from the twentieth on it is no accident.
    _objective(
        "a quiet night",
        [(0, 0, HOUR), (1, 1, 9 * MINUTE + STEP_S), (0, 0, 4 * MINUTE)],
        [(HOUR + 13 * MINUTE, f"-{FAST}"), (HOUR + 13 * MINUTE, f"-{SLOWLY}")],
    ),
    _objective(
        "a bad night",
        [(0, 0, HOUR), (1, 1, 12 * MINUTE), (0, 0, 4 * MINUTE)],
        [(HOUR + 13 * MINUTE, FAST)],
    ),
    _objective("well", [(3000, 1, 2 * HOUR)], [(2 * HOUR, f"-{FAST}")]),
    # Prometheus misses an hour of an outage, which ends soon after, or with it.
    _objective(
        "an outage that was not seen at first",
        [(300, 0, HOUR), (-300, -150, HOUR), (300, 150, 10 * MINUTE), (300, 0, HOUR)],
        [
            (2 * HOUR, f"-{FAST}"),
            (2 * HOUR + 5 * MINUTE, FAST),
            (2 * HOUR + 45 * MINUTE, f"-{FAST}"),
        ],
    ),
    _objective(
        "an outage that was not seen",
        [(300, 0, HOUR), (-300, -150, HOUR), (300, 0, HOUR)],
        [(2 * HOUR + minutes * MINUTE, f"-{FAST}") for minutes in range(0, 60, 5)],
    ),
]


def _budget(
    name: str, phases: Sequence[tuple[float, int]], expected: Sequence[tuple[int, str]]
) -> dict[str, Any]:
    """A test of what is recorded: how often the budget is used, and for how many seconds."""
    labels = '{service="gateway", objective="requests answered"}'
    test = _objective(name, [], expected)
    test["input_series"] = [
        {
            "series": f"objective:{kind}:rate2m{labels}",
            "values": _samples(*values),
        }
        for kind, values in (
            ("failed", [(times * 0.01, seconds) for times, seconds in phases]),
            ("allowed", [(0.01, seconds) for _, seconds in phases]),
        )
    ]
    return test


OVER_HOURS = [
    _budget(
        "seven times",
        [(0, HOUR), (7, 6 * HOUR), (0.1, HOUR)],
        [(HOUR, f"-{FAST}"), (7 * HOUR, FAST), (7 * HOUR + 45 * MINUTE, f"-{FAST}")],
    ),
    _budget(
        "sixty times, for half an hour",
        [(0.1, 6 * HOUR), (60, 30 * MINUTE), (0.1, HOUR)],
        [(6 * HOUR + 25 * MINUTE, FAST), (6 * HOUR + 45 * MINUTE, f"-{FAST}")],
    ),
    _budget("five times", [(5, 7 * HOUR)], [(6 * HOUR, f"-{FAST}"), (7 * HOUR, f"-{FAST}")]),
]
OVER_DAYS = [
    _budget(
        "five times, for a day",
        [(0.1, 2 * DAY), (5, DAY), (0.1, 8 * HOUR)],
        [(2 * DAY, f"-{SLOWLY}"), (3 * DAY, SLOWLY), (3 * DAY + 7 * HOUR, f"-{SLOWLY}")],
    ),
    _budget("one and a half, for three", [(1.5, 3 * DAY)], [(3 * DAY - HOUR, SLOWLY)]),
    _budget("less than is allowed", [(0.9, 3 * DAY)], [(3 * DAY - HOUR, f"-{SLOWLY}")]),
]


def _others() -> Iterator[dict[str, Any]]:
    """The alerts of more than one series, or of a time that goes on."""
    measured = 'nagorik_lag_measured_at_seconds{service="catalogue"}'
    yield _test(
        "lag is measured, and is not",
        {measured: f"0+{STEP_S}x59 1770x60 3630+{STEP_S}x40"},
        "LagNotMeasured",
        [
            (30 * MINUTE, []),
            (42 * MINUTE, _firing("LagNotMeasured", {})),
            (70 * MINUTE, []),
        ],
    )
    backup = 'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{namespace="nagorik"}'
    yield _test(
        "a backup gets old",
        {backup: _samples((MINUTE, 27 * HOUR), (27 * HOUR, 2 * HOUR), step_s=LONG_STEP_S)},
        "BackupOld",
        [
            (26 * HOUR, []),
            (27 * HOUR - LONG_STEP_S, _firing("BackupOld", HERE)),
            (28 * HOUR, []),
        ],
        LONG_STEP_S,
    )
    instance = 'cnpg_collector_up{namespace="nagorik", pod="postgres-%s"}'
    yield _test(
        "no instance of PostgreSQL runs, and each exporter says so",
        {instance % n: _samples((1, HOUR), (0, HOUR), (1, HOUR)) for n in (1, 2, 3)},
        "DatabaseInstanceDown",
        [
            (HOUR - MINUTE, []),
            (HOUR + 10 * MINUTE, _firing("DatabaseInstanceDown", HERE)),
            (2 * HOUR + 5 * MINUTE, []),
        ],
    )
    build = 'nagorik_build_info{service="desk", instance="%s"}'
    yield _test(
        "one replica goes, then all",
        {
            build % 0: _samples((1, 20 * MINUTE), (AWAY, HOUR), (1, HOUR)),
            build % 1: _samples((1, 40 * MINUTE), (AWAY, 40 * MINUTE), (1, HOUR)),
        },
        "ServiceGone",
        [
            (35 * MINUTE, []),
            (50 * MINUTE, _firing("ServiceGone", {"service": "desk"})),
            (85 * MINUTE, []),
        ],
    )
    volume = {
        f"kubelet_volume_stats_available_bytes{{{VOLUME}}}": "39-0.001x960",
        f"kubelet_volume_stats_capacity_bytes{{{VOLUME}}}": "100x960",
    }
    full = _firing("DiskFillsUp", {**HERE, "persistentvolumeclaim": "data-0"})
    yield _test("a disk is full in days", volume, "DiskFillsUp", [(8 * HOUR - STEP_S, [])])
    volume = {name: values.replace("0.001", "0.01") for name, values in volume.items()}
    yield _test("a disk is full soon", volume, "DiskFillsUp", [(8 * HOUR - STEP_S, full)])


def _lateness(objective: str, family: str, labels: str, le: str, service: str) -> dict[str, Any]:
    """A test of an objective about time: half of some hundred are late."""
    series = f'{family}_%s{{service="{service}", instance="0"{labels}%s}}'
    found = _firing(FAST, {"service": service, "objective": objective})
    return _test(
        objective,
        {
            series % ("count", ""): "0x120 0+10x40 400x200",
            series % ("bucket", f', le="{le}"'): "0x120 0+5x40 200x200",
        },
        FAST,
        [(HOUR, []), (HOUR + 15 * MINUTE, found), (HOUR + 55 * MINUTE, [])],
    )


LATENESS = [
    _lateness(
        "clicks within 1 s", "nagorik_http_request_duration_seconds",
        ', method="POST", route="/v1/applications", status_class="2xx"', "1.0", "gateway",
    ),
    _lateness("codes within 2 s", "nagorik_code_handed_over_seconds", "", "2.0", "notifications"),
    *(
        _lateness(
            "decisions within 10 s", "nagorik_event_age_seconds",
            f', topic="ministries.{where}.v1", type="ministry_decided"', "10.0", "applications",
        )
        for where in ("hosted", "desk")
    ),
    _lateness(
        "events within 60 s", "nagorik_event_age_seconds",
        ', topic="applications.v1", type="application_submitted"', "60.0", "notifications",
    ),
]  # fmt: skip


def _plays() -> Iterator[tuple[list[dict[str, Any]], str, list[dict[str, Any]]]]:
    """Rules, how often they are evaluated, and tests: each step evaluates all rules of a play."""
    of_rule = [
        *(test for case in CASES for test in (*_played(case), *_after_a_missed_hour(case))),
        *_others(),
    ]
    for test in of_rule:
        rule = RULES[test["alert_rule_test"][0]["alertname"]]
        yield [rule], test["interval"], [test]
    by_name = {group["name"]: group["rules"] for group in GROUPS}
    yield list(RULES.values()), f"{STEP_S}s", [_without_series()]
    yield by_name["objectives"], f"{STEP_S}s", [*OBJECTIVES, *LATENESS]
    yield by_name["objectives"], f"{LONG_STEP_S}s", OVER_HOURS
    yield by_name["objectives over days"], f"{HOUR}s", OVER_DAYS


PLAYS = list(_plays())


def test_alerts_tell_the_fact(tmp_path: Path) -> None:
    """As promtool plays them; see the tests' names in what it prints."""
    promtool = program("promtool", "prometheus")
    if promtool is None:
        pytest.skip("not run: promtool is not on this machine, nor Debian's package")
    played = [tmp_path / f"{number}.yaml" for number in range(len(PLAYS))]
    for path, (rules, interval, tests) in zip(played, PLAYS, strict=True):
        needed = path.with_suffix(".rules")
        needed.write_text(json.dumps({"groups": [{"name": "played", "rules": rules}]}))
        document = {"rule_files": [needed.name], "evaluation_interval": interval, "tests": tests}
        path.write_text(json.dumps(document))  # JSON is YAML
    nights = Path(__file__).with_name("alerts.test.yaml")
    done = run(  # noqa: S603
        [promtool, "test", "rules", nights, *played], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_grew_while_prometheus_was_away_is_told_by_what_lasts() -> None:
    """Each counter has a gauge that still holds then, or grows on while the fact holds."""
    counters = {case.alert for case in CASES if case.well is None}
    gauges = {case.alert for case in CASES if case.well is not None}
    assert LASTS.keys() == counters
    assert set(LASTS.values()) - {AGAIN} <= gauges


def test_promtool_is_there() -> None:
    """Wherever packages of Debian are, so that no silence stands for a proof."""
    assert program("promtool", "prometheus") or not Path("/usr/bin/apt-get").exists()


def test_every_alert_is_played() -> None:
    """One that nobody saw fire may never do so."""
    played = {
        each["alertname"]
        for _, _, tests in PLAYS
        for test in tests
        for each in test["alert_rule_test"]
        if each["exp_alerts"]
    }
    assert played == RULES.keys()


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_has_its_place_in_a_runbook(alert: str) -> None:
    """The page that it names says what it means and what to do."""
    page = CHECKOUT / RULES[alert]["annotations"]["runbook"]
    assert f"`{alert}`" in page.read_text(encoding="utf-8")
