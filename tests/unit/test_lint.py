"""What readers would stumble over is found at its line, and what is well is left alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import execute
from simulator.model.lint import ANY, Sending, findings, layout_findings, sentences
from simulator.model.messages import Layout, Message

ADVERTISING = Sending(frozenset({"email"}), frozenset({"marketing"}))
GOOD = Layout(
    layout="Frame",
    html='<!doctype html><html lang="{{ lang }}"><head><title>{{ subject }}</title><style>p { color: red }</style>'
    '</head><body>{{ content }}<p>Withdraw your consent at any time.<img src="data:image/png;base64,aaa" alt="">'
    "</body></html>",
)

COLUMN = "<mjml><mj-body><mj-section><mj-column><mj-text>a</mj-text></mj-column></mj-section></mj-body></mjml>"


def found(sending: Sending = ANY, **parts: Any) -> list[tuple[str, str]]:
    """Rule and severity of what is wrong with a message that has these parts."""
    whole: dict[str, Any] = {"message": "Tried", "lang": "en", "subject": "Hello", "text": "Hello", **parts}
    return [(finding.rule, finding.severity) for finding in findings(Message(**whole), {}, sending)]


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ({"text": "Dear TODO,"}, "placeholder"),
        ({"subject": "Lorem ipsum dolor"}, "placeholder"),
        ({"text": "Dear %%FIRSTNAME%%"}, "placeholder"),
        ({"text": "Dear [FIRST NAME]"}, "placeholder"),
        ({"text": "Dear *|FNAME|*"}, "placeholder"),
        ({"text": "Dear {{{ first_name }}}"}, "placeholder"),
        ({"text": "Dear ${name}"}, "placeholder"),
        ({"text": "Dear <<name>>"}, "placeholder"),
        ({"gloss": {"text": "FIXME"}}, "placeholder"),
        ({"html": "<p>TBD</p>"}, "placeholder"),
        ({"text": "Hel\u200blo"}, "invisible"),
        ({"subject": "Hello\u200f"}, "invisible"),
        ({"text": "Hello \u202eolleH"}, "invisible"),
        ({"text": "See https://shop.com/"}, "link"),
        ({"text": "See www.shop.com, please"}, "link"),
        ({"text": "See http://shop.example/"}, "link"),
        ({"html": "<a href=''>a</a>"}, "empty-link"),
        ({"html": "<a href='#'>a</a>"}, "empty-link"),
        ({"html": "<a>a</a>"}, "empty-link"),
        ({"html": "<a href='https://shop.com/{{ a }}'>a</a>"}, "link"),
        ({"html": "<a href='http://shop.example/'>a</a>"}, "link"),
        ({"html": "<a href='shop'>a</a>"}, "link"),
        ({"html": "<a href='mailto:a@shop.com'>a</a>"}, "link"),
        ({"html": "<a href='java\tscript:alert(1)'>a</a>"}, "active"),
        ({"html": "<a href='data:text/html,a'>a</a>"}, "active"),
        ({"html": "<img src='https://shop.example/a.png' alt='a'>"}, "remote"),
        ({"html": "<img src='' alt='a'>"}, "remote"),
        ({"html": "<table background='//shop.example/a.png'></table>"}, "remote"),
        ({"html": "<p style='background: url(https://shop.example/a.png)'>a</p>"}, "remote"),
        ({"html": "<style>@import 'https://shop.example/a.css';</style>"}, "remote"),
        ({"html": "<link rel='stylesheet' href='https://shop.example/a.css'>"}, "remote"),
        ({"html": "<img src='cid:a'>"}, "alt"),
        ({"html": "<html><body>a</body></html>"}, "language"),
        ({"html": "<script>a()</script>"}, "active"),
        ({"html": "<iframe src='cid:a'></iframe>"}, "active"),
        ({"html": "<form></form>"}, "active"),
        ({"html": "<meta http-equiv='refresh' content='0'>"}, "active"),
        ({"html": "<p onclick='a()'>a</p>"}, "active"),
        ({"html": "<div><b>a</div>"}, "unclosed"),
        ({"html": "<div><b>a</b>"}, "unclosed"),
        ({"html": "a</div>"}, "unclosed"),
        ({"html": "<p"}, "unclosed"),
        ({"html": "<!-- a"}, "unclosed"),
        ({"html": "<style>a"}, "unclosed"),
        ({"mjml": "<mjml><mj-body><mj-botton></mj-botton></mj-body></mjml>"}, "mjml"),
        ({"mjml": "<mjml><mj-body><mj-section></mj-body></mjml>"}, "mjml"),
        ({"html": "<p>a</p>", "subject": " "}, "subject"),
        ({"withdraw": "no more of this"}, "withdrawal"),
    ],
)
def test_an_error_is_found(parts: dict[str, Any], rule: str) -> None:
    assert (rule, "error") in found(**parts)


@pytest.mark.parametrize(
    "parts",
    [
        {"text": "Dear {{ first_name }}, [see] the TODOlist, 100 %, a [b] and <b>."},
        {"text": "¡TODO al 50 %!", "lang": "es"},
        {"text": "\u200fשלום", "lang": "he"},
        {"text": "می\u200cخواهم", "lang": "fa"},
        {"text": "👩\u200d💻 and 👍🏽"},
        {"text": "https://shop.example/{{ a }} and www.example.org."},
        {"html": "<!-- [if mso]>a<![endif] --><p>a<br>b<p>c<ul><li>d<li>e</ul>"},
        {"html": "<a name='top'></a><a href='#top'>a</a><a href='tel:+99900111'>b</a><a href='{{ links.a }}'>c</a>"},
        {"html": "<a href='mailto:a@shop.example?subject=b'>a</a>"},
        {"html": "<a href='https://shop.example/?a=b&amp;c={{ d }}'>e</a>"},
        {"html": "<img alt='' src=\"data:image/png;base64,TODO/XXX+aaaa==\"><img alt='a' src='{{ picture }}'>"},
        {"html": "<td background='cid:a' style=\"background: url('data:image/png;base64,aa')\"></td>"},
        {"html": "<p {% if a %}class='b'{% endif %}>{% if a < b %}c{% endif %}</p>"},
        {"mjml": COLUMN},
        {"withdraw": "Hell", "text": "Hello"},
    ],
)
def test_what_is_well_is_left_alone(parts: dict[str, Any]) -> None:
    assert found(**parts) == []


def test_advice_is_no_error() -> None:
    assert found(subject="{{ first_name }}, " + "x" * 70) == [("subject", "advice")]
    assert found(html="<p>a</p>", text="") == [("text-alternative", "advice")]
    assert [finding.rule for finding in findings(Message(message="Tried", text="a"), {})] == ["language"]


def test_advertising_can_be_declined() -> None:
    assert found(ADVERTISING) == [("withdrawal", "error")]
    assert found(ADVERTISING, text="Hello. Unsubscribe: https://shop.example/") == []
    assert found(ADVERTISING, lang="xh", text="Hello. Ndiyeke!", withdraw="Ndiyeke!") == []
    assert found(ADVERTISING, lang="xh", gloss={"text": "To withdraw your consent, write."}) == []
    assert found(Sending(frozenset({"sms"}), frozenset({"marketing"})), text="50 %. STOP: 1") == []
    assert found(Sending(frozenset({"letter"}), frozenset({"marketing"}))) == []
    assert found(Sending(frozenset({"email"}), frozenset({"service"}))) == []
    inside = Message(message="Tried", lang="en", subject="a", text="a", html="<p>a</p>", layout="good")
    assert findings(inside, {"good": GOOD}, ADVERTISING) == []


def test_a_layout_is_looked_through() -> None:
    assert layout_findings(GOOD) == []
    bad = Layout(layout="Bad", html="<html><body><script></script>{{ content }}{{ subject }}</body></html>")
    assert [finding.rule for finding in layout_findings(bad)] == ["language", "active"]
    inside = Message(message="Tried", lang="en", subject="a", text="a", html="<p>a</p>", layout="bad")
    said = sentences(inside, {"bad": bad}, ANY)
    assert said[0].startswith("In the layout 'bad': the page does not say its language.")


# The command.

MESSAGE = """message: The offer
lang: en
subject: An offer
layout: frame
text: |
  Dear {{ first_name }},

    this is TODO.
  Unsubscribe: https://shop.example/bye
html: |
  <p>Dear {{ first_name }}</p>
    <img src="https://shop.example/a.png" alt="a">
names: {first_name: customer.first_name}
"""
FRAME = """layout: Frame
html: |
  <!doctype html>
  <html lang="{{ lang }}"><head><title>{{ subject }}</title></head>
  <body>{{ content }}<a href="#">Go</a></body></html>
"""


Lint = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def lint(capsys: pytest.CaptureFixture[str]) -> Lint:
    """The command: its exit code, and what it says."""

    def linted(*words: str) -> tuple[int, list[str]]:
        code = execute(["lint", *words])
        said = capsys.readouterr()
        return code, (said.out + said.err).splitlines()

    return linted


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in {"messages/offer.message": MESSAGE, "layouts/frame.layout": FRAME}.items():
        file = tmp_path / "fixtures" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_finding_has_its_line(shop: Path, lint: Lint) -> None:
    code, lines = lint(str(shop / "fixtures"))
    assert code == 1
    assert [line.partition(": ")[0] for line in lines[:-1]] == [
        "fixtures/layouts/frame.layout.yaml:5",
        "fixtures/messages/offer.message.yaml:8",
        "fixtures/messages/offer.message.yaml:12",
    ]
    assert lines[-1] == "2 documents: 3 errors and 0 of advice"


def test_advice_alone_is_exit_0(shop: Path, lint: Lint) -> None:
    file = shop / "plain.message.yaml"
    file.write_text("message: Plain\nsubject: Plain\ntext: Plain\n", encoding="utf-8")
    code, lines = lint(str(file))
    assert code == 0
    assert lines[0].startswith("plain.message.yaml:1: advice: the message does not say its language")


def test_a_clean_message_says_so(shop: Path, lint: Lint) -> None:
    file = shop / "plain.message.yaml"
    file.write_text("message: Plain\nlang: en\nsubject: Plain\ntext: Plain\n", encoding="utf-8")
    assert lint(str(file)) == (0, ["1 document: nothing to complain of"])


def test_what_breaks_the_language_is_a_wrong_file(shop: Path, lint: Lint) -> None:
    file = shop / "fixtures" / "messages" / "offer.message.yaml"
    file.write_text(f"{MESSAGE}links: {{a: 'https://shop.com/'}}\n", encoding="utf-8")
    code, lines = lint(str(file))
    assert code == 2
    place = "fixtures/messages/offer.message.yaml:14:13:"
    assert f"{place} the link 'a' leads to shop.com, a real domain." in " ".join(lines)


def test_a_name_that_nobody_knows_is_wrong_usage(lint: Lint) -> None:
    code, lines = lint("late-birthdya")
    assert code == 2
    assert "late-birthday" in " ".join(lines)


def test_a_family_is_linted_with_what_its_journeys_send(tmp_path: Path, lint: Lint) -> None:
    home = tmp_path / "scenarios" / "hello"
    home.mkdir(parents=True)
    (home / "hello.scenario.yaml").write_text(
        "scenario: Hello\nstarts: 2026-03-02\nlasts: 2 days\njourneys: [hello]\nchecks: {checks: None}\n",
        encoding="utf-8",
    )
    (home / "hello.journey.yaml").write_text(
        "journey: Hello\npurpose: marketing\ntrigger: {event: Signed Up}\nsteps: [{send: hello, channel: email}]\n",
        encoding="utf-8",
    )
    (home / "hello.message.yaml").write_text("message: Hello\nlang: en\nsubject: a\ntext: a\n", encoding="utf-8")
    code, lines = lint(str(tmp_path / "scenarios"))
    assert code == 1
    assert "hello.message.yaml:1: the message advertises" in lines[0]


def test_a_message_of_the_golden_project_is_linted_in_place(tmp_path: Path, lint: Lint) -> None:
    project = Path(__file__).parents[1] / "golden" / "invalid" / "project"
    shutil.copytree(project, tmp_path / "project")
    code, lines = lint(str(tmp_path / "project" / "fixtures" / "layouts"))
    assert (code, lines) == (0, ["1 document: nothing to complain of"])
