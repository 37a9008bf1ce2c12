"""The collector's configuration, against what its components take.

The keys are those of OpenTelemetry Collector's documentation of each component (0.165). The program
itself reads the file where it is on the machine; no registry of packages has it.
"""

import shutil
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from tests.deploy.manifests import DEPLOY, literals, load

FILE = DEPLOY / "collector.yaml"
(CONFIG,) = load(FILE)
# What each component takes; a set has settings whose values are plain.
KNOWN: dict[str, Any] = {
    "receivers": {
        "otlp": {
            "protocols": {
                "http": {"endpoint": {}, "tls": {"cert_file": {}, "key_file": {}}},
            }
        }
    },
    "processors": {
        "memory_limiter": {
            "check_interval": {},
            "limit_percentage": {},
            "spike_limit_percentage": {},
        },
        "batch": {"send_batch_size": {}, "timeout": {}},
    },
    "exporters": {
        "otlp_http": {
            "endpoint": {},
            "compression": {},
            "retry_on_failure": {"max_elapsed_time": {}},
            "sending_queue": {"queue_size": {}},
        }
    },
    "service": {"pipelines": {"traces": {"receivers": {}, "processors": {}, "exporters": {}}}},
}


def _unknown(given: Any, known: Any, at: str = "") -> list[str]:
    if not known or not isinstance(given, dict):
        return []
    found = [f"{at}/{key}" for key in given if key not in known]
    return found + [
        fault
        for key in given.keys() & known.keys()
        for fault in _unknown(given[key], known[key], f"{at}/{key}")
    ]


def test_each_setting_is_one_of_its_component() -> None:
    """A misspelt one would keep the collector from starting, and the spans from being kept."""
    assert _unknown(CONFIG, KNOWN) == []
    assert _unknown({"exporters": {"otlp_http": {"endpoit": ""}}}, KNOWN)


def test_what_is_set_up_is_used() -> None:
    """In the pipeline of traces; spans are held back by memory before they are gathered."""
    pipeline = CONFIG["service"]["pipelines"]["traces"]
    for kind in ("receivers", "processors", "exporters"):
        assert list(CONFIG[kind]) == pipeline[kind]
    assert pipeline["processors"][0] == "memory_limiter"


def test_services_and_collector_meet() -> None:
    """At the port that services send to, over TLS."""
    address = literals()["platform"]["NAGORIK_OTLP_ENDPOINT"]
    http = CONFIG["receivers"]["otlp"]["protocols"]["http"]
    port = http["endpoint"].rpartition(":")[2]
    assert address == f"https://otel-collector.monitoring:{port}/v1/traces"
    assert {Path(file).parent for file in http["tls"].values()} == {Path("/etc/otel/tls")}


def test_the_collector_takes_it() -> None:
    """As the program says; not run where it is not on the machine."""
    program = shutil.which("otelcol") or shutil.which("otelcol-contrib")
    if program is None:
        pytest.skip("not run: no package has OpenTelemetry Collector, nor this machine")
    environment = {"TRACES_ENDPOINT": "http://127.0.0.1:4318"}
    done = run(  # noqa: S603
        [program, "validate", f"--config={FILE}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
