"""One call of `run` or `check`: what was judged, what failed, which files are written, and the exit code."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.cli import files
from simulator.cli.crashes import told
from simulator.cli.exits import MEANINGS, Exit, first
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
    """The files to write: the result, JUnit, and the log (a folder where several variants run)."""

    json: Path | None = None
    junit: Path | None = None
    log: Path | None = None

    def prepare(self, several: bool) -> None:
        """Refuse now what could not be written later."""
        files.writable(self.json, "--json")
        files.writable(self.junit, "--junit")
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
        if self.outputs.json is not None:
            self.rehearsals.append(rehearsal)
        self.terminal.heading(source.family, source.name, source.title, source.variants)
        self.terminal.done(done)

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
        if self.outputs.json is not None:
            from simulator.running import result_file

            files.write_json(self.outputs.json, result_file(self.rehearsals, options))
        if self.outputs.junit is not None:
            from simulator.reporting.junit import junit

            files.write(self.outputs.junit, junit(self.done, self.failed, self.wish.strict))
        code = self.exit_code()
        seconds = time.perf_counter() - self._begun
        self.terminal.closing(self.done, self.failed, seconds, int(code), MEANINGS[code].partition(" (")[0])
        return code

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
