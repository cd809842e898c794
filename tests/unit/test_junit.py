"""JUnit as build servers read it: unique names, file and line, and text that is always XML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from simulator.reporting.entries import Done
from simulator.reporting.junit import junit
from tests.unit import samples


def read(*done: Done, failed: Any = (), strict: bool = False) -> ET.Element:
    return ET.fromstring(junit(done, failed, strict))


def case(root: ET.Element, name: str) -> ET.Element:
    [found] = [element for element in root.iter("testcase") if element.get("name") == name]
    return found


def test_each_check_is_a_case_with_file_and_line() -> None:
    root = read(samples.done(samples.entry(samples.check(), samples.check("second", place=""))))
    assert root.tag == "testsuites"
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("2", "0", "0", "0")
    first, second = root.iter("testcase")
    assert dict(first.items()) == {
        "name": "offer-before-opening",
        "classname": "late-birthday.leap-day",
        "file": "scenarios/late-birthday/birthday.checks.yaml",
        "line": "2",
        "time": "0.22",
    }
    assert (second.get("file"), second.get("line")) == ("scenarios/late-birthday/late-birthday.scenario.yaml", "41")
    assert not first.findall("failure")


def test_a_failure_has_the_verdict_in_its_message_and_the_sentences_in_its_text() -> None:
    root = read(samples.done(samples.surprised()))
    failure = case(root, "offer-before-opening").find("failure")
    assert failure is not None
    assert failure.get("type") == "violated"
    assert failure.get("message") == "violated: The offer is received before the shop opens on the customer's birthday."
    lines = (failure.text or "").splitlines()
    assert lines[0] == "offer-before-opening: violated 2 times; the variant declares no violation of it."
    assert lines[1].endswith("[camille, Fri 14 Nov 2025 10:00, late by 22 h 7 min]")
    assert case(root, "one-greeting-a-year").find("failure") is None


def test_seed_span_and_the_line_to_run_again_are_properties() -> None:
    root = read(samples.done(samples.surprised(), customers=20))
    found = case(root, "offer-before-opening").findall("properties/property")
    properties = {item.get("name"): item.get("value") for item in found}
    assert properties["seed"] == "42"
    assert properties["virtual_duration"] == "456 days"
    assert properties["reproduce"] == (
        "journeyproof run late-birthday --variant leap-day --seed 42 --customers 20 --customer camille"
    )
    suite = root.find("testsuite")
    assert suite is not None
    assert "seed" in {item.get("name") for item in suite.findall("properties/property")}


def test_an_expected_violation_passes_and_tells_itself_in_system_out() -> None:
    violated = samples.check(outcome="violated", violations=[samples.violation()])
    root = read(samples.done(samples.entry(violated, outcome="violated")))
    only = case(root, "offer-before-opening")
    assert only.find("failure") is None
    assert "22 h 7 min after the shop had opened" in (only.findtext("system-out") or "")


def test_what_the_granularity_decided_stands_in_system_out() -> None:
    found = case(
        read(samples.done(samples.entry(samples.check(reason="1 of 9 was late by 4 min.")))), "offer-before-opening"
    )
    assert found.findtext("system-out") == "1 of 9 was late by 4 min."


@pytest.mark.parametrize("outcome", ["pending", "vacuous", "unsupported"])
def test_what_was_not_decided_is_skipped(outcome: str) -> None:
    quiet = samples.done(samples.entry(samples.check(outcome=outcome, reason="nobody had a birthday")))
    skipped = case(read(quiet), "offer-before-opening").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == f"{outcome}: nobody had a birthday"


@pytest.mark.parametrize("outcome", ["vacuous", "unsupported"])
def test_strictly_what_says_nothing_for_or_against_is_a_failure(outcome: str) -> None:
    quiet = samples.done(samples.entry(samples.check(outcome=outcome, reason="nobody had a birthday")))
    assert case(read(quiet, strict=True), "offer-before-opening").find("failure") is not None


def test_a_check_that_crashed_and_a_variant_that_did_not_run_are_errors() -> None:
    root = read(
        samples.done(samples.entry(samples.check(outcome="error", reason="division by zero"))),
        failed=[samples.failed("crashed", 3, "the backend raised\nValueError: no")],
    )
    assert root.get("errors") == "2"
    error = case(root, "the variant as a whole").find("error")
    assert error is not None
    assert error.get("message") == "crashed: the backend raised ValueError: no"
    assert error.text == "the backend raised\nValueError: no"


def test_a_difference_that_no_check_explains_is_a_failing_case_of_its_own() -> None:
    entry = samples.entry(samples.check(), as_expected=False, unexpected=["the diagnosis is 'backlog'."])
    root = read(samples.done(entry))
    assert root.get("failures") == "1"
    assert case(root, "the variant as a whole").findtext("failure") == "the diagnosis is 'backlog'."


def test_no_two_cases_have_the_same_name() -> None:
    one = samples.done(samples.entry(samples.check(), samples.check()))
    root = read(one, one, samples.done(samples.entry(samples.check(), name="other")))
    names = [(element.get("classname"), element.get("name")) for element in root.iter("testcase")]
    assert len(set(names)) == len(names) == 5


def test_any_text_becomes_xml() -> None:
    nasty = samples.surprised()
    words = "<b>&\"']]> \x00\x1b\ud800\ufffe Élodie"
    nasty["checks"][0]["rule"] = nasty["checks"][0]["violations"][0]["sentence"] = words
    nasty["family"] = nasty["name"] = nasty["checks"][0]["name"] = words
    nasty["unexpected"] = [f"{words}: wrong"]
    root = read(samples.done(nasty), failed=[samples.failed(message=words)])
    assert "<b>&\"']]> \\x00\\x1b\\ud800\\ufffe Élodie" in (root.findtext(".//failure") or "")
