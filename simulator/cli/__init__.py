"""The command `journeyproof`. `main` runs it as a process would; `execute` returns the exit code instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command with `arguments` (those of the process where there are none), and leave with its exit code."""
    from simulator.cli.exits import Exit

    code = execute(sys.argv[1:] if arguments is None else arguments)
    if code == Exit.INTERRUPTED:
        _leave_now(code)
    raise SystemExit(code)


def _leave_now(code: int) -> NoReturn:
    """Leave without waiting for workers, which were interrupted in the middle of their work as well."""
    from multiprocessing import active_children

    for child in active_children():
        child.kill()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def execute(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; whatever goes wrong is told on standard error."""
    from simulator.cli.exits import Exit

    try:
        code = _commanded(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # What Python still flushes at its end must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.READER_GONE
    except KeyboardInterrupt:
        _complain("interrupted")
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 the last place that can keep a traceback from a user
        from simulator.cli.crashes import told

        _, known, message = told(error)
        _complain(message)
        return known
    return code


def _commanded(arguments: Sequence[str]) -> int:
    """Let typer read the arguments and run the command."""
    import typer

    from simulator.cli.app import app
    from simulator.cli.exits import Exit
    from simulator.model.data import refuse_foreign_package

    refuse_foreign_package()
    command = typer.main.get_command(app)
    try:
        code = command.main(list(arguments), prog_name="journeyproof", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:
        words = getattr(error, "format_message", None)
        if words is None:
            raise
        _complain(_usage_message(error, str(words())))
        return Exit.USAGE
    if code == Exit.INTERRUPTED:
        # typer has already turned the interrupt into an exit code; what the user sees is ours to say.
        raise KeyboardInterrupt
    return int(code or 0)


def _usage_message(error: Exception, words: str) -> str:
    """typer's own words; a misspelt option gets a suggestion, and everything a way to the help."""
    from simulator.words.errors import did_you_mean

    context = getattr(error, "ctx", None)
    option = getattr(error, "option_name", None)
    if option is not None and hasattr(error, "possibilities"):
        known = [name for parameter in context.command.params for name in parameter.opts] if context else []
        words = f"there is no option {option}{did_you_mean(option, known)}."
    path = context.command_path if context is not None else "journeyproof"
    return f"{words}\nTry '{path} --help'."


def _complain(message: str) -> None:
    from simulator.reporting.plain import clean
    from simulator.reporting.screen import Screen

    screen = Screen(sys.stderr)
    for line in message.splitlines():
        screen.verbatim(clean(line), "red")
