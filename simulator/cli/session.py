"""One call of `run` or `check`: what was judged, what failed, which files are written, and the exit code."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.cli import files
from simulator.cli.crashes import told
from simulator.cli.exits import MEANINGS, Exit, first
from simulator.cli.remembering import Key
from simulator.cli.selecting import Wish, rerun
from simulator.reporting.entries import UNCLEAR, Done, Failed, as_expected
from simulator.reporting.plain import clean
from simulator.reporting.screen import Screen
from simulator.reporting.terminal import Terminal

if TYPE_CHECKING:
    from simulator.model.loading import Source
    from simulator.running import Finished


@dataclass(frozen=True)
class Outputs:
    """The files to write: the result, JUnit, CTRF, the report, and the log (a folder where several variants run).

    With `github` annotations are printed, and the summary goes where GitHub Actions reads it.
    """

    json: Path | None = None
    junit: Path | None = None
    log: Path | None = None
    ctrf: Path | None = None
    github: bool = False
    html: Path | None = None

    @property
    def keep(self) -> bool:
        """Whether anything is written of the whole result, which is then kept until the end."""
        return self.json is not None or self.html is not None

    def prepare(self, several: bool) -> None:
        """Refuse now what could not be written later."""
        files.writable(self.json, "--json")
        files.writable(self.html, "--html")
        files.writable(self.junit, "--junit")
        files.writable(self.ctrf, "--ctrf")
        if self.log is not None and several:
            files.folder(self.log, "--log")


class Session:
    """One call of `run` or `check`: what was judged, what failed, and the terminal that tells it."""

    def __init__(self, screen: Screen, complaints: Screen, wish: Wish, outputs: Outputs) -> None:
        self.wish = wish
        self.outputs = outputs
        self.terminal = Terminal(screen, wish.strict)
        self.complaints = complaints
        self.done: list[Done] = []
        self.failed: list[Failed] = []
        self.rehearsals: list[Finished] = []
        self._begun = time.perf_counter()
        self._complained: set[str] = set()

    def take(self, source: Source, variant: str, work: Callable[[], Finished | None]) -> None:
        """Do one variant's work, and print and keep what came of it, if anything did."""
        again = rerun(source, variant, self.wish)
        try:
            rehearsal = work()
        except Exception as error:  # noqa: BLE001 an error in one variant does not stop the others
            kind, code, message = told(error)
            failed = Failed(source.name, source.family, variant, source.shown, kind, code, message, again)
            self.failed.append(failed)
            self.terminal.heading(source.family, source.name, source.title, source.variants)
            self.terminal.failed(failed)
            self.complain(message)
            return
        if rehearsal is None:
            return
        done = Done(rehearsal.result, rehearsal.seconds, again)
        self.done.append(done)
        if self.outputs.keep:
            self.rehearsals.append(rehearsal)
        self.terminal.heading(source.family, source.name, source.title, source.variants)
        self.terminal.done(done)

    def not_as_expected(self) -> list[Key]:
        """The variants that failed, or whose verdicts are not what they declare."""
        failed = [(item.family, item.name, item.variant) for item in self.failed]
        wrong = [item.entry for item in self.done if not as_expected(item.entry, self.wish.strict)]
        return failed + [(entry["family"], entry["name"], entry["variant"]) for entry in wrong]

    def complain(self, message: str) -> None:
        """Print each line of a message once, after what stands on the screen already."""
        self.terminal.screen.flush()
        for line in message.splitlines():
            if line not in self._complained:
                self._complained.add(line)
                self.complaints.verbatim(clean(line), "red")
        self.complaints.flush()

    def finish(self, options: dict[str, Any]) -> Exit:
        """Write the files, print the closing lines and return the exit code."""
        if self.outputs.keep:
            self._write_result(options)
        if self.outputs.junit is not None:
            from simulator.reporting.junit import junit

            report = None if self.outputs.html is None else str(self.outputs.html)
            files.write(self.outputs.junit, junit(self.done, self.failed, self.wish.strict, report))
        if self.outputs.ctrf is not None:
            from simulator.reporting.ctrf import ctrf

            files.write_json(self.outputs.ctrf, ctrf(self.done, self.failed, version("journeyproof"), self.wish.strict))
        code = self.exit_code()
        seconds = time.perf_counter() - self._begun
        self.terminal.closing(self.done, self.failed, seconds, int(code), MEANINGS[code].partition(" (")[0])
        if self.outputs.github:
            self._tell_github()
        return code

    def _tell_github(self) -> None:
        """Annotations on standard output, where the runner looks for them; the summary in the file that it names."""
        from simulator.reporting.github import annotated, summary

        self.terminal.screen.flush()
        for line in annotated(self.done, self.failed, self.wish.strict):
            self.terminal.screen.verbatim(line)
        self.terminal.screen.flush()
        if step := os.environ.get("GITHUB_STEP_SUMMARY"):
            files.append(Path(step), summary(self.done, self.failed, self.wish.strict))

    def _write_result(self, options: dict[str, Any]) -> None:
        from simulator.running import result_file

        document = result_file(self.rehearsals, options)
        if self.outputs.json is not None:
            files.write_json(self.outputs.json, document)
        if self.outputs.html is not None:
            from simulator.cli.reporting import write_report

            write_report(self.outputs.html, document, self.terminal.screen)

    def exit_code(self) -> Exit:
        """The gravest of what happened."""
        codes = [failed.exit_code for failed in self.failed]
        for done in self.done:
            outcomes = {check["outcome"] for check in done.entry["checks"]}
            codes += [Exit.CRASHED] if "error" in outcomes else []
            codes += [] if as_expected(done.entry, self.wish.strict) else [Exit.NOT_AS_EXPECTED]
        judged = [check["outcome"] for done in self.done for check in done.entry["checks"]]
        codes += [Exit.AS_EXPECTED if any(outcome not in UNCLEAR for outcome in judged) else Exit.NOTHING]
        return first(codes)
