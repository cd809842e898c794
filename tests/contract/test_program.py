"""Unmodified programs in virtual time: they wake when their time has come, and a step ends when they are done."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from simulator.backends.processes import Process, wait_until
from simulator.backends.program import program_backend
from simulator.backends.program.faketime import VirtualClock, forget
from simulator.backends.program.quiescence import Quiescence
from simulator.backends.program.waking import wake
from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.model.log import Event
from simulator.model.scenarios import Scenario
from simulator.running import Rehearsal
from simulator.running.rehearsal import rehearse
from simulator.words.clock import DAY, HOUR, MINUTE, parse_instant, zone
from simulator.words.errors import NotQuiescent

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("blackbox")]

SIGNED_UP = parse_instant("2025-03-03 10:00", zone("UTC"))
"""When everybody signs up: in the past of any machine that this is run on."""

JAVASCRIPT = """
const http = require('http'), net = require('net');
const [host, port] = process.env.JOURNEYPROOF_SMTP.split(':');
function mail(to, subject) {
    const lines = ['EHLO shop.test', 'MAIL FROM:<crm@shop.test>', `RCPT TO:<${to}>`, 'DATA',
        `Subject: ${subject}\\r\\nDate: ${new Date().toUTCString()}\\r\\nTo: ${to}\\r\\n\\r\\nHello.\\r\\n.`, 'QUIT'];
    const line = net.connect(Number(port), host);
    let heard = '', said;
    line.on('data', (data) => {
        heard += data;
        while ((said = heard.match(/^\\d{3}([ -]).*\\r\\n/))) {
            heard = heard.slice(said[0].length);
            if (said[1] === ' ') lines.length ? line.write(`${lines.shift()}\\r\\n`) : line.end();
        }
    });
}
http.createServer((request, response) => {
    let body = '';
    request.on('data', (data) => { body += data; });
    request.on('end', () => {
        const { email, name } = JSON.parse(body);
        mail(email, `Welcome, ${name}`);
        setTimeout(() => mail(email, `Six hours, ${name}`), 6 * 3600e3);
        response.end();
    });
}).listen(Number(process.argv[2]), '127.0.0.1');
"""

PYTHON = """
import asyncio, json, os, smtplib, sys, threading, time
from email.message import EmailMessage
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOW = sys.argv[2]

def send(to, subject):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = "crm@shop.test", to, subject, formatdate()
    mail.set_content("Hello.")
    host, _, port = os.environ["JOURNEYPROOF_SMTP"].partition(":")
    with smtplib.SMTP(host, int(port), "localhost") as server:
        server.send_message(mail)

def sleep(hours):
    if HOW == "sleeps":
        time.sleep(hours * 3600)
    elif HOW == "waits":
        threading.Event().wait(hours * 3600)
    elif HOW == "polls":
        until = time.time() + hours * 3600
        while time.time() < until:
            time.sleep(min(1800, max(0, until - time.time())))
    else:
        asyncio.run(asyncio.sleep(hours * 3600))

def journey(email, name):
    send(email, f"Welcome, {name}")
    sleep(6)
    send(email, f"Six hours, {name}")

class SignUps(BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        threading.Thread(target=journey, args=(told["email"], told["name"]), daemon=True).start()
        self.send_response(202)
        self.end_headers()
    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), SignUps).serve_forever()
"""

DESCRIPTION = """
backend: A little engine
command: [COMMAND]
tell:
  Signed Up: {post: "http://127.0.0.1:{port}/", json: {email: "{address.email}", name: "{customer.first_name}"}}
recognise:
  - {message: welcome, purpose: service, subject: "^Welcome, (?P<first_name>.+)$"}
  - {message: six-hours, purpose: service, subject: "^Six hours, (?P<first_name>.+)$"}
"""

SCENARIO = """
scenario: A few sign-ups
people:
  some: {like: anna, count: COUNT, varies: {name: any}}
starts: 2025-03-03
lasts: 18 h
story:
  - {at: 2025-03-03 10:00, who: some, event: Signed Up}
checks:
  six-hours:
    response: A second mail comes six hours later.
    activation: Signed Up
    target: Message Received where message = six-hours
    not_before: activation + 6 h
    by: activation + 6 h 5 min
"""


def little(folder: Path, count: int = 3, extra: str = "") -> Scenario:
    """Some people sign up."""
    home = folder / "scenarios" / "little"
    home.mkdir(parents=True)
    for name in ("welcome", "six-hours"):
        (home / f"{name}.message.yaml").write_text(f"message: {name}\ntext: Hello.\n", encoding="utf-8")
    (home / "little.scenario.yaml").write_text(SCENARIO.replace("COUNT", str(count)) + extra, encoding="utf-8")
    [source] = discover([home], data_folder("scenarios"), folder)
    return load(source, source.variants[0])


def run_program(folder: Path, script: str, *words: str, count: int = 3, extra: str = "", more: str = "") -> Rehearsal:
    """Rehearse the sign-ups on a program: `script` is JavaScript or Python, `words` follow it on the command line."""
    name, program = ("engine.js", "node") if "require(" in script else ("engine.py", sys.executable)
    (folder / name).write_text(textwrap.dedent(script), encoding="utf-8")
    command = ", ".join(f'"{word}"' for word in (program, name, "{port}", *words))
    file = folder / "little.backend.yaml"
    file.write_text(DESCRIPTION.replace("COMMAND", command) + more, encoding="utf-8")
    return rehearse(little(folder, count, extra), backend=partial(program_backend, file))


def sent(rehearsal: Rehearsal, message: str) -> list[Event]:
    """The mails of one kind."""
    return [row for row in rehearsal.log if row.name == "Message Sent" and row.data["message"] == message]


def test_a_program_in_node_wakes_at_the_first_step_after_its_time(tmp_path: Path) -> None:
    rehearsal = run_program(tmp_path, JAVASCRIPT)
    assert rehearsal.as_expected, rehearsal.verdicts[0].reason
    told_at = SIGNED_UP + MINUTE  # the link to the mailing system takes one
    assert [row.time for row in sent(rehearsal, "welcome")] == [told_at] * 3
    assert [row.time for row in sent(rehearsal, "six-hours")] == [SIGNED_UP + 6 * HOUR + 15 * MINUTE] * 3
    # Its clock stands while it works, so what it stamps is the instant of the step.
    assert all("stamped" not in row.data for row in rehearsal.log)
    published = [row.data for row in rehearsal.log if row.name == "Journeys Published"]
    assert published == [{"of": "little", "definition": "native little.backend.yaml"}]


@pytest.mark.parametrize("how", ["sleeps", "waits", "polls", "awaits"])
def test_a_program_in_python_wakes_however_it_sleeps(how: str, tmp_path: Path) -> None:
    rehearsal = run_program(tmp_path, PYTHON, how, more="granularity: 1 h\n")
    assert [row.time for row in sent(rehearsal, "welcome")] == [SIGNED_UP + MINUTE] * 3
    # A clock that runs on has moved a little by the time that a sleep begins, so its end may be one step late.
    late = [row.time for row in sent(rehearsal, "six-hours")]
    assert len(late) == 3
    assert all(SIGNED_UP + 6 * HOUR < each <= SIGNED_UP + 8 * HOUR for each in late)


KEEPING = """
const http = require('http'), fs = require('fs'), net = require('net');
const file = `${process.argv[3]}/started`;
const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
fs.writeFileSync(file, `${before}${new Date().toISOString()} `);
http.createServer((request, response) => {
    request.resume().on('end', () => {
        fs.copyFileSync(file, process.argv[4]);
        response.end();
    });
}).listen(Number(process.argv[2]), '127.0.0.1');
"""


def test_a_restart_kills_the_program_and_begins_it_anew_at_the_same_instant(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    fault = "faults: [{fault: restarted, of: backend, from: 2025-03-03 08:00, until: 2025-03-03 09:00}]\n"
    run_program(tmp_path, KEEPING, "{folder}", str(kept), count=1, extra=fault)
    first, second = (dt.datetime.fromisoformat(word) for word in kept.read_text().split())
    # Each time the clock begins half a minute ahead, so that the program is up when it is needed.
    midnight = dt.datetime(2025, 3, 3, tzinfo=dt.UTC)
    assert midnight - dt.timedelta(seconds=30) <= first < midnight
    nine = midnight + dt.timedelta(hours=9)
    assert nine - dt.timedelta(seconds=30) <= second < nine


# The clock and the quiet, without a backend around them.


@pytest.fixture
def clock(tmp_path: Path) -> VirtualClock:
    """A clock that nobody has read yet."""
    return VirtualClock(tmp_path / "clock")


def start(clock: VirtualClock, *command: str) -> Process:
    """A program that reads a clock."""
    return Process(command, environment=dict(clock.environment(os.environ)))


def test_the_clock_never_goes_back(clock: VirtualClock) -> None:
    clock.stop_at(SIGNED_UP)
    clock.stop_at(SIGNED_UP - HOUR)
    assert clock.now == SIGNED_UP
    clock.run_from(SIGNED_UP - DAY)
    assert clock.now >= SIGNED_UP
    seen = clock.now
    clock.stop_at(SIGNED_UP)
    assert clock.now >= seen


def test_every_process_of_a_tree_reads_the_clock(clock: VirtualClock) -> None:
    clock.stop_at(SIGNED_UP)
    script = "date +%s; env TZ=Asia/Tokyo date +%s; python3 -c 'import time; print(int(time.time()))'"
    with start(clock, "sh", "-c", script) as process:
        process.wait(20)
        assert process.last_lines() == (str(SIGNED_UP // 1000),) * 3
    forget(process.pid)


def test_a_sitecustomize_of_ones_own_is_still_imported(clock: VirtualClock, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('mine')", encoding="utf-8")
    clock.run_from(SIGNED_UP)
    environment = clock.environment({"PYTHONPATH": str(tmp_path)})
    with Process([sys.executable, "-c", "print('done')"], environment=dict(environment)) as process:
        process.wait(20)
        assert process.last_lines() == ("mine", "done")
    forget(process.pid)


def test_a_sleep_whose_end_has_passed_is_over(clock: VirtualClock) -> None:
    """The clock jumps by more than the machine has been up, between the moment a sleep is reckoned and the sleep."""
    code = """
import time, threading
for _ in range(3):
    thread = threading.Thread(target=lambda: (time.sleep(3600), print("woke", flush=True)))
    thread.start()
print("asleep", flush=True)
time.sleep(3600)
"""
    clock.run_from(SIGNED_UP)
    with start(clock, sys.executable, "-c", code) as process:
        assert process.wait_for_line("asleep", 20)
        quiet = Quiescence(process)
        quiet.settle()
        for year in range(1, 4):
            clock.run_from(SIGNED_UP + year * 365 * DAY)
            wake(process.members())
        assert process.wait(20), process.cause()
        assert "".join(process.last_lines()) == "asleep" + 3 * "woke"
    forget(process.pid)


def quiet_program(code: str, clock: VirtualClock) -> Process:
    """A Python program that says when it is ready."""
    clock.run_from(SIGNED_UP)
    process = start(clock, sys.executable, "-c", f"print('ready', flush=True)\n{textwrap.dedent(code)}")
    assert process.wait_for_line("ready", 20), process.cause()
    return process


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])",
        "import threading\ndef work():\n    while True: pass\nthreading.Thread(target=work).start()",
    ],
    ids=["itself", "a-child", "a-thread"],
)
def test_whoever_computes_is_not_quiet(code: str, clock: VirtualClock) -> None:
    with quiet_program(code, clock) as process:
        with pytest.raises(NotQuiescent, match="computes") as caught:
            Quiescence(process, limit=1).settle()
        assert "was not done after 1 s" in str(caught.value)
        assert "the last it printed: ready" in str(caught.value)
    forget(process.pid)


def test_whoever_waits_for_a_processor_is_not_quiet(clock: VirtualClock) -> None:
    """A program at the lowest priority beside two that compute gets no time at all, and is not done for that."""
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        code = (
            "import os, time\nos.nice(19)\nuntil = time.process_time() + 0.2\nwhile time.process_time() < until: pass"
        )
        with quiet_program(f"{code}\nprint('done', flush=True)\ntime.sleep(3600)", clock) as process:
            Quiescence(process).settle()
            assert "done" in process.last_lines()
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    forget(process.pid)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A server that accepts and answers only when it is told to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_whoever_talks_to_a_slow_server_is_not_quiet(clock: VirtualClock, server: socket.socket) -> None:
    port = server.getsockname()[1]
    talks = f"""
        import socket
        line = socket.create_connection(("127.0.0.1", {port}))
        line.sendall(b"hello")
        line.recv(10)
        print("answered", flush=True)
        line.recv(10)
    """
    with quiet_program(talks, clock) as process:
        with pytest.raises(NotQuiescent, match=f"port {port}"):
            Quiescence(process, limit=0.4).settle()
        line, _ = server.accept()
        with line:
            with pytest.raises(NotQuiescent, match="bytes wait"):
                Quiescence(process, limit=0.4).settle()
            line.recv(10)
            line.sendall(b"hello")
            quiet = Quiescence(process)
            quiet.settle()
            assert "answered" in process.last_lines()
    forget(process.pid)


def test_whoever_waits_for_a_time_that_is_near_is_quiet(clock: VirtualClock) -> None:
    """On a clock that stands, a timer that is due in a millisecond wakes its program again and again, for nothing."""
    clock.stop_at(SIGNED_UP)
    code = "console.log('ready'); setTimeout(() => console.log('due'), 1); setInterval(() => {}, 1000)"
    with start(clock, "node", "-e", code) as process:
        assert process.wait_for_line("ready", 20)
        Quiescence(process, limit=5).settle()
        assert process.last_lines() == ("ready",)
        clock.stop_at(SIGNED_UP + 1)
        assert wait_until(lambda: "due" in process.last_lines(), 5)
    forget(process.pid)
