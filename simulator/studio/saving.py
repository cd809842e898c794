"""Saving a what-if as a scenario of the user's own: a file that `journeyproof run` runs, and that passes.

What it declares as violated is what was observed. So it is a test: it fails as soon as something changes.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.model.data import data_folder
from simulator.model.loading import load, source_of
from simulator.model.results import Violation
from simulator.reporting.entries import UNCLEAR, as_expected
from simulator.reporting.plain import shell_words
from simulator.running import rehearse
from simulator.studio.catalogue import SAVED, USUAL
from simulator.studio.documents import NOBODY, documents_of, told_people
from simulator.studio.drafts import Plain
from simulator.studio.edits import Edited
from simulator.studio.persons import moment
from simulator.studio.problems import Refused
from simulator.studio.running import Studio
from simulator.studio.watching import Watch
from simulator.studio.wishes import Wish
from simulator.studio.writing import commented, yaml_of
from simulator.words.clock import Duration, zone
from simulator.words.errors import InvalidDocuments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.running.rehearsal import Rehearsal

NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
"""What a saved scenario may be called: nothing that leads anywhere else."""
RESERVED: Final = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""Devices of Windows: whoever checks the scenario out there could not."""
SEED: Final = 42
MOST_MOMENTS: Final = 12
"""Instants of violations of one check that are written out."""
_OF_EVERYBODY: Final = ("sla", "level")
_SUFFIX: Final = ".scenario.yaml"


def save(studio: Studio, wish: Wish, name: Any, watch: Watch) -> Plain:
    """Write a what-if into `scenarios/saved/` and run it; say how it is run. Nothing is overwritten. Raises Refused."""
    project = studio.catalogue.project
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Refused(200, "a name is made of small letters, digits and dashes: such as camille-in-warsaw.")
    if RESERVED.fullmatch(name):
        raise Refused(200, f"no file can be called '{name}' on Windows: choose another name.")
    if project is None:
        raise Refused(200, "there is no folder to save into: start the studio in one.")
    folder = project / "scenarios" / SAVED
    file = folder / f"{name}{_SUFFIX}"
    _refuse_existing(folder, name)
    base, wish, change = studio.edited(wish)
    if base.document.get("native"):
        raise Refused(200, "this scenario brings a definition of an engine along, which cannot be saved from here.")
    document = change.document
    with _workshop(project) as draft_folder:
        draft = draft_folder / file.name
        saved = _Saved(studio, wish, change, document, draft)
        text, rehearsal = saved.finished(base.source.shown, watch)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        # Somebody else may have saved one of that name meanwhile.
        _refuse_existing(folder, name)
        raise Refused(200, f"scenarios/{SAVED}/ cannot be written: {error.strerror}.") from error
    shown = f"scenarios/{SAVED}/{file.name}"
    return {
        "file": shown,
        "run": shell_words(["journeyproof", "run", shown, *_options(wish)]),
        "as_expected": _passes(rehearsal),
        "edits": change.sentences,
    }


def _refuse_existing(folder: Path, name: str) -> None:
    if (folder / f"{name}{_SUFFIX}").exists() or (folder / f"{name}{_SUFFIX}").is_symlink():
        raise Refused(200, f"there is a scenario '{name}' already, and nothing is overwritten: choose another name.")


def _options(wish: Wish) -> list[str]:
    words = [] if wish.seed == SEED else ["--seed", str(wish.seed)]
    return words + ([] if wish.backend == USUAL else ["--backend", wish.backend])


def _passes(rehearsal: Rehearsal) -> bool:
    """Whether the command would return 0."""
    outcomes = {check["outcome"] for check in rehearsal.result["checks"]}
    return as_expected(rehearsal.result) and "error" not in outcomes and not outcomes <= set(UNCLEAR)


@contextmanager
def _workshop(project: Path) -> Iterator[Path]:
    """A folder in which a file finds what it will find in `scenarios/saved/`; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="journeyproof-") as root:
        folder = Path(root) / "scenarios" / SAVED
        folder.mkdir(parents=True)
        fixtures = project / "fixtures"
        if fixtures.is_dir():
            (Path(root) / "fixtures").symlink_to(fixtures.resolve(), target_is_directory=True)
        # A document that was saved before lies nearer than one of that name in the fixtures.
        beside = project / "scenarios" / SAVED
        for file in sorted(beside.glob("*.yaml")) if beside.is_dir() else []:
            if not file.name.endswith(_SUFFIX):
                shutil.copy(file, folder / file.name)
        (folder / f"{NOBODY}{_SUFFIX}").write_text("scenario: Nothing stands in this one\n", encoding="utf-8")
        yield folder


class _Saved:
    """A scenario file in the making: written, loaded, run, and written again with what came of it."""

    def __init__(self, studio: Studio, wish: Wish, change: Edited, document: Plain, file: Path) -> None:
        self.studio = studio
        self.wish = wish
        self.change = change
        self.document = document
        self.file = file
        self.zone = zone(str(document["organisation"]["calendar"]["zone"]))

    def finished(self, shown: str, watch: Watch) -> tuple[str, Rehearsal]:
        """The file's text, and the rehearsal of just that text. Raises Refused where it cannot be written."""
        people = told_people(self.document, self.change.draft, self._loaded_people)
        bare = self._text(shown, people, {})
        rehearsal = self._rehearsed(bare, watch)
        declared = self._declared(rehearsal)
        text = self._text(shown, people, declared)
        return text, self._rehearsed(text, watch) if declared else rehearsal

    def _text(self, shown: str, people: Any, declared: Mapping[str, Any]) -> str:
        first, *others = documents_of(self.document, self.change.draft, self.file, people, declared)
        says = self.change.sentences or ["As it is, without any change."]
        about = f"{shown.removesuffix(_SUFFIX)}, {self.document['variant']}, {self.wish.customer}"
        head = f"A what-if of {about} (seed {self.wish.seed}), saved from the studio:\n"
        comment = commented(head + "\n".join(f"- {sentence}" for sentence in says))
        return comment + "---\n".join(yaml_of(document) for document in (first, *others))

    def _rehearsed(self, text: str, watch: Watch) -> Rehearsal:
        self.file.write_text(text, encoding="utf-8")
        try:
            source = source_of(self.file, data_folder("scenarios").parent)
            scenario = load(source, source.variants[0], seed=self.wish.seed)
        except InvalidDocuments as invalid:
            problem = invalid.problems[0]
            raise Refused(200, f"it cannot be run: {problem.message}") from invalid
        watch.spans(scenario.start, scenario.end)
        return rehearse(scenario, backend=watch.over(self.studio.factory(self.wish.backend)))

    def _loaded_people(self, people: Any) -> list[Plain]:
        """The people as they are drawn when they are written so."""
        first, *others = documents_of(self.document, self.change.draft, self.file, people, {})
        self.file.write_text("---\n".join(yaml_of(document) for document in (first, *others)), encoding="utf-8")
        try:
            source = source_of(self.file, data_folder("scenarios").parent)
            return list(load(source, source.variants[0], seed=self.wish.seed).document["people"])
        except InvalidDocuments:
            return []

    def _declared(self, rehearsal: Rehearsal) -> Plain:
        """What was observed, as a variant declares it."""
        found: Plain = {}
        for verdict in rehearsal.verdicts:
            if verdict.outcome == "violated":
                found[verdict.name] = self._expectation(verdict.template, verdict.violations)
        diagnosis = rehearsal.result["diagnosis"]
        told: Plain = {"violates": found} if found else {}
        return told | ({"diagnosis": diagnosis} if found and diagnosis not in (None, "none") else {})

    def _expectation(self, template: str, violations: Sequence[Violation]) -> Any:
        who = sorted({item.customer for item in violations})
        if template in _OF_EVERYBODY or not all(who):
            return "everyone" if template in _OF_EVERYBODY else {"times": len(violations)}
        said: Plain = {"who": who[0] if len(who) == 1 else who}
        if len(violations) > 1:
            said["times"] = len(violations)
        onsets = sorted({item.onset for item in violations})
        if len(onsets) <= MOST_MOMENTS and all(onset % 1000 == 0 for onset in onsets):
            moments = [_local(onset, self.zone) for onset in onsets]
            said["at"] = moments[0] if len(moments) == 1 else moments
        margins = {item.margin_ms for item in violations}
        [margin] = margins if len(margins) == 1 else [None]
        if margin is not None and margin < 0:
            said["late"] = str(Duration(ms=-margin))
        return said


def _local(instant: int, where: Any) -> str:
    """An instant as a document writes it: without the offset, where that leaves no doubt."""
    from simulator.words.clock import parse_instant
    from simulator.words.errors import ExpressionError

    text = moment(instant, where)
    short = text.rpartition(" ")[0]
    try:
        return short if parse_instant(short, where) == instant else text
    except ExpressionError:
        return text
