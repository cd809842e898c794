"""What test_tidy looks for: readers of source text, each answering with plain sentences of the form `line N: ...`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

LAYERS = {
    "words": 0,
    "model": 1,
    "checks": 2,
    "world": 2,
    "backends": 2,
    "running": 3,
    "search": 4,
    "conformance": 4,
    "comparing": 4,
    "reporting": 5,
    "studio": 5,
    "pytest_plugin": 5,
    "cli": 5,
    "__main__": 5,
}
SURFACE = 5
FORBIDDEN_SIBLINGS = frozenset({2, 4})

CLOCK_AND_CHANCE = frozenset(
    f"{owner}.{name}"
    for owner, names in {
        "datetime.datetime": ("now", "utcnow", "today"),
        "datetime.date": ("today",),
        "time": (
            *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"),
            *("process_time", "process_time_ns", "localtime", "gmtime", "ctime", "strftime"),
        ),
        "uuid": ("uuid1", "uuid4"),
        "os": ("environ", "environb", "getenv", "urandom", "getrandom", "getpid"),
        "random": ("SystemRandom",),
    }.items()
    for name in names
)
NUMPY_RANDOM_ALLOWED = frozenset({"Generator", "SeedSequence", "BitGenerator", "PCG64", "PCG64DXSM", "Philox"})
# What is done with the members does not depend on their order: to make a generator over a set inside these is harmless.
ORDER_BLIND = frozenset({"sorted", "set", "frozenset", "any", "all", "min", "max", "len"})
UNSORTED_LISTINGS = frozenset({"iterdir", "glob", "rglob", "listdir", "scandir"})


def layer_problems(source: str, module: str) -> Iterator[str]:
    """Say which imports of `module` (dotted, inside `simulator`) do not go downwards."""
    part = module.split(".")[1]
    if part not in LAYERS:
        yield f"line 1: '{part}' has no layer: give it one in tests/unit/tidy.py and in ARCHITECTURE.md"
        return
    for line, target in _imported_parts(source, module):
        if target == part or (target == "" and LAYERS[part] == SURFACE):
            continue
        if target == "":
            yield f"line {line}: imports names from the roof of the package, which may stand on any layer"
        elif target not in LAYERS:
            yield f"line {line}: imports 'simulator.{target}', which has no layer"
        elif LAYERS[target] > LAYERS[part]:
            yield f"line {line}: '{part}' (layer {LAYERS[part]}) imports '{target}' (layer {LAYERS[target]}), upwards"
        elif LAYERS[target] == LAYERS[part] and LAYERS[part] in FORBIDDEN_SIBLINGS:
            yield f"line {line}: '{part}' imports its sibling '{target}'"


def _imported_parts(source: str, module: str) -> Iterator[tuple[int, str]]:
    """Yield line and part for each import of our own; the part is '' for names of `simulator` itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            root, *rest = name.split(".")
            # `__version__` and its like are facts about the distribution, not code that stands on a layer.
            if root == "simulator" and not (rest and rest[0].startswith("__") and rest[0] != "__main__"):
                deeper = bool(rest) and (rest[0] in LAYERS or len(rest) > 1)
                yield node.lineno, rest[0] if deeper else ""


def chance_problems(source: str) -> Iterator[str]:
    """Say where the source asks the wall clock, the process, the environment or unseeded chance."""
    tree = ast.parse(source)
    names = _names_in_scope(tree)
    dunder_hash = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "__hash__"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "hash" and node not in dunder_hash:
            yield f"line {node.lineno}: hash() differs between processes; use hashlib"
        if isinstance(node, ast.ImportFrom) and node.module == "secrets":
            yield f"line {node.lineno}: secrets cannot be repeated; draw from a stream"
        if isinstance(node, ast.Attribute | ast.Name):
            dotted = _qualified(node, names)
            if dotted and _is_banned(dotted):
                yield f"line {node.lineno}: {dotted} makes a run unrepeatable; use the virtual clock or a named stream"
        if isinstance(node, ast.Call) and not node.args and not node.keywords:
            dotted = _qualified(node.func, names)
            if dotted in {"random.Random", "numpy.random.default_rng"}:
                yield f"line {node.lineno}: {dotted}() without a seed makes a run unrepeatable"


def _is_banned(dotted: str) -> bool:
    if dotted in CLOCK_AND_CHANCE or dotted.startswith("secrets."):
        return True
    root, _, rest = dotted.partition(".")
    last = dotted.rpartition(".")[2]
    if root == "random":
        return rest.islower() and "." not in rest
    if dotted.startswith("numpy.random."):
        return last not in NUMPY_RANDOM_ALLOWED | {"default_rng"} and last != "random"
    return root == "whenever" and last in {"now", "now_in_system_tz", "today_in_system_tz"}


def _names_in_scope(tree: ast.AST) -> dict[str, str]:
    """Map each imported name to the dotted name that it stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _qualified(node: ast.AST, names: dict[str, str]) -> str:
    trail: list[str] = []
    while isinstance(node, ast.Attribute):
        trail.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return ""
    return ".".join([names[node.id], *reversed(trail)])


def order_problems(source: str) -> Iterator[str]:
    """Say where the source walks over a set, or over a folder, in whatever order it comes."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        for walked in _walked(node):
            if _order_does_not_matter(node, parents):
                continue
            if _is_set(walked, _sets_of_function(walked, parents)):
                yield f"line {walked.lineno}: walks over a set in no certain order; wrap it in sorted()"
            elif _is_listing(walked):
                yield f"line {walked.lineno}: walks over a folder in no certain order; wrap it in sorted()"


def _walked(node: ast.AST) -> list[ast.expr]:
    """Return what `node` goes through in order: loops, comprehensions, and calls that keep the order they are given."""
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        return [node.iter]
    if isinstance(node, ast.Starred):
        return [node.value]
    if isinstance(node, ast.Call) and node.args:
        function = node.func
        if isinstance(function, ast.Name) and function.id in {"list", "tuple", "enumerate", "iter", "map", "zip"}:
            return list(node.args)
        if isinstance(function, ast.Attribute) and function.attr in {"join", "fromkeys", "extend"}:
            return [node.args[0]]
    return []


def _order_does_not_matter(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while isinstance(node, ast.comprehension | ast.GeneratorExp | ast.ListComp | ast.Call | ast.Starred | ast.Set):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ORDER_BLIND:
            return True
        if isinstance(node, ast.Set):
            return True
        node = parents[node]
    return isinstance(node, ast.SetComp)


def _sets_of_function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> frozenset[str]:
    """Return the local names that the enclosing function binds to sets and to nothing else."""
    while node in parents and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module):
        node = parents[node]
    sets: set[str] = set()
    others: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign) and len(inner.targets) == 1 and isinstance(inner.targets[0], ast.Name):
            (sets if _is_set(inner.value, frozenset()) else others).add(inner.targets[0].id)
        elif isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
            (sets if _is_set_type(inner.annotation) else others).add(inner.target.id)
        elif isinstance(inner, ast.arg):
            (sets if inner.annotation and _is_set_type(inner.annotation) else others).add(inner.arg)
    return frozenset(sets - others)


def _is_set(node: ast.expr, sets: frozenset[str]) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in sets
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return _is_set(node.left, sets) or _is_set(node.right, sets)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in {"set", "frozenset"}
    algebra = {"union", "intersection", "difference", "symmetric_difference"}
    return isinstance(node.func, ast.Attribute) and node.func.attr in algebra and _is_set(node.func.value, sets)


def _is_set_type(annotation: ast.expr) -> bool:
    return bool(re.match(r"(set|frozenset|AbstractSet)\b", ast.unparse(annotation)))


def _is_listing(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in UNSORTED_LISTINGS


def size_problems(source: str, module_limit: int, function_limit: int) -> Iterator[str]:
    """Say what is too long: the module by its lines, each function from its `def` to its last line."""
    lines = len(source.splitlines())
    if lines > module_limit:
        yield f"line {lines}: the module has {lines} lines, the limit is {module_limit}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > function_limit:
                yield f"line {node.lineno}: {node.name} has {length} lines, the limit is {function_limit}"


_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)


def markdown_links(text: str) -> list[str]:
    """Return the targets of all links outside code, in order, without those that lead out of the repository."""
    prose = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))
    targets = [first or second for first, second in _LINK.findall(prose)]
    return [target for target in targets if not re.match(r"[a-z][a-z0-9+.-]*:", target)]


def markdown_anchors(text: str) -> frozenset[str]:
    """Return the anchors that a forge gives to the headings of a page."""
    prose = _FENCE.sub("", text)
    headings = re.findall(r"^#{1,6}\s+(.*?)\s*#*$", prose, re.MULTILINE)
    seen: dict[str, int] = {}
    anchors = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", prose))
    for heading in headings:
        words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = seen.get(slug, 0)
        anchors.add(f"{slug}-{count}" if count else slug)
        seen[slug] = count + 1
    return frozenset(anchors)


def machine_paths(text: str) -> Iterator[str]:
    """Say where a text names a path of somebody's machine, or the host of a package registry."""
    homes = re.compile(r"(?<![\w.\-/}])/(?:home|root|Users|work)/[\w.\-]+|\b[A-Z]:\\{1,2}Users\b")
    hosts = re.compile(r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io|rubygems\.org)\b")
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, what in ((homes, "a path of one machine"), (hosts, "the host of a package registry")):
            for match in pattern.finditer(line):
                yield f"line {number}: {match.group()!r} is {what}"
