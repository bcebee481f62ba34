"""Parallel copies of a Gymnasium environment, spread over processes: some libraries run one emulator in each.

Gymnasium's AsyncVectorEnv would do most of it, but makes one more copy in the process that asks (1.4.0), and each in a process of its own.
"""

from __future__ import annotations

import signal
import sys
import traceback
from contextlib import suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.processes import clean_context, without_main
from saccade.worlds.data.files import DataError

from .emulators import Bools, EmulatorStep, Longs
from .pixel_env import PixelEnv
from .pixel_games import PixelGames

_PATIENCE = 10.0  # seconds that a process has to close what it runs


class ProcessGames:
    """Copies of an environment in processes of their own; the numbers are those of `PixelGames`.

    Args:
        env: how one is made.
        count: parallel games.
        processes: among which they are divided.

    Raises:
        DataError: it cannot be made, or not so often.
    """

    def __init__(self, env: PixelEnv, count: int, processes: int) -> None:
        self.name = env.id_
        ends = np.linspace(0, count, min(processes, count) + 1).astype(int)
        self._rows = [slice(begin, end) for begin, end in pairwise(ends.tolist())]
        self._workers: list[_Worker] = []
        try:
            for rows in self._rows:  # all begin before the first is waited for
                self._workers.append(_Worker(env, rows.stop - rows.start))
            found = [worker.answer() for worker in self._workers]
            self.actions, self.shape, self.per_second, self.endless = found[0]
        except BaseException:
            self.close()
            raise
        self._screen = np.zeros((count, *self.shape), np.uint8)

    def reset(self, which: Bools, seeds: Longs) -> npt.NDArray[np.uint8]:
        """Begin new episodes."""
        asked = [(rows, worker) for rows, worker in zip(self._rows, self._workers, strict=True) if which[rows].any()]
        for rows, worker in asked:
            worker.ask("reset", which[rows], seeds[rows])
        self._screen = self._screen.copy()
        for rows, worker in asked:
            self._screen[rows] = worker.answer()
        return self._screen

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        """Act in some games, as `PixelGames` does."""
        for rows, worker in zip(self._rows, self._workers, strict=True):
            worker.ask("step", actions[rows], which[rows])
        steps: list[EmulatorStep] = [worker.answer() for worker in self._workers]
        whole = EmulatorStep(
            *(np.concatenate([getattr(step, name) for step in steps]) for name in EmulatorStep.__dataclass_fields__)
        )
        self._screen = whole.screen
        return whole

    def close(self) -> None:
        """End the processes, which close their environments."""
        for worker in self._workers:
            worker.hang_up()
        for worker in self._workers:
            worker.end()


class _Worker:
    """A process with some copies of an environment."""

    def __init__(self, env: PixelEnv, count: int) -> None:
        context = clean_context([__name__])
        self._name = env.id_
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(env, count, theirs), daemon=True)
        with without_main():
            self._process.start()
        theirs.close()

    def ask(self, method: str, *arguments: Any) -> None:
        """Have a method called there."""
        with suppress(OSError):  # it has died, as the answer will say
            self._pipe.send((method, arguments))

    def answer(self) -> Any:
        """What it returned.

        Raises:
            DataError: it cannot be made, or its process has died.
            RuntimeError: the environment has raised an error; the message names it, a note has its traceback.
        """
        try:
            found = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(_PATIENCE)
            raise DataError(
                f"a process that plays {self._name} has died (exit code {self._process.exitcode}): see what ends it; a run "
                "that it ends goes on by `saccade resume RUN`"
            ) from error
        if isinstance(found, Exception):
            raise found
        return found

    def hang_up(self) -> None:
        """Tell it to end, whatever it is doing."""
        self._pipe.close()

    def end(self) -> None:
        """Wait for its end."""
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()


def _serve(env: PixelEnv, count: int, pipe: Connection) -> None:
    """Answer until the other end hangs up, whose process may have died."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks: it hangs up
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    games: PixelGames | None = None
    try:
        games = PixelGames(env, count)
        pipe.send((games.actions, games.shape, games.per_second, games.endless))
        while True:
            method, arguments = pipe.recv()
            pipe.send(getattr(games, method)(*arguments))
    except (EOFError, OSError):
        pass
    except Exception as error:  # whatever the environment does
        with suppress(OSError):
            pipe.send(_portable(error))
    finally:
        if games is not None:
            games.close()


def _portable(error: Exception) -> Exception:
    """An error for another process: ours as it is; one of the environment's own, whose class may not be there, in words, with its traceback."""
    if isinstance(error, DataError):
        return error
    in_words = RuntimeError(f"{type(error).__name__}: {error}")
    in_words.add_note(traceback.format_exc())
    return in_words
