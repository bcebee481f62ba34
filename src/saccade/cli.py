"""The command `saccade`: finds the command that is meant, and reports errors in one sentence. Nothing slow is imported before."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from saccade import __version__
from saccade.command_line import Command, CommandError, UsageError
from saccade.extras import MissingExtraError
from saccade.hints import nearest
from saccade.memory import loading
from saccade.plugins import RegistryError, registered, the_one

_GROUP = "saccade.commands"
# Commands for every recipe. Commands of a recipe's own are found by entry points.
_COMMON = {
    "list": "list                     the recipes: systems that can be trained here",
    "graph": "graph RECIPE             draw a recipe's graph (SVG), or print its compiled code (--source)",
    "train": "train RECIPE [--seeds N] train; every setting is an option, see saccade train RECIPE --help",
    "resume": "resume RUN               finish a run that was stopped; the numbers come out the same",
    "eval": "eval RUN                 measure the newest checkpoint on the test set",
    "predict": "predict RUN FILE...      what a trained run makes of new pictures (also folders of them): tables (CSV) and pictures",
    "report": "report RUN...            one HTML page: curves, pictures, published figures",
    "export": "export RUN --csv|--npz   what a run keeps (metrics, fixations, strokes, an episode) for other tools",
    "table": "table NAME               train what is missing of a table of figures and print it",
    "reproduce": "reproduce ID             train one figure of a table anew and print it next to the stored one",
    "data": "data get NAME            fetch a data set into the cache (mnist)",
    "doctor": "doctor                   what is installed, what is missing, how to get it",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; errors that a user can fix end in one sentence and exit code 1."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            _dispatch(arguments)
        finally:
            sys.stdout.flush()  # here, where a closed pipe can still be distinguished from other errors
    except UsageError as error:
        _fail(str(error), 2)
    except KeyboardInterrupt:
        _fail(
            "stopped; what was saved is kept: `saccade resume RUN` continues (of a table: the same command again)", 130
        )
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # python flushes once more at its end
        sys.exit(0)
    except (OSError, CommandError, MissingExtraError, RegistryError) as error:
        _fail(str(error), 1)
    except Exception as error:
        from saccade.commands import EXPECTED

        if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
            _fail("there is not enough memory for this: take a smaller --batch, or smaller sizes", 1)
        if not isinstance(error, EXPECTED):
            raise
        _fail(str(error), 1)


def _fail(message: str, code: int) -> None:
    print(f"saccade: {message}", file=sys.stderr)
    sys.exit(code)


def _dispatch(arguments: list[str]) -> None:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_usage())
        return
    if arguments[0] == "--version":
        print(f"saccade {__version__}")
        return
    if "" in arguments:
        raise UsageError(
            "an argument is empty, perhaps of a shell variable that is not set: give it a value, or leave the option out"
        )
    name, rest = arguments[0], arguments[1:]
    if name in _COMMON:
        with loading():
            from saccade import commands
        from saccade.denormals import flushed

        with flushed():  # from the beginning, before torch has threads
            commands.COMMANDS[name](rest)
        return
    entry = the_one(name, _GROUP, "command")
    if entry is None:
        known = [*_COMMON, *(each.name for each in registered(_GROUP))]
        raise UsageError(f"there is no command {name!r}{nearest(name, known)} (commands: {', '.join(known)})")
    command: Command = entry.load("command", Command)
    command.run(rest)


def _usage() -> str:
    lines = [f"  saccade {line}" for line in _COMMON.values()]
    for entry in registered(_GROUP):
        if entry.name in _COMMON:
            lines.append(f"  (the command {entry.name!r} of the package {entry.origin} is not used: saccade has one)")
            continue
        try:
            command: Command = entry.load("command", Command)
            lines.append(f"  saccade {command.usage:24} {command.summary}")
        except RegistryError as error:
            lines.append(f"  ({error})")
    body = "\n".join(lines)
    return (
        f"saccade: agents that decide where to look, where to draw and what to press, from pixels\n\n{body}\n\n"
        "Every command explains itself with --help. RUN is a run directory or a folder of them."
    )
