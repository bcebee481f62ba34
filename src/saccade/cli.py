"""The command `saccade`: finds the part that is meant, and ends mistakes in one sentence. Nothing heavy is read before."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from saccade import __version__
from saccade.command_line import UsageError, parse
from saccade.extras import MissingExtraError
from saccade.options import CutoutOptions

_USAGE = """saccade: agents that decide where to look, from pixels

  saccade list                     the recipes: published systems that can be trained here
  saccade graph RECIPE             draw a recipe's graph (SVG), or print its compiled code
  saccade train RECIPE [--seeds N] train; every setting is an option, see saccade train RECIPE --help
  saccade resume RUN               finish a run that was stopped; the numbers come out the same
  saccade eval RUN                 measure the newest checkpoint on the test set
  saccade report RUN...            one HTML page: curves, scanpaths, fixation maps, the source's table
  saccade table NAME               train what is missing of a source's table and print it beside ours (grlf, ram, …)
  saccade watch RUN                a clip of a player: values of all actions, and what they hang on
  saccade robustness RUN...        attack trained runs, beside a plain convolutional network
  saccade cutout IMAGE --strokes S cut an object out by strokes on it and off it
  saccade data get NAME            fetch a data set into the cache (mnist)
  saccade doctor                   what is installed, what is missing, how to get it

Every command explains itself with --help. RUN is a run directory or a folder of them."""

COMMANDS = (
    "list", "graph", "train", "resume", "eval", "report", "table", "robustness", "watch", "cutout", "data", "doctor",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; errors that a user can mend end in one sentence and exit code 1."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            _dispatch(arguments)
        finally:
            sys.stdout.flush()  # here, where a reader that has left can still be told apart from a mistake
    except UsageError as error:
        _fail(str(error), 2)
    except KeyboardInterrupt:
        _fail("stopped; what was saved is kept: `saccade resume RUN` goes on (of a table: the same command again)", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # python flushes once more at its end
        sys.exit(0)
    except (OSError, MissingExtraError) as error:
        _fail(str(error), 1)
    except Exception as error:
        from saccade.commands import EXPECTED

        if not isinstance(error, EXPECTED):
            raise
        _fail(str(error), 1)


def _fail(message: str, code: int) -> None:
    print(f"saccade: {message}", file=sys.stderr)
    sys.exit(code)


def _dispatch(arguments: list[str]) -> None:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_USAGE)
        return
    if arguments[0] == "--version":
        print(f"saccade {__version__}")
        return
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        from saccade.graph.errors import nearest

        raise UsageError(f"there is no command {name!r}{nearest(name, COMMANDS)} (commands: {', '.join(COMMANDS)})")
    if name == "cutout":
        _cutout(rest)
        return
    from saccade import commands
    from saccade.denormals import flushed

    with flushed():  # from the beginning, before torch has threads
        commands.COMMANDS[name](rest)


def _cutout(arguments: list[str]) -> None:
    """Segment an image by strokes: the one command that does without torch, and does not wait for it."""
    from saccade.cutting import CutoutError, cut_out
    from saccade.memory import keep
    from saccade.vision.methods import Method

    text = "The mask of an object, by strokes on it and off it."
    options: CutoutOptions = parse(CutoutOptions, arguments, "cutout", text)
    keep()
    try:
        mask = cut_out(options.image, options.strokes, options.out, Method(options.method))
    except CutoutError as error:
        _fail(str(error), 1)
    print(f"{options.out}: {mask.mean():.1%} of the image is object")
