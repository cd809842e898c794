"""The commands that show what there is: `list` and `schema`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from simulator.cli import files
from simulator.cli.exits import Exit
from simulator.cli.selecting import discover
from simulator.reporting.plain import clean, counted, listed
from simulator.reporting.screen import Screen


def list_scenarios(paths: Sequence[str], screen: Screen) -> Exit:
    """Print families, scenarios and variants, one line each, and which backends they are about."""
    found = discover(paths, engines=not paths)
    width = max((len(variant) for source in found for variant in source.variants), default=0)
    for source in found:
        scenario = source.family if source.family == source.name else f"{source.family} › {source.name}"
        about = {source.backends_of(variant) for variant in source.variants}
        words = _about(next(iter(about))) if len(about) == 1 else ""
        screen.line((clean(scenario), "bold"), f" · {clean(source.title)} · {clean(source.shown)}{words}", hang=2)
        for variant in source.variants:
            words = _about(source.backends_of(variant)) if len(about) > 1 else ""
            screen.line(f"{clean(variant).ljust(width)}{words}", indent=2)
    variants = sum(len(source.variants) for source in found)
    screen.line((f"{counted(variants, 'variant')} of {counted(len(found), 'scenario')}", "dim"))
    return Exit.AS_EXPECTED if found else Exit.NOTHING


def _about(backends: Sequence[str]) -> str:
    return f" · about {listed([clean(name) for name in backends])}" if backends else ""


def write_schemas(folder: Path | None, screen: Screen) -> Exit:
    """Write the JSON Schema of each kind of document into a folder, or print all of them as one JSON object.

    In a folder, the OpenAPI document of the backend protocol lies beside them.
    """
    from simulator.backends.catalogue import documents
    from simulator.backends.http.contract import contract
    from simulator.model.resultschema import result_schema
    from simulator.model.schemas import schema_of, schemas

    brought = {kind: schema_of(kind, model) for kind, model in documents().items()}
    made = {**schemas(), **brought, "result": result_schema()}
    if folder is None:
        screen.verbatim(json.dumps(made, indent=2, sort_keys=True))
        return Exit.AS_EXPECTED
    files.folder(folder, "schema")
    for kind, schema in sorted(made.items()):
        path = folder / f"{kind}.schema.json"
        files.write_json(path, schema, indent=2)
        screen.verbatim(f"{clean(path)}")
    path = folder / "backend.openapi.json"
    files.write_json(path, contract(), indent=2)
    screen.verbatim(f"{clean(path)}")
    screen.line("For completion in an editor with the YAML language server, begin a file with its line, for instance:")
    screen.verbatim(f"# yaml-language-server: $schema={clean(folder / 'scenario.schema.json')}", indent=2)
    return Exit.AS_EXPECTED
