"""The report, from the kit to the gate for going live."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from conformance.checks import CHECKS, OF_APPEALS
from conformance.report import in_words, report_of
from libs.errors import Refused
from services.catalogue.conformance.rules import check_gate, read_report

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@dataclass
class Ended:
    nodeid: str


def ended(*rules: str) -> list[Ended]:
    name = "conformance/test_adapter.py::test_the_adapter_keeps_the_rule"
    return [Ended(f"{name}[{rule}]") for rule in rules]


def test_all_rules_passed_open_the_gate() -> None:
    """For people and for programs."""
    report = report_of("ird", {"passed": ended(*CHECKS)}, NOON, takes_appeals=True)
    assert report["passed"]
    assert "adapter of ird: passed" in in_words(report)
    check_gate(read_report(json.dumps(report), NOON), None)


def test_objections_are_declared_by_a_report_that_has_them() -> None:
    """Without `--appeals` the rule is not in it, and the others are enough to go live."""
    others = [rule for rule in CHECKS if rule != OF_APPEALS]
    found = []
    for takes_appeals in (False, True):
        made = report_of("ird", {"passed": ended(*others)}, NOON, takes_appeals=takes_appeals)
        report = read_report(json.dumps(made), NOON)
        found.append((report.passed, report.takes_appeals))
    assert found == [(True, False), (False, False)]
    made = report_of("ird", {"passed": ended(*CHECKS)}, NOON, takes_appeals=True)
    assert read_report(json.dumps(made), NOON).takes_appeals


@pytest.mark.parametrize("verdict", ["failed", "error", "left out"])
def test_one_rule_that_is_not_passed_closes_it(verdict: str) -> None:
    """A rule that broke, that could not be checked, or that was left out."""
    first, *others = CHECKS
    report = report_of("ird", {"passed": ended(*others), verdict: ended(first)}, NOON)
    assert not report["passed"]
    assert report["rules"][first] == ("skipped" if verdict == "left out" else "failed")
    assert "adapter of ird: not passed" in in_words(report)
    read = read_report(json.dumps(report), NOON)
    with pytest.raises(Refused, match="adapter_not_checked"):
        check_gate(read, None)
    check_gate(read, "the minister's letter of 3 May")
