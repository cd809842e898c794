"""The report as one HTML file: the viewer with a result inside it. It opens from a disk, and asks the network nothing.

The viewer (`reports/viewer.html`) has two marks, which are replaced here: the first by a policy for the browser, under
which the viewer's own script runs and nothing else does or is fetched, the second by the result.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from simulator.model.data import data_folder
from simulator.model.resultschema import FORMAT, VERSION
from simulator.words.errors import JourneyproofError, UsageError

VIEWER = "viewer.html"
"""The built viewer, in the shipped folder `reports`."""
CSP_MARK, DATA_MARK = "<!--journeyproof:csp-->", "<!--journeyproof:data-->"
"""What stands in the viewer for the policy and for the data, each exactly once."""
POLICY = (
    "default-src 'none'; script-src '{script}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
"""The policy of a report; `{script}` is the hash of the viewer's script."""

Progress = Callable[[int, int], None]
"""Called with how much of a report has been packed, and how much there is (bytes)."""

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_PIECE = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS
_NEEDED = ("family", "name", "variant", "checks", "exhibits", "journeys", "results", "series", "calendar")
_NEW = ("headline", "causes", "shading")


def html_report(result: Mapping[str, Any], progress: Progress | None = None) -> bytes:
    """The report of a result document: the same bytes for the same result and viewer.

    Raises UsageError for what is no result of this version, JourneyproofError where the viewer is missing or broken.
    """
    refuse_other(result)
    page = viewer()
    packed = base64.b64encode(_packed(result, progress)).decode("ascii")
    data = f'<script type="application/octet-stream" id="journeyproof-result">{packed}</script>'
    return page.replace(DATA_MARK, data).replace(CSP_MARK, policy_tag(POLICY.format(script=script_hash(page)))).encode()


def refuse_other(result: Mapping[str, Any]) -> None:
    """Raise UsageError for a document that is no result, is of another version, or was damaged."""
    form, version = result.get("format"), result.get("version")
    if form != FORMAT:
        said = f"it says '{form}'" if isinstance(form, str) else "it does not say that it is one"
        raise UsageError(f"this is no result of journeyproof: {said}. Name a file that 'run --json' wrote.")
    if version != VERSION:
        age = "newer" if isinstance(version, int) and version > VERSION else "another"
        sentence = f"this result is of version {version}, and reports are drawn of version {VERSION}"
        remedy = "Update journeyproof." if age == "newer" else "Run it again with --json."
        raise UsageError(f"{sentence}. {remedy}")
    entries = result.get("scenarios")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError("this result holds no list of scenarios: it was damaged. Write it again with --json.")
    for entry in entries:
        lacking = [key for key in _NEEDED if key not in entry]
        if lacking:
            raise UsageError(f"a scenario of this result lacks {', '.join(lacking)}. Write it again with --json.")
        older = [key for key in _NEW if key not in entry]
        if older:
            sentence = f"this result was written by an older journeyproof: it has no {', '.join(older)}"
            raise UsageError(f"{sentence}. Run it again with --json.")


def viewer() -> str:
    """The built viewer, with its marks. Raises JourneyproofError where it is not there, or not as it was built."""
    path = data_folder("reports") / VIEWER
    try:
        page = path.read_text(encoding="utf-8")
    except OSError as error:
        remedy = "in a checkout run 'make viewer', else install journeyproof again"
        raise JourneyproofError(f"{path}: the viewer of reports is missing ({error.strerror}); {remedy}.") from error
    wrong = [mark for mark in (CSP_MARK, DATA_MARK) if page.count(mark) != 1]
    if wrong or len(_SCRIPT.findall(page)) != 1:
        what = f"'{wrong[0]}' stands in it {page.count(wrong[0])} times" if wrong else "it has not one script"
        raise JourneyproofError(f"{path}: this is not the viewer as it was built: {what}. Build or install it again.")
    return page


def script_hash(page: str) -> str:
    """The word by which a policy allows the viewer's own script: `sha256-...`."""
    found = _SCRIPT.search(page)
    assert found is not None
    return f"sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode('ascii')}"


def policy_tag(policy: str) -> str:
    """A policy as the first thing in a page's head."""
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


def _packed(result: Mapping[str, Any], progress: Progress | None) -> bytes:
    """The result as JSON, gzipped without a time or a name in it."""
    try:
        text = json.dumps(result, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError) as error:
        what = "is nested without end" if isinstance(error, RecursionError) else "holds a number that is none"
        raise UsageError(f"this result {what}: it was damaged. Write it again with --json.") from error
    plain = text.encode("utf-8", "backslashreplace")
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    pieces: list[bytes] = []
    for start in range(0, len(plain), _PIECE):
        pieces.append(packer.compress(plain[start : start + _PIECE]))
        if progress is not None:
            progress(min(start + _PIECE, len(plain)), len(plain))
    packed = b"".join([*pieces, packer.flush()])
    # The tenth byte names the system that packed it: unknown, so that it is the same everywhere.
    return packed[:9] + b"\xff" + packed[10:]
