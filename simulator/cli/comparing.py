"""The commands `diff` and `baseline accept`, and `run --baseline`: what changed, for people, forges and programs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.cli import files
from simulator.cli.exits import Exit, first
from simulator.cli.selecting import Wish
from simulator.cli.session import Outputs
from simulator.comparing import Case, Compared, Comparison, Snapshot, compare, snapshot_of
from simulator.comparing.comparison import MARKS
from simulator.comparing.documenting import document
from simulator.comparing.facts import Damaged
from simulator.comparing.phrases import counted
from simulator.comparing.shelf import Accepted, accepted, read_baselines
from simulator.reporting.comment import Footing, comment, headline
from simulator.reporting.plain import clean, shell_words
from simulator.reporting.screen import Screen
from simulator.words.clock import parse_duration
from simulator.words.errors import ExpressionError, UsageError, did_you_mean

BASELINES = Path("baselines")
"""Where baselines stand unless somebody says otherwise."""
MOST_CASES = 12
"""Variants that are told; the rest is counted."""
MOST_FINDINGS = 12
"""Differences of one variant that are told; the rest is counted."""
MOST_DETAILS = 3
"""Sentences of single messages below a difference."""

_MEANINGS = {
    Exit.AS_EXPECTED: "nothing changed",
    Exit.NOT_AS_EXPECTED: "a verdict became worse",
    Exit.NOTHING: "there was nothing to compare",
    Exit.DRIFT: "something changed, and no verdict became worse",
}


@dataclass(frozen=True)
class Asked:
    """How to compare: which variants, within how much time, and what to write beside the terminal."""

    only: Sequence[str] = ()
    within: str | None = None
    markdown: str | None = None
    json: Path | None = None

    def within_ms(self) -> int | None:
        """The tolerance in ms. Raises UsageError for what is no exact length of time."""
        if self.within is None:
            return None
        try:
            duration = parse_duration(self.within)
        except ExpressionError as error:
            raise UsageError(f"--within {self.within}: {error}") from error
        if duration.is_calendar or duration.ms < 0:
            raise UsageError(f"--within {self.within}: that has no certain length. Write minutes or hours: '24 h'.")
        return duration.ms


def diff(before: str, after: str | None, asked: Asked, screen: Screen) -> Exit:
    """Compare two results, or baselines and a result; with one result alone, the baselines here and that."""
    first_word, second_word = (str(BASELINES), before) if after is None else (before, after)
    if after is None and not BASELINES.is_dir():
        raise UsageError(
            f"there is no folder {BASELINES} here to compare {before} with. Name two results, or write baselines with "
            f"'journeyproof baseline accept {before}'."
        )
    within = asked.within_ms()
    if asked.markdown not in (None, "-"):
        files.writable(Path(str(asked.markdown)), "--markdown")
    files.writable(asked.json, "--json")
    old, new = _side(first_word), _side(second_word)
    old, new = _only(old, new, asked.only)
    comparison = compare(old, new, within=within)
    source = [second_word.partition("::")[0]] if new.origin == "result" else []
    footing = Footing(first_word, second_word, ("journeyproof", "baseline", "accept", *source))
    return _told(comparison, footing, asked, screen)


def accept(words: Sequence[str], wish: Wish, only: Sequence[str], folder: Path, screens: tuple[Screen, Screen]) -> Exit:
    """Write the baselines of results, or of what is run now. Nothing is removed; what is gone is named."""
    files.folder(folder, "--dir")
    results = [word for word in words if word.endswith(".json")]
    if results and len(results) != len(words):
        raise UsageError("name either result files or scenarios, not both.")
    code = Exit.AS_EXPECTED
    if results:
        sides = [_side(word) for word in results]
        snapshot = Snapshot(tuple(case for side in sides for case in side.cases), whole=all(s.whole for s in sides))
    else:
        targets, variant = _targets(words, only)
        code, snapshot = _run(targets, replace(wish, variant=wish.variant or variant), Outputs(), screens)
    cases = _matching(snapshot, only)
    alone = next((case for case in cases if case.only), None)
    if alone is not None:
        raise UsageError(
            f"'{alone.label}' ran for {alone.only} alone: a baseline is of everybody. Run it without --customer."
        )
    everything = not words and not only
    whole = {(case.family, case.name) for case in cases} if snapshot.whole and not only else ()
    rows = accepted(cases, folder, None if everything and snapshot.whole else whole)
    for row in rows:
        if row.state in ("new", "changed"):
            files.write(folder / row.file, row.text.encode())
    _print_accepted(rows, folder, screens[0])
    return first([code, Exit.AS_EXPECTED]) if code in (Exit.CRASHED, Exit.STUCK) else Exit.AS_EXPECTED


def run_and_compare(
    words: Sequence[str], wish: Wish, outputs: Outputs, folder: Path, screens: tuple[Screen, Screen]
) -> Exit:
    """Run as `run` does, then compare with the baselines of a folder, or of one file."""
    old = read_baselines(_existing(folder))
    code, new = _run(words, wish, outputs, screens)
    comparison = compare(old, new)
    footing = Footing(str(folder), "this run")
    return first([code, _told(comparison, footing, Asked(), screens[0], code)])


def _run(words: Sequence[str], wish: Wish, outputs: Outputs, screens: tuple[Screen, Screen]) -> tuple[Exit, Snapshot]:
    """Run, and read what came of it from the result file, which is a passing one unless somebody wants it."""
    from simulator.cli.rehearsing import run

    with tempfile.TemporaryDirectory(prefix="journeyproof-") as scratch:
        path = outputs.json or Path(scratch) / "result.json"
        code = run(words, wish, replace(outputs, json=path), *screens)
        return code, snapshot_of(files.read_json(path))


def _targets(words: Sequence[str], only: Sequence[str]) -> tuple[list[str], str | None]:
    """What to run: the scenarios named, else those in which `only` finds something, and the one variant it finds."""
    from simulator.cli.selecting import discover

    if words or not only:
        return list(words), None
    found = [
        (f"{source.family}/{source.name}", variant)
        for source in discover((), engines=True)
        for variant in source.variants
        if any(_names(name, (source.family, source.name, variant)) for name in only)
    ]
    if not found:
        raise UsageError(f"--only {' '.join(only)}: no scenario and no variant here is called so.")
    variants = {variant for _, variant in found}
    return list(dict.fromkeys(target for target, _ in found)), variants.pop() if len(variants) == 1 else None


def _side(word: str) -> Snapshot:
    """A result file, one of its variants (`FILE::VARIANT`), a baseline, or a folder of them."""
    name, _, variant = word.partition("::")
    path = _existing(Path(name))
    if path.is_dir() or path.name.endswith(".txt"):
        side = read_baselines(path)
    else:
        try:
            side = snapshot_of(files.read_json(path))
        except (UsageError, Damaged) as error:
            message = str(error)
            raise UsageError(message if message.startswith(str(path)) else f"{path}: {message}") from error
    if not variant:
        return side
    cases = tuple(case for case in side.cases if _names(variant, case.key))
    if not cases:
        known = [case.variant for case in side.cases]
        raise UsageError(f"{path} holds no variant '{variant}'{did_you_mean(variant, known)}.")
    return replace(side, cases=cases, whole=False)


def _existing(path: Path) -> Path:
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder. Name a file that 'run --json' wrote, or baselines.")
    return path


def _only(old: Snapshot, new: Snapshot, only: Sequence[str]) -> tuple[Snapshot, Snapshot]:
    """Both sides, reduced to what was asked for. Raises UsageError for a name that neither knows."""
    if not only:
        return old, new
    both = Snapshot((*old.cases, *new.cases))
    kept = {case.key for case in _matching(both, only)}
    sides = (replace(side, cases=tuple(case for case in side.cases if case.key in kept)) for side in (old, new))
    first_side, second_side = sides
    return first_side, second_side


def _matching(side: Snapshot, only: Sequence[str]) -> tuple[Case, ...]:
    """The cases that are meant. Raises UsageError for a name that means none."""
    for name in only:
        if not any(_names(name, case.key) for case in side.cases):
            known = sorted({part for case in side.cases for part in case.key})
            raise UsageError(f"--only {name}: nothing here is called so{did_you_mean(name, known)}.")
    return tuple(case for case in side.cases if not only or any(_names(name, case.key) for name in only))


def _names(name: str, key: tuple[str, str, str]) -> bool:
    """Whether a word names a variant: by the family, the scenario, the variant, or by these behind each other."""
    family, scenario, variant = key
    return name in (*key, f"{family}/{scenario}", f"{family}/{variant}", f"{family}/{scenario}/{variant}")


def _told(comparison: Comparison, footing: Footing, asked: Asked, screen: Screen, ran: Exit = Exit.AS_EXPECTED) -> Exit:
    """Write and print a comparison, and return its exit code."""
    code = _code(comparison)
    if asked.json is not None:
        files.write_json(asked.json, document(comparison), indent=2)
    if asked.markdown == "-":
        _print_bytes(comment(comparison, footing).encode())
        return code
    if asked.markdown is not None:
        files.write(Path(asked.markdown), comment(comparison, footing).encode())
    screen.blank()
    screen.line((f"{headline(comparison)}", "bold"), f" · {clean(footing.before)} → {clean(footing.after)}", hang=2)
    differing = [case for case in comparison.cases if not case.same]
    for case in differing[:MOST_CASES]:
        _print_case(case, footing, screen)
    if len(differing) > MOST_CASES:
        screen.line((f"and {counted(len(differing) - MOST_CASES, 'more variant')}", "dim"))
    for note in comparison.notes:
        screen.line((clean(note), "dim"), hang=2)
    if differing:
        screen.verbatim(f"accept: {shell_words([*footing.accept, *_only_words(differing)])}")
    shown = first([ran, code])
    words = f"{headline(comparison)} · exit {int(shown)}: {_MEANINGS[code]}"
    screen.line((words, "green" if code is Exit.AS_EXPECTED else "bold red"), hang=2)
    return code


def _print_bytes(content: bytes) -> None:
    """Print, and nothing else. Raises BrokenPipeError as a screen does, which is not taken for a failure on the way."""
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    except BrokenPipeError:
        raise BrokenPipeError from None


def _only_words(differing: Sequence[Compared]) -> list[str]:
    if len(differing) != 1:
        return []
    [case] = differing
    # What is gone is nothing that could be accepted by its name: accepting the rest names it.
    return [] if case.only == "before" else ["--only", f"{case.family}/{case.name}/{case.variant}"]


def _code(comparison: Comparison) -> Exit:
    if not comparison.cases:
        return Exit.NOTHING
    if comparison.worse:
        return Exit.NOT_AS_EXPECTED
    return Exit.DRIFT if comparison.drifted else Exit.AS_EXPECTED


def _print_case(case: Compared, footing: Footing, screen: Screen) -> None:
    screen.blank()
    if case.only:
        words = "new: it was not there before" if case.only == "after" else "gone: it did not run any more"
        screen.line((clean(case.label), "bold"), f": {words}", hang=2)
        return
    mark, style = ("✗ worse", "bold red") if case.worse else ("changed", "bold")
    screen.line((clean(case.label), "bold"), ": ", (mark, style), hang=2)
    for finding in case.findings[:MOST_FINDINGS]:
        words = f"{MARKS[finding.kind]} {clean(finding.sentence)}"
        screen.line((words, "bold red" if finding.worse else ""), indent=2, hang=2)
        for detail in finding.details[:MOST_DETAILS]:
            screen.line((clean(detail), "dim"), indent=6, hang=2)
        if len(finding.details) > MOST_DETAILS:
            screen.line((f"and {len(finding.details) - MOST_DETAILS:,} more", "dim"), indent=6)
    if len(case.findings) > MOST_FINDINGS:
        screen.line((f"and {counted(len(case.findings) - MOST_FINDINGS, 'more difference')}", "dim"), indent=2)
    for note in case.notes:
        screen.line((clean(note), "dim"), indent=2, hang=2)
    target = case.family if case.family == case.name else f"{case.family}/{case.name}"
    again = [*footing.rerun, target, "--variant", case.variant, "--seed", str(case.seed)]
    again += ["--customer", case.smallest.customer] if case.smallest else []
    screen.verbatim(f"rerun: {shell_words(again)}", indent=2)


def _print_accepted(rows: Sequence[Accepted], folder: Path, screen: Screen) -> None:
    """One line for each file that is written or gone, and the counts."""
    screen.blank()
    verbs = {"new": "new      ", "changed": "changed  ", "gone": "gone     "}
    for row in rows:
        if row.state in verbs:
            note = "" if row.case is None or row.case.as_declared or row.state == "gone" else "  (not as it declares)"
            screen.verbatim(f"  {verbs[row.state]}{clean((folder / row.file).as_posix())}{note}")
    states = [row.state for row in rows]
    said = {"new": "new", "changed": "changed", "same": "the same", "gone": "gone"}
    words = [f"{states.count(state):,} {word}" for state, word in said.items() if state in states]
    screen.line((f"{counted(len(rows), 'baseline')}: {', '.join(words) or 'none'}", "bold"))
    if "gone" in states:
        screen.line("What is gone did not run any more. Nothing was removed: remove its file if that is right.", hang=2)
