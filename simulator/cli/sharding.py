"""Shares of a run for several machines, and the results of such shares made one again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, TypeVar

from simulator.cli import files
from simulator.words.errors import UsageError

T = TypeVar("T")
_MOST = 1_000


@dataclass(frozen=True)
class Shard:
    """Every `of`-th variant, from number `number` on, both from 1: so the shares are about equally long."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def share(self, items: Sequence[T]) -> list[T]:
        """What is this shard's of everything."""
        return list(items[self.number - 1 :: self.of])


def shard_of(text: str | None) -> Shard | None:
    """`2/3` as a shard. Raises UsageError for what is none."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of <= _MOST:
        raise UsageError(f"--shard {text}: that is no share. Write 1/3, 2/3 and 3/3 to run a third on each of three.")
    return Shard(number, of)


def merged_results(paths: Sequence[Path]) -> dict[str, Any]:
    """The results of all shares as the one result of the whole run, variants in the order in which that has them.

    Raises UsageError where they are not the shares of one run: another seed, version or option, one twice or missing.
    """
    results = [(path, files.read_json(path)) for path in paths]
    for path, result in results:
        if result.get("format") != "journeyproof-result":
            raise UsageError(f"{path}: this is no result. Name files that 'run --json' wrote.")
        if not _is_whole(result):
            raise UsageError(f"{path}: this result was damaged, or is of another version. Write it again with --json.")
    first_path, first = results[0]
    for path, result in results[1:]:
        _same_run(first_path, first, path, result)
    ordered = _in_order(results)
    scenarios = _interleaved([result["scenarios"] for result in ordered])
    _refuse_twice(scenarios)
    timings = _interleaved([result["timing"]["scenarios"] for result in ordered])
    seconds = round(sum(result["timing"]["seconds"] for result in ordered), 3)
    options = {name: value for name, value in first["options"].items() if name != "shard"}
    timing = {"seconds": seconds, "scenarios": timings}
    return {**first, "options": options, "timing": timing, "scenarios": scenarios}


def _is_whole(result: Mapping[str, Any]) -> bool:
    """Whether a result has what is put together here."""
    options, timing, scenarios = (result.get(name) for name in ("options", "timing", "scenarios"))
    if not isinstance(options, dict) or not isinstance(timing, dict) or not isinstance(scenarios, list):
        return False
    seconds, timings = timing.get("seconds"), timing.get("scenarios")
    named = all(
        isinstance(entry, dict) and all(isinstance(entry.get(name), str) for name in ("family", "name", "variant"))
        for entry in scenarios
    )
    return named and isinstance(seconds, int | float) and isinstance(timings, list)


def _same_run(path: Path, one: Mapping[str, Any], other_path: Path, other: Mapping[str, Any]) -> None:
    for name in ("version", "seed", "tool"):
        if one.get(name) != other.get(name):
            raise UsageError(
                f"{other_path}: its {name} is {other.get(name)}, and that of {path} is {one.get(name)}:"
                " they are not shares of one run. Run them alike."
            )
    mine, theirs = ({k: v for k, v in result["options"].items() if k != "shard"} for result in (one, other))
    if differing := sorted(name for name in mine | theirs if mine.get(name) != theirs.get(name)):
        raise UsageError(
            f"{other_path}: it was run with another {' and '.join(differing)} than {path}. Run them alike."
        )


def _in_order(results: Sequence[tuple[Path, dict[str, Any]]]) -> list[dict[str, Any]]:
    """By the number of the shard; results of no shard in the order in which they are named."""
    shards = [(path, result["options"].get("shard")) for path, result in results]
    if not any(shard for _, shard in shards):
        return [result for _, result in results]
    if without := [path for path, shard in shards if not shard]:
        raise UsageError(f"{without[0]}: it is not a share of a run, and others here are. Name the shares alone.")
    numbered = {}
    for (path, result), (_, text) in zip(results, shards, strict=True):
        shard = shard_of(str(text))
        assert shard is not None
        if shard.number in numbered:
            raise UsageError(f"{path}: the share {shard} is here twice. Name each once.")
        numbered[shard.number] = (shard.of, result)
    of = {total for total, _ in numbered.values()}
    if len(of) > 1:
        raise UsageError(f"these are shares of {' and of '.join(map(str, sorted(of)))}. Name those of one run.")
    if missing := sorted(set(range(1, max(of) + 1)) - set(numbered)):
        raise UsageError(f"the share {missing[0]}/{max(of)} is missing. Name the results of all of them.")
    return [numbered[number][1] for number in sorted(numbered)]


def _interleaved(shares: Sequence[Sequence[Any]]) -> list[Any]:
    """What was dealt out in turn, put together again."""
    nothing = object()
    return [item for item in chain.from_iterable(zip_longest(*shares, fillvalue=nothing)) if item is not nothing]


def _refuse_twice(scenarios: Sequence[Mapping[str, Any]]) -> None:
    met: set[tuple[str, ...]] = set()
    for entry in scenarios:
        key = tuple(entry[name] for name in ("family", "name", "variant"))
        if key in met:
            raise UsageError(f"the variant {' › '.join(key)} is in two of these results. Name each result once.")
        met.add(key)


def merged_junit(paths: Sequence[Path]) -> bytes:
    """Several JUnit documents as one. Raises UsageError for what is none."""
    from junitparser import JUnitXml, JUnitXmlError

    from simulator.reporting.junit import written

    document = JUnitXml("journeyproof")
    for path in paths:
        try:
            read = JUnitXml.fromfile(str(path))
        except (OSError, JUnitXmlError, SyntaxError) as error:
            raise UsageError(f"{path}: this is no JUnit XML: {error}. Name files that 'run --junit' wrote.") from error
        for suite in read:
            document.add_testsuite(suite)
    return written(document)


def merge(paths: Sequence[Path], json: Path | None, junit: Path | None) -> list[str]:
    """Write one result of the results among the files, and one JUnit document of the others; what was written, in
    sentences. Raises UsageError where a file has no place to go."""
    reports = [path for path in paths if path.suffix == ".xml"]
    results = [path for path in paths if path.suffix != ".xml"]
    for found, target, option, kind in ((results, json, "--json", "results"), (reports, junit, "--junit", "JUnit XML")):
        if found and target is None:
            raise UsageError(f"{found[0]} is one of the {kind}: name with {option} F where they are to be written.")
        if target is not None and not found:
            raise UsageError(f"{option} {target}: there are no {kind} among the files to merge.")
        files.writable(target, option)
    told = []
    if json is not None:
        whole = merged_results(results)
        files.write_json(json, whole)
        told.append(f"{json}: {len(whole['scenarios'])} variants of {len(results)} results")
    if junit is not None:
        files.write(junit, merged_junit(reports))
        told.append(f"{junit}: {len(reports)} JUnit documents in one")
    return told
