"""Which scenario files are meant, and where the documents lie that they name.

A document is looked for beside the scenario file first, then in its project's `fixtures/`, then in the shipped ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from simulator.model.loading.documents import FOLDERS, Written, documents_in
from simulator.model.people import EDGES
from simulator.model.reading import Node
from simulator.words.errors import InvalidDocuments, Place, Problem, UsageError, did_you_mean

ENGINES = "engines"
"""The folder of scenarios for real engines: it is run only when somebody names it."""
AS_WRITTEN = "as-written"
"""The one variant of a scenario that declares none."""

_SUFFIX, _DESCRIPTION = ".scenario.yaml", ".backend.yaml"


@dataclass(frozen=True)
class Source:
    """A scenario file: `shown` is its name in messages (relative to its project), `family` the name of its folder.

    `backends` are those that each of the `variants` is about, in their order; none: any. `root` is the folder of its
    project, which holds `scenarios/` and `fixtures/`; `shipped` the same of our own.
    """

    file: Path
    shown: str
    family: str
    name: str
    title: str
    variants: tuple[str, ...]
    root: Path
    shipped: Path
    backends: tuple[tuple[str, ...], ...] = ()

    def backends_of(self, variant: str) -> tuple[str, ...]:
        """The backends that a variant is about, the usual one first; none where it is about any."""
        return dict(zip(self.variants, self.backends, strict=False)).get(variant, ())

    def usual_backend(self, variant: str) -> str | None:
        """The first backend that a variant is about; the path of the file beside the scenario that describes it, if
        there is one."""
        first = next(iter(self.backends_of(variant)), None)
        if first is None:
            return None
        file = self.file.parent / f"{first.removesuffix(_DESCRIPTION)}{_DESCRIPTION}"
        return str(file) if file.is_file() or first.endswith(_DESCRIPTION) else first

    @property
    def is_for_an_engine(self) -> bool:
        """True if it lies in `scenarios/engines/`: it is then run when it is named, or with its backend."""
        return _is_for_an_engine(self.file.parents)

    @cached_property
    def shelf(self) -> Shelf:
        """Where the documents lie that this scenario may name."""
        return Shelf(self.file, self.root, self.shipped)


def discover(
    paths: Sequence[Path | str], shipped: Path, cwd_project: Path | None, *, engines: bool = False
) -> list[Source]:
    """The scenarios that `paths` mean: files, folders, or names of families.

    Without paths these are the scenarios of the current project, else the shipped ones; `scenarios/engines/` only when
    it is named, or with `engines`. `shipped` is the folder that holds the shipped `scenarios/` and `fixtures/` (or that
    `scenarios/`). Raises UsageError for a name that nobody knows, InvalidDocuments for files that cannot be
    read.
    """
    shipped = shipped.parent if shipped.name == "scenarios" else shipped
    roots = [root for root in (cwd_project, shipped) if root is not None]
    files: list[Path] = []
    if paths:
        for path in paths:
            files += [file for file in _meant(path, roots) if file not in files]
    else:
        taken = _below if engines else _every_day
        files = next((every for root in roots if (every := taken(root / "scenarios"))), [])
        if not files:
            raise UsageError("there are no scenarios here. Name a file or a folder that holds *.scenario.yaml.")
    found: list[Source] = []
    problems: list[Problem] = []
    for file in files:
        try:
            found.append(source_of(file, shipped, cwd_project))
        except InvalidDocuments as invalid:
            problems += invalid.problems
    if problems:
        raise InvalidDocuments(problems)
    return found


def source_of(file: Path, shipped: Path, cwd_project: Path | None = None) -> Source:
    """The scenario in a file. Raises InvalidDocuments when it holds none, or more than one."""
    file = file.resolve()
    root = project_of(file, cwd_project)
    shown = file.relative_to(root).as_posix()
    scenarios = [document for document in documents_in(file, shown) if document.kind == "scenario"]
    if len(scenarios) != 1:
        place = scenarios[1].node.place if scenarios else Place(shown)
        count = len(scenarios) or "none"
        sentence = f"a scenario file holds one scenario, this one {count}. Give each a file of its own."
        raise InvalidDocuments([Problem(place, sentence)])
    node = scenarios[0].node
    title, variants = _child(node, "scenario"), _child(node, "variants")
    chosen = variants.value if variants is not None and isinstance(variants.value, dict) else {}
    names = tuple(chosen) or (AS_WRITTEN,)
    own = _words(node, "backends") or ()
    told = {name: _words(chosen[name], "backends") if name in chosen else None for name in names}
    about = tuple(own if words is None else words for words in told.values())
    said = str(title.value) if title is not None and isinstance(title.value, str) else ""
    id = scenarios[0].id
    return Source(file, shown, file.parent.name, id, said, names, root, shipped.resolve(), about)


def _child(node: Node, key: str) -> Node | None:
    return node.value.get(key) if isinstance(node.value, dict) else None


def _words(node: Node, key: str) -> tuple[str, ...] | None:
    """The texts of a list; None where there is none."""
    found = _child(node, key)
    if found is None or not isinstance(found.value, tuple):
        return None
    return tuple(item.value for item in found.value if isinstance(item.value, str))


def _meant(path: Path | str, roots: list[Path]) -> list[Path]:
    """The scenario files that one word of the command line means."""
    here = Path(path)
    if here.is_file():
        return [here.resolve()]
    if here.is_dir():
        if found := _every_day(here):
            return found
        raise UsageError(f"'{path}' holds no *{_SUFFIX}. Name a folder that does, or a family.")
    word = here.as_posix().strip("/")
    for root in roots:
        if found := _below(root / "scenarios" / word):
            return found
        named = root / "scenarios" / word
        if (file := named.with_name(named.name.removesuffix(_SUFFIX) + _SUFFIX)).is_file():
            return [file.resolve()]
        same = [file for file in _below(root / "scenarios") if file.name == f"{word}{_SUFFIX}"]
        if same:
            return same
    families = sorted({family for root in roots for family in _families(root / "scenarios")})
    known = f" Families are {', '.join(families)}." if families else ""
    raise UsageError(f"there is no scenario file, folder or family '{path}'{did_you_mean(word, families)}.{known}")


def _below(folder: Path) -> list[Path]:
    return sorted(file.resolve() for file in folder.rglob(f"*{_SUFFIX}")) if folder.is_dir() else []


def _every_day(folder: Path) -> list[Path]:
    """The scenarios of a folder, but not those for real engines unless the folder is theirs."""
    here = folder.resolve()
    inside = {file: file.parents[: file.parents.index(here)] if here in file.parents else () for file in _below(folder)}
    return [file for file, folders in inside.items() if not _is_for_an_engine(folders)]


def _is_for_an_engine(folders: Sequence[Path]) -> bool:
    return any(folder.name == ENGINES and folder.parent.name == "scenarios" for folder in folders)


def _families(folder: Path) -> list[str]:
    return [file.parent.relative_to(folder.resolve()).as_posix() for file in _below(folder)] if folder.is_dir() else []


def project_of(file: Path, cwd_project: Path | None = None) -> Path:
    """The folder above `scenarios/` if there is one, else the nearest that holds `fixtures/`, else the file's own."""
    for folder in file.parents:
        if folder.name == "scenarios":
            return folder.parent
    for folder in file.parents:
        if (folder / "fixtures").is_dir():
            return folder
    if cwd_project is not None and cwd_project.resolve() in file.parents:
        return cwd_project.resolve()
    return file.parent


@dataclass(frozen=True)
class Shelf:
    """The places where a scenario's documents may lie, nearest first."""

    file: Path
    root: Path
    shipped: Path

    def document(self, kind: str, id: str) -> Written | None:
        """The document of this kind and id, or None. Raises InvalidDocuments when its file cannot be read."""
        if "/" in id or "\\" in id or id.startswith("."):
            return None
        if (own := self._in_file(self.file, kind, id)) is not None:
            return own
        return next((found for folder in self._folders(kind) if (found := self._in_folder(folder, kind, id))), None)

    def people(self, id: str) -> tuple[list[Written], Written | None]:
        """The nearest people documents that hold the person or crowd `id` (more than one: who is meant is unclear),
        and the people document of that id, if it lies nearer than they. So nothing that we bring along hides a
        document of the project."""
        holders: dict[Path, list[Written]] = {}
        documents: dict[Path, Written] = {}
        for found in self._all("people"):
            tier = self._tier(found.path)
            if found.id == id:
                documents.setdefault(tier, found)
            if id in EDGES and tier not in (self.file.parent, self.root):
                continue  # what we bring along does not change what an edge is elsewhere
            if isinstance(found.node.value, dict) and id in found.node.value and id != "people":
                holders.setdefault(tier, []).append(found)
        home, meant = next(iter(holders.items()), (None, []))
        named, document = next(iter(documents.items()), (None, None))
        return meant, document if self._distance(named) < self._distance(home) else None

    def ids(self, kind: str) -> list[str]:
        """The ids of a kind, sorted: what a check may name, and what a typo was near to."""
        found = {
            file.name.removesuffix(f".{kind}.yaml") for folder in self._folders(kind) for file in _files(folder, kind)
        }
        return sorted(found | {document.id for document in self._all(kind)})

    def persons(self) -> list[str]:
        """The ids of all persons and crowds, and of people documents, sorted."""
        found = set(self.ids("people"))
        for document in self._all("people"):
            if isinstance(document.node.value, dict):
                found |= {key for key in document.node.value if key != "people"}
        return sorted(found)

    def shown(self, path: Path) -> str:
        """A file as messages name it: relative to the scenario's project, or to ours."""
        for base in (self.root, self.shipped):
            if base in path.parents:
                return path.relative_to(base).as_posix()
        return path.name

    def _in_folder(self, folder: Path, kind: str, id: str) -> Written | None:
        """The document in the file of its name; else in one of another name, where it says its id itself."""
        for name in (f"{id}.{kind}.yaml", *((f"{id}.csv", id) if kind == "plan" else ())):
            file = folder / name
            if file.suffix in (".yaml", ".csv") and file.is_file():
                found = self._in_file(file, kind, id.removesuffix(".csv"))
                if found is not None:
                    return found
        return next((found for found in self._readable(folder, kind) if found.id == id), None)

    def _in_file(self, path: Path, kind: str, id: str) -> Written | None:
        for document in documents_in(path, self.shown(path)):
            if document.kind == kind and document.id == id:
                return document
        return None

    @property
    def _own(self) -> tuple[Written, ...]:
        return documents_in(self.file, self.shown(self.file))

    def _folders(self, kind: str) -> Iterator[Path]:
        """Beside the scenario, in the project's fixtures, in the shipped ones; each once."""
        seen: list[Path] = []
        for folder in (self.file.parent, *(base / "fixtures" / FOLDERS[kind] for base in (self.root, self.shipped))):
            if folder not in seen and folder.is_dir():
                seen.append(folder)
                yield folder

    def _all(self, kind: str) -> Iterator[Written]:
        """Every document of a kind that can be read; a file that cannot is complained of when it is named."""
        yield from (document for document in self._own if document.kind == kind)
        for folder in self._folders(kind):
            yield from self._readable(folder, kind)

    def _readable(self, folder: Path, kind: str) -> Iterator[Written]:
        for file in _files(folder, kind):
            if file == self.file:
                continue
            try:
                yield from (found for found in documents_in(file, self.shown(file)) if found.kind == kind)
            except InvalidDocuments:
                continue

    def _distance(self, tier: Path | None) -> int:
        tiers = (self.file.parent, self.root, self.shipped)
        return tiers.index(tier) if tier in tiers else len(tiers)

    def _tier(self, path: Path) -> Path:
        return (
            path.parent
            if self.file.parent == path.parent
            else next((base for base in (self.root, self.shipped) if base in path.parents), path.parent)
        )


def _files(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"*.{kind}.yaml"))
