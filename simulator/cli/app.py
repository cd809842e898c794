"""The commands, their options, and the help that teaches them. What is heavy is imported by the command itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli import looking
from simulator.cli.exits import MEANINGS, PRECEDENCE

if TYPE_CHECKING:
    from simulator.reporting.screen import Screen

_EXITS = "\b\nExit codes:\n" + "\n".join(
    [f"  {int(code):>3}  {meaning}" for code, meaning in MEANINGS.items()]
    + [f"When several apply: {' before '.join(str(int(code)) for code in PRECEDENCE)}."]
)

_HELP = """Rehearse marketing automation against simulated people, in virtual time, and judge what it did.

A scenario says what happens to whom; a run of it makes a log; checks read the log and say what held and what did not.

\b
Begin here:
  journeyproof run                        the project's scenarios, else the five that are shipped
  journeyproof list                       what there is to run
  journeyproof run late-birthday          one family
  journeyproof init my-project            a project of your own, with an example that passes

\b
When something is not as expected:
  journeyproof run FAMILY --variant V --seed 42 --customer ID     the line that the report ends with
  journeyproof run FAMILY --json r.json && journeyproof replay r.json
"""

_RUN_HELP = """Rehearse scenarios on a backend and judge them.

PATH is a scenario file or a folder of them; FAMILY the name of a folder in scenarios/. Without any, the scenarios/ of
the current directory are run, else those that are shipped; one about a certain engine only when it or its --backend is
named.

\b
Examples:
  journeyproof run
  journeyproof run late-birthday --variant one-day-incident
  journeyproof run contact-flood --customers 200 --workers 2 --json result.json
  journeyproof run scenarios/mine.scenario.yaml --strict --junit junit.xml --log logs/
  journeyproof run late-birthday --backend tryton
  journeyproof run late-birthday --backend http://127.0.0.1:8700
"""
_BACKEND_WORDS = "A name of `journeyproof backends`, http://127.0.0.1:PORT, module:Class or a FILE.backend.yaml."
_BACKEND_HELP = f"{_BACKEND_WORDS} Unsaid, the one that the scenario is about, else the reference."

app = typer.Typer(
    name="journeyproof",
    help=_HELP,
    epilog=_EXITS,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

Paths = Annotated[list[str] | None, typer.Argument(metavar="PATH|FAMILY", help="What to run.", show_default=False)]
Variant = Annotated[str | None, typer.Option("--variant", metavar="V", help="Only this variant.")]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, show_default=True, help="The seed that all chance is drawn from.")
]
Customers = Annotated[
    int,
    typer.Option("--customers", metavar="N", min=0, help="Add so many background people; protagonists stay the same."),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", min=1, help="Processes to use. The usual: one for each core, four at most."),
]
Json = Annotated[Path | None, typer.Option("--json", metavar="F", help="Write the result file.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="F", help="Write the report, one HTML file.")]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="F", help="Write JUnit XML for a build server.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="NAME", help="Only this family, scenario or variant; again for more."),
]
Strict = Annotated[bool, typer.Option("--strict", help="A check that is vacuous or unsupported is a failure as well.")]


@app.callback(invoke_without_command=True)
def _journeyproof(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"journeyproof {version_of('journeyproof')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command("run", help=_RUN_HELP, epilog=_EXITS)
def _run(  # noqa: PLR0913, PLR0917 one parameter for each option
    paths: Paths = None,
    backend: Annotated[str | None, typer.Option("--backend", metavar="NAME", help=_BACKEND_HELP)] = None,
    variant: Variant = None,
    seed: Seed = 42,
    customers: Customers = 0,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="Only this customer and whoever shares with them.")
    ] = None,
    workers: Workers = None,
    json: Json = None,
    html: Html = None,
    junit: Junit = None,
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="F", help="Write the event log; into the folder F when several variants run."),
    ] = None,
    ctrf: Annotated[
        Path | None, typer.Option("--ctrf", metavar="F", help="Write CTRF JSON for a build server.")
    ] = None,
    github: Annotated[
        bool, typer.Option("--github", help="Print annotations for GitHub Actions, and write the summary of the step.")
    ] = False,
    last_failed: Annotated[
        bool, typer.Option("--last-failed", help="Only what was not as expected when it was last run here.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Only the I-th of N equal shares, for several machines."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="DIR", help="Compare with these baselines at the end."),
    ] = None,
    strict: Strict = False,
) -> None:
    from simulator.cli.rehearsing import run
    from simulator.cli.selecting import Wish, default_workers
    from simulator.cli.session import Outputs

    wish = Wish(
        variant, seed, customers, customer, backend, workers or default_workers(), strict,
        shard=shard, last_failed=last_failed,
    )  # fmt: skip
    outputs = Outputs(json, junit, log, ctrf, github, html=html)
    if baseline is not None:
        from simulator.cli.comparing import run_and_compare

        raise typer.Exit(run_and_compare(paths or [], wish, outputs, baseline, _screens()))
    raise typer.Exit(run(paths or [], wish, outputs, *_screens()))


@app.command("list", help="List scenarios and their variants.")
def _list(paths: Paths = None) -> None:
    from simulator.cli.showing import list_scenarios

    raise typer.Exit(list_scenarios(paths or [], _screens()[0]))


@app.command(
    "lint",
    epilog=_EXITS,
    help="""Look through messages and layouts for what readers would stumble over.

PATH is a message, a layout or a folder of them, or what `run` takes; without any, the scenarios here and every message
beside them. Exit code 1 if something is an error, 0 with advice only.

\b
Examples:
  journeyproof lint
  journeyproof lint fixtures/messages late-birthday
""",
)
def _lint(paths: Paths = None) -> None:
    from simulator.cli.linting import lint

    raise typer.Exit(lint(paths or [], _screens()[0]))


@app.command(
    "check",
    epilog=_EXITS,
    help="""Judge a saved log without running anything.

\b
Example:
  journeyproof run late-birthday --variant one-day-incident --log day.jsonl
  journeyproof check day.jsonl --scenario late-birthday --variant one-day-incident
""",
)
def _check(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A log of `run --log`, or an export of that form.")],
    scenario: Annotated[str, typer.Option("--scenario", metavar="FILE", help="The scenario it is judged against.")],
    variant: Variant = None,
    seed: Seed = 42,
    customers: Customers = 0,
    json: Json = None,
    junit: Junit = None,
    strict: Strict = False,
) -> None:
    from simulator.cli.rehearsing import check
    from simulator.cli.selecting import Wish
    from simulator.cli.session import Outputs

    wish = Wish(variant, seed, customers, strict=strict, log=str(log))
    raise typer.Exit(check(log, scenario, wish, Outputs(json, junit), *_screens()))


@app.command(
    "merge",
    help="""Make the results of several shards one again, and their JUnit documents (the files that end in .xml).

\b
Example:
  journeyproof run --shard 1/2 --json 1.json --junit 1.xml     (and 2/2 on another machine)
  journeyproof merge 1.json 2.json 1.xml 2.xml --json all.json --junit all.xml
""",
)
def _merge(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files of `run --json` and `run --junit`.")],
    json: Json = None,
    junit: Junit = None,
) -> None:
    from simulator.cli.sharding import merge

    screen = _screens()[0]
    for line in merge(paths, json, junit):
        screen.line(line)


@app.command(
    "replay",
    help="Run a result file again and compare.\n\nNo other file is needed; the first event that differs is shown.",
)
def _replay(
    result: Annotated[Path, typer.Argument(metavar="RESULT.json", help="A file that `run --json` wrote.")],
    backend: Annotated[
        str | None, typer.Option("--backend", metavar="NAME", help="Instead of the one that the file names.")
    ] = None,
    workers: Workers = None,
) -> None:
    from simulator.cli.replaying import replay
    from simulator.cli.selecting import default_workers

    raise typer.Exit(replay(result, workers or default_workers(), backend, _screens()[0]))


looking.register(app)


@app.command(
    "diff",
    epilog=_EXITS,
    help="""Compare two results, or baselines and a result: what moved, came, went or reads otherwise.

A and B are result files of `run --json`, one variant of them as FILE::VARIANT, a baseline, or a folder of baselines.
With one result alone, the folder baselines/ is compared with it. It returns 0 when nothing changed, 6 when something
did, 1 when a verdict became worse.

\b
Examples:
  journeyproof run --json now.json && journeyproof diff now.json
  journeyproof diff before.json now.json --within "5 min"
  journeyproof diff now.json --markdown comment.md
  journeyproof diff r.json::as-it-should-have-gone r.json::one-day-incident
""",
)
def _diff(
    before: Annotated[str, typer.Argument(metavar="A", help="What it was, or the only result.")],
    after: Annotated[str | None, typer.Argument(metavar="B", help="What it is now.", show_default=False)] = None,
    only: Only = None,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="DURATION", help="A message that moved no further than this did not move."),
    ] = None,
    markdown: Annotated[
        str | None, typer.Option("--markdown", metavar="F", help="Write a comment for a pull request; - prints it.")
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="F", help="Write the differences as JSON.")] = None,
) -> None:
    from simulator.cli.comparing import Asked, diff

    raise typer.Exit(diff(before, after, Asked(only or (), within, markdown, json), _screens()[0]))


_baseline = typer.Typer(
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Keep what journeys do as text in the repository, for people to review and `diff` to compare with.",
)
app.add_typer(_baseline, name="baseline")


@_baseline.callback()
def _baselines() -> None:
    """Keep `accept` a command of its own, beside others that may come."""


@_baseline.command(
    "accept",
    help="""Write what journeys do now as the baseline: text with one fact on a line, for a reviewer to read.

From result files, or of scenarios, which are run first. Nothing is removed; baselines of what is gone are named.

\b
Examples:
  journeyproof baseline accept
  journeyproof baseline accept late-birthday
  journeyproof baseline accept now.json --only late-birthday/one-day-incident
""",
)
def _accept(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="RESULT.json|PATH|FAMILY", help="What to accept.", show_default=False)
    ] = None,
    only: Only = None,
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where baselines stand.")] = Path("baselines"),
    backend: Annotated[str | None, typer.Option("--backend", metavar="NAME", help=_BACKEND_HELP)] = None,
    variant: Variant = None,
    seed: Seed = 42,
    customers: Customers = 0,
    workers: Workers = None,
) -> None:
    from simulator.cli.comparing import accept
    from simulator.cli.selecting import Wish, default_workers

    wish = Wish(variant, seed, customers, None, backend, workers or default_workers())
    raise typer.Exit(accept(words or [], wish, only or (), folder, _screens()))


@app.command(
    "schema",
    help="Write JSON Schemas of the documents.\n\nEditors complete and check with them. Without DIR they are printed.",
)
def _schema(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where to write.", show_default=False)] = None,
) -> None:
    from simulator.cli.showing import write_schemas

    raise typer.Exit(write_schemas(folder, _screens()[0]))


@app.command(
    "backends", help="List the backends: what is installed and what it can do, what is missing and how to get it."
)
def _backends() -> None:
    from simulator.cli.engines import list_backends

    raise typer.Exit(list_backends(_screens()[0]))


@app.command(
    "doctor",
    help="""Look whether this machine has what rehearsals need: libraries, programs, folders and ports.

What only some backends need is told and no failure, unless --backend names one of them.
""",
)
def _doctor(
    backend: Annotated[
        str | None, typer.Option("--backend", metavar="NAME", help="Fail where something is missing that it needs.")
    ] = None,
) -> None:
    from simulator.cli.doctoring import doctor

    raise typer.Exit(doctor(backend, _screens()[0]))


@app.command(
    "serve-backend",
    help="""Expose a backend over HTTP, on this machine alone, until it is interrupted.

\b
Example:
  journeyproof serve-backend engine:Engine --port 8701
  journeyproof run late-birthday --backend http://127.0.0.1:8701
""",
)
def _serve_backend(
    backend: Annotated[str, typer.Argument(metavar="BACKEND", help=_BACKEND_WORDS)],
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="The port; 0 for any that is free.")
    ] = 0,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Ask nobody for a token: everybody on this machine may use it.")
    ] = False,
) -> None:
    from simulator.cli.engines import serve_backend

    raise typer.Exit(serve_backend(backend, port, token=not no_token, screen=_screens()[0]))


@app.command(
    "conformance",
    help="""Ask a backend the rules of the protocol, and say of each that it breaks what to mend.

The exit code is 0 when it keeps all that apply, 1 when it breaks one, 3 when it crashed, 5 when none applied.
""",
)
def _conformance(
    backend: Annotated[str, typer.Argument(metavar="BACKEND", help=_BACKEND_WORDS)],
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario", metavar="FILE[:VARIANT]", help="A scenario for an engine that runs a definition of its own."
        ),
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", metavar="ID", help="Only this rule; again for more.")
    ] = None,
) -> None:
    from simulator.cli.engines import conformance

    raise typer.Exit(conformance(backend, scenario, rule, *_screens()))


@app.command(
    "studio",
    help="""Open a page where you ask "what if?" of a scenario: who, when, under which rules.

It is served to this machine alone, until it is interrupted, and sends nothing to anybody.

\b
Example:
  journeyproof studio
  journeyproof studio --port 8750 --no-browser --backend engine:Engine
""",
)
def _studio(
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="The port; 0 for any that is free.")
    ] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            "--backend", metavar="NAME", help="A backend of your own that may be chosen there; again for more."
        ),
    ] = None,
) -> None:
    from simulator.cli.studio import studio

    raise typer.Exit(studio(port, backend or [], browser=not no_browser, screen=_screens()[0]))


@app.command(
    "init",
    help="""Lay out a project of your own.

It gets the folders, one small scenario that passes, and a variant that shows what a violation looks like.
Nothing that is already there is changed.

\b
Example:
  journeyproof init my-project
  cd my-project
  journeyproof run
""",
)
def _init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The project's folder.")]) -> None:
    from simulator.cli.starting import init

    raise typer.Exit(init(folder, _screens()[0]))


def _screens() -> tuple[Screen, Screen]:
    """Where the command speaks, and where it complains."""
    import sys

    from simulator.reporting.screen import Screen

    return Screen(sys.stdout), Screen(sys.stderr)
