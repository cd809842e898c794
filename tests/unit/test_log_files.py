"""The event log as a file of CloudEvents: exact, and clear about what is wrong with a line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.model import jsonl
from simulator.model.log import Event, EventLog
from simulator.model.typing import Dictionary
from simulator.running import read_log, rehearse, write_log
from simulator.words.errors import InvalidDocuments, LimitReached
from simulator.words.vocabulary import DATE, FIELDS, INSTANT, MONEY, NUMBER, PERCENT, TEXT, FieldType, Money
from tests.unit.small import welcome

START, END = 1_772_409_600_000, 1_772_668_800_000
TYPES = {
    **FIELDS, "note": TEXT, "born": DATE, "due": INSTANT, "price": MONEY, "size": NUMBER, "rate": PERCENT,
    "fine": FieldType("flag"), "state": FieldType("choice", ("open", "closed")),
}  # fmt: skip
DICTIONARY = Dictionary(TYPES, {}, frozenset({"Signed Up", "Message Sent"}), frozenset({"crm", "esp"}))

texts = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.fixed_dictionaries(
    {},
    optional={
        "note": texts,
        "born": st.dates().map(str),
        "due": st.integers(-62_135_510_400_000, 253_402_214_400_000),
        "price": st.builds(Money, st.integers(-(10**9), 10**9), st.sampled_from(["EUR", "PLN"])),
        "size": st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False),
        "rate": st.floats(0, 100),
        "fine": st.booleans(),
        "state": st.sampled_from(["open", "closed"]),
        "undeclared": texts | st.booleans() | st.integers(0, 9),
    },
)
events = st.builds(
    Event,
    time=st.integers(START, END),
    name=st.sampled_from(["Signed Up", "Message Sent"]),
    person=st.sampled_from(["", "anna", "bob", "zażółć/7"]),
    profile=st.sampled_from(["", "crm-1"]),
    system=st.sampled_from(["", "crm", "esp"]),
    cause=st.sampled_from(["", "anna/0", "nobody/3"]),
    data=values,
)


def log_of(rows: list[Event]) -> EventLog:
    return EventLog([Event(e.time, e.name, e.person, e.profile, e.system, e.cause, dict(e.data)) for e in rows],
                    TYPES, START, END)  # fmt: skip


def read(path: Path, **changes: Any) -> EventLog:
    return jsonl.read(path, "some.jsonl", DICTIONARY, START, END, **changes)


@given(rows=st.lists(events, max_size=12))
def test_a_log_reads_back_as_it_was_written(rows: list[Event], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("log") / "some.jsonl"
    log = log_of(rows)
    jsonl.write(log, "/journeyproof/a/b", path)
    again = read(path)
    assert list(again.rows) == list(log.rows)
    assert [{k: type(v) for k, v in e.data.items()} for e in again] == [
        {k: type(v) for k, v in e.data.items()} for e in log
    ]
    assert (again.start, again.end) == (START, END)
    assert jsonl.digest(again) == jsonl.digest(log)


@given(rows=st.lists(events, min_size=1, max_size=6), data=st.data())
def test_the_digest_sees_every_value_and_no_order_of_keys(rows: list[Event], data: st.DataObject) -> None:
    log = log_of(rows)
    turned = log_of([Event(e.time, e.name, e.person, e.profile, e.system, e.cause,
                           dict(reversed(e.data.items()))) for e in rows])  # fmt: skip
    assert jsonl.digest(turned) == jsonl.digest(log)
    assert list(jsonl.lines(turned, "/x")) == list(jsonl.lines(log, "/x"))
    changed = log_of(rows)
    row = changed.rows[data.draw(st.integers(0, len(rows) - 1))]
    where = data.draw(st.sampled_from(["time", "name", "profile", "system", "cause", "data", "number"]))
    if where == "data":
        row.data["note"] = row.data.get("note", "") + "!"
    elif where in ("time", "number"):
        setattr(row, where, getattr(row, where) + 1)
    else:
        setattr(row, where, getattr(row, where) + "x")
    before, after = jsonl.digests(log), jsonl.digests(changed)
    assert jsonl.combined(before) != jsonl.combined(after)
    assert [person for person in before if before[person] != after.get(person)] == [row.person]


def test_a_count_as_3_and_as_3_0_is_the_same_count() -> None:
    whole, decimal = (log_of([Event(START, "Signed Up", "anna", data={"size": size})]) for size in (3, 3.0))
    assert jsonl.digest(whole) == jsonl.digest(decimal)


def test_each_line_of_a_run_is_a_cloud_event(tmp_path: Path) -> None:
    rehearsal = rehearse(welcome(tmp_path, "engine-down"))
    path = tmp_path / "run.jsonl"
    write_log(rehearsal.log, rehearsal.scenario, path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["type"] == "Log Opened"
    assert lines[0]["data"]["events"] == len(rehearsal.log) == len(lines) - 1
    for line in lines:
        assert line["specversion"] == "1.0"
        assert line["source"] == "/journeyproof/welcome/engine-down"
        assert line["datacontenttype"] == "application/json"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in line)
        assert all(value != "" for value in line.values())
    assert len({line["id"] for line in lines}) == len(lines)
    again = read_log(path, rehearsal.scenario)
    assert list(again.rows) == list(rehearsal.log.rows)


def line_of(**changes: Any) -> str:
    line = {
        "specversion": "1.0", "id": "anna/0", "source": "/x", "type": "Signed Up", "time": "2026-03-02T10:00:00.000Z",
        "subject": "anna", "seq": 0, "data": {},
    } | changes  # fmt: skip
    return json.dumps({name: value for name, value in line.items() if value is not None})


HEADER = line_of(
    type="Log Opened", id="log", subject=None, seq=None,
    data={"format": "journeyproof-log", "version": 1, "start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z",
          "events": 1},
)  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["{"], "some.jsonl:1:2: not JSON"),
        (["[1]"], "this is no JSON object"),
        (['{"a": NaN}'], "'NaN' is no JSON"),
        ([line_of(specversion="0.3")], "specversion is \"0.3\": CloudEvents are read in version '1.0'"),
        ([line_of(id=None)], "id is missing"),
        ([line_of(source="")], 'source is ""'),
        ([line_of(type="Singed Up")], "unknown event 'Singed Up' (did you mean 'Signed Up'?)"),
        ([line_of(time="yesterday")], "write RFC 3339"),
        ([line_of(time="2026-03-02T10:00:00")], "write RFC 3339 with an offset"),
        ([line_of(time="2026-02-30T10:00:00Z")], "is not an ISO 8601 date"),
        ([line_of(subject=7)], "subject is 7"),
        ([line_of(system="crn")], "unknown system 'crn' (did you mean 'crm'?)"),
        ([line_of(seq=-1)], "seq is -1: it counts a customer's events from 0"),
        ([line_of(data=[])], "data is []"),
        ([line_of(data={"price": 149})], "price is 149, but 'price' is of type money. Write it as \"149 EUR\""),
        ([line_of(data={"price": "149"})], "'149' is not money"),
        ([line_of(data={"born": "14.11.1988"})], "'14.11.1988' is not a date"),
        ([line_of(data={"size": "3"})], "'size' is of type number"),
        ([line_of(data={"fine": "yes"})], "'fine' is of type flag"),
        ([line_of(data={"due": "noon"})], 'due is "noon": write RFC 3339'),
        ([line_of(data={"note": {"a": 1}})], "'note' is of type text"),
        ([line_of(data={"strange": [1]})], "'strange' is a single value"),
        ([line_of(), line_of()], "some.jsonl:2:1: the id 'anna/0' stands on line 1 already"),
        ([HEADER], "announces 1 events and 0 follow"),
        ([line_of(), HEADER], "some.jsonl:2:1: 'Log Opened' is the first line"),
        ([HEADER, line_of(time="2026-03-04T00:00:00Z")], "some.jsonl:2:1: 2026-03-04T00:00:00.000Z lies outside"),
        ([HEADER.replace('"version": 1', '"version": 9')], "the format is 'journeyproof-log 9'"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_its_place(tmp_path: Path, lines: list[str], complaint: str) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InvalidDocuments) as raised:
        read(path)
    assert complaint in str(raised.value)
    assert re.match(r"some\.jsonl:\d+:\d+: ", str(raised.value))


def test_all_bad_lines_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(b"{\n" + line_of().encode() + b"\n\xff\n" + line_of(id="b", time="never").encode() + b"\n")
    with pytest.raises(InvalidDocuments) as raised:
        read(path)
    assert [problem.place.line for problem in raised.value.problems] == [1, 3, 4]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocuments, match="cannot be read"):
        read(tmp_path / "none.jsonl")


def test_a_log_from_elsewhere_needs_no_first_line_and_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    lines = [
        line_of(id="e-2", seq=None, time="2026-03-02T11:00:00+01:00", type="Message Sent", causeid="e-1"),
        line_of(id="e-1", seq=None, time="2026-03-02T09:00:00Z", data={"undeclared": "kept", "note": 12, "size": 1}),
        line_of(id="e-3", seq=None, time="2026-03-09T09:00:00Z", subject="bob"),
    ]
    path.write_text("\n\n".join(lines), encoding="utf-8")
    log = read(path)
    assert [(e.id, e.name, e.cause) for e in log] == [
        ("anna/0", "Signed Up", ""), ("anna/1", "Message Sent", "anna/0"), ("bob/0", "Signed Up", ""),
    ]  # fmt: skip
    assert log.rows[0].data == {"undeclared": "kept", "note": "12", "size": 1}
    assert log.rows[1].time == log.rows[0].time + 3_600_000
    assert (log.start, log.end) == (START, log.rows[2].time)


def test_too_many_events_are_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text("\n".join(line_of(id=f"anna/{n}", seq=n) for n in range(3)), encoding="utf-8")
    with pytest.raises(LimitReached, match="more than 2 events"):
        read(path, most=2)
