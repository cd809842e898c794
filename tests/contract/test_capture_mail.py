"""Whatever bytes an engine sends as a mail, they are read as far as they go, and nothing raises."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.backends.capture.mail import Attachment, Captured, cleaned, read_mail
from simulator.backends.capture.markup import shown

TO = ("ann@example.org",)
HTML = """<html><head><title>not shown</title><style>p {color: red}</style></head><body>
<p>Dear Ann &amp; Bob,</p><p>see <a href="http://127.0.0.1:8000/s/1?a=1&amp;b=2">the offer</a>
<!-- <a href="http://hidden.example/">no</a> --> or <a href='https://shop.example/out'>Unsubscribe</a></p>
<a href="mailto:x@example.org">write</a><img src="http://127.0.0.1:8000/open/1" width=1><script>x="<p>"</script>
</body></html>"""


def read(mail: EmailMessage | MIMEMultipart | bytes) -> Captured:
    return read_mail(mail if isinstance(mail, bytes) else bytes(mail), "envelope@example.org", TO)


def written(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    return mail


def test_a_mail_with_everything_is_read_wholly() -> None:
    mail = written(From='"Łódź, Shop" <Shop@example.org>', To=TO[0], Subject="Zażółć gęślą jaźń 🎁")
    mail["Date"] = "Fri, 14 Nov 2025 08:07:00 +0100"
    mail["X-Tag"], mail["X-Template-Id"] = "one", "tpl-7"
    mail.add_header("X-Tag", "two")
    mail.set_content("Dear Ann,\nsee http://127.0.0.1:8000/s/2.\n")
    mail.add_alternative(HTML, subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Gutschein für Ann.pdf")
    seen = read(mail)
    assert (seen.sender, seen.subject) == ("Shop@example.org", ("Zażółć gęślą jaźń 🎁").strip())
    assert (seen.text, seen.date) == ("Dear Ann,\nsee http://127.0.0.1:8000/s/2.\n", 1763104020000)
    assert seen.headers["x-tag"] == ("one", "two")
    assert seen.template == "tpl-7"
    assert seen.attachments == (Attachment("Gutschein für Ann.pdf", "application/pdf", 4),)
    assert seen.images == ("http://127.0.0.1:8000/open/1",)
    assert seen.clickable == ("http://127.0.0.1:8000/s/1?a=1&b=2", "http://127.0.0.1:8000/s/2")
    assert seen.links == (seen.clickable[0], "https://shop.example/out", seen.clickable[1], *seen.images)
    assert seen.size == len(bytes(mail))


def test_a_mail_of_html_alone_has_its_text() -> None:
    mail = written(Subject="x")
    mail.set_content(HTML, subtype="html")
    assert read(mail).text == "Dear Ann & Bob,\nsee the offer or Unsubscribe\nwrite"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252"])
@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
def test_a_text_is_read_in_its_charset(charset: str, encoding: str) -> None:
    mail = written(Subject="x")
    mail.set_content("Grüße für 39 £\n", charset=charset, cte=encoding)
    assert read(mail).text.strip() == "Grüße für 39 £"


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        (b"X-Nothing: special", "Grüße".encode(), "Grüße"),
        (b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 8bit", "Grüße".encode(), "Grüße"),
        (b"Content-Type: text/plain; charset=no-such-thing", "Grüße".encode(), "Grüße"),
        (b"Content-Type: text/plain; charset=utf-8", b"Gr\xfc\xdfe", "Gr\ufffd\ufffde"),
        (b"Content-Type: text/plain; charset=unicode_escape", rb"\q\u0041", r"\q\u0041"),
        (b"Content-Transfer-Encoding: base64", b"not base64 at all!", None),
        (b"Content-Type: multipart/mixed", b"Gone is the boundary", "Gone is the boundary"),
        (
            b"Content-Type: multipart/mixed; boundary=b",
            b"--b\r\n\r\nfirst\r\n--b\r\n\r\nand no end",
            "first\nand no end",
        ),
        (b"Content-Type: ;;;=\r\nContent-Disposition: =", b"still here", "still here"),
    ],
)
def test_a_broken_mail_is_read_as_far_as_it_goes(head: bytes, body: bytes, text: str | None) -> None:
    seen = read(b"Subject: =?utf-8?q?caf=C3=A9?=\r\n" + head + b"\r\n\r\n" + body)
    assert seen.subject == "café"
    assert text is None or seen.text == text


def test_what_a_terminal_could_choke_on_is_taken_out() -> None:
    seen = read(b"Subject: a\x1b[31mb\x07\r\nFrom: \xff\xfe@example.org\r\n\r\nx\x00y")
    assert (seen.subject, seen.text) == ("a\ufffd[31mb\ufffd", "x\ufffdy")
    seen.sender.encode("utf-8")


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("Fri, 14 Nov 2025 07:07:00 -0000", 1763104020000),
        ("Fri, 14 Nov 2025 07:07:00 GMT", 1763104020000),
        ("yesterday", None),
        ("Fri, 99 Nov 2025 07:07:00 +0000", None),
        ("Fri, 14 Nov 2025 07:07:00 +999999999999", None),
    ],
)
def test_the_stamp_of_a_mail_is_its_date(date: str, instant: int | None) -> None:
    assert read(f"Date: {date}\r\n\r\nx".encode()).date == instant


def test_a_mail_inside_a_mail_is_an_attachment() -> None:
    inner = written(Subject="inner")
    inner.set_content("inner text")
    outer = MIMEMultipart()
    outer["Subject"] = "outer"
    outer.attach(MIMEText("outer text"))
    seen = read(outer)
    assert seen.text == "outer text"
    forwarded = written(Subject="outer")
    forwarded.set_content("outer text")
    forwarded.add_attachment(inner)
    seen = read(forwarded)
    assert (seen.subject, seen.text.strip(), len(seen.attachments)) == ("outer", "outer text", 1)
    assert seen.attachments[0].type == "message/rfc822"


@pytest.mark.parametrize(
    "bomb",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3_000)),
        b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 50_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 30_000 + b"\r\n\r\nx",
        b"Content-Type: text/plain; " + b"a*0=b; " * 30_000 + b"\r\n\r\nx",
        b"To: " + b'"(<' * 100_000 + b"\r\n\r\nx",
        b"\r\n".join(b"X-%d: y" % i for i in range(30_000)) + b"\r\n\r\nx",
        b"Content-Type: text/html\r\n\r\n" + b"<a " * 60_000,
        b"Content-Type: text/html\r\n\r\n" + b"<!--" * 50_000,
        b"Content-Type: text/html\r\n\r\n" + b"<a href='" * 20_000,
    ],
)
def test_a_bomb_does_not_go_off(bomb: bytes) -> None:
    # Read by the standard parsers alone, several of these take minutes.
    seen = read(b"X-First: kept\r\n" + bomb)
    assert seen.size == len(bomb) + 15
    assert len(seen.headers) <= 300
    assert len(seen.links) <= 1_000


LINES = st.sampled_from([
    b"Subject: ", b"From: ", b"Date: ", b"To: a@b", b"Content-Type: text/html",
    b"Content-Type: multipart/mixed; boundary=b",
    b"--b", b"--b--", b"Content-Transfer-Encoding: base64", b"Content-Type: text/plain; charset=", b"", b"", b" folded",
    b"Content-Disposition: attachment; filename*=utf-8''%ff", b"=?utf-8?b?", b"<a href=http://x>", b"MIME-Version: (",
    b"Content-Transfer-Encoding: x-uuencode", b"begin 644 x", b"Content-Type: message/rfc822", b"Message-ID: <",
])  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.tuples(LINES, st.binary(max_size=12)), max_size=20), st.sampled_from([b"\r\n", b"\n", b"\r"]))
def test_no_bytes_from_outside_stop_it(lines: list[tuple[bytes, bytes]], end: bytes) -> None:
    raw = end.join(line + noise for line, noise in lines)
    seen = read(raw)
    assert (seen.address, seen.recipients, seen.size) == (TO[0], TO, len(raw))
    for text in (seen.subject, seen.sender, seen.text, seen.html, *seen.headers, *seen.links):
        text.encode("utf-8")


@settings(max_examples=100)
@given(st.text(st.sampled_from("<>/a!-?'\"= \nhref:p&;#x0"), max_size=60), st.text(max_size=10))
def test_no_html_stops_it(html: str, words: str) -> None:
    look = shown(f"{html}</script></style><p>{words}")
    assert all(url.startswith("http") for url in (*look.images, *(link.url for link in look.links)))
    assert isinstance(look.text, str)


@given(st.text(), st.integers(1, 50))
def test_a_cleaned_text_can_be_written_anywhere(text: str, limit: int) -> None:
    kept = cleaned(text, limit)
    kept.encode("utf-8")
    assert len(kept) <= limit
    assert not set(kept) & {"\x1b", "\x00", "\x9b"}
