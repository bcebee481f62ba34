"""Atari 2600 games through the Arcade Learning Environment, whose ROMs come with it (Bellemare et al. 2013)."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.extras import missing
from saccade.worlds.data.files import DataError

from .emulators import DEPTH, SIDE, Bools, EmulatorStep, Longs
from .protocol import Protocol

try:
    from ale_py import ALEInterface, LoggerMode, roms
    from ale_py.vector_env import AtariVectorEnv
except ImportError as error:  # pragma: no cover
    raise missing("playing Atari games", "ale-py", "atari") from error

_FOR_TWO = (
    "combat",
    "joust",
    "maze_craze",
    "warlords",
)  # needs two players: the emulator ends the process where there is one


def rom_of(game: str) -> str:
    """The ROM's name, of a game as people write it: "space-invaders", "Space Invaders", "ALE/SpaceInvaders-v5", "ale_py:ALE/…".

    Raises:
        DataError: there is no such game; the message names the nearest.
    """
    plain = re.sub(r"(NoFrameskip|Deterministic)?-v\d+$", "", game.rpartition(":")[2].removeprefix("ALE/"))
    known = {name.replace("_", ""): name for name in roms.get_all_rom_ids() if name not in _FOR_TWO}
    asked = "".join(letter for letter in plain.lower() if letter.isalnum())
    if asked not in known:
        near = [known[name] for name in get_close_matches(asked, known, n=3)]
        hint = f", did you mean {' or '.join(near)}?" if near else ""
        raise DataError(f"there is no Atari game {game!r}{hint} ({len(known)} are known)")
    return known[asked]


def _screen_of(rom: str) -> tuple[int, int]:
    """Height and width of a game's screen: of 104 games 13 have not the usual 210 rows, and scaled to them they show colours of their own."""
    ALEInterface.setLoggerMode(LoggerMode.Error)
    emulator = ALEInterface()
    path = roms.get_rom_path(rom)
    assert path is not None, "rom_of has found it"
    emulator.loadROM(path)
    height, width = emulator.getScreenDims()
    return height, width


class Atari:
    """Parallel copies of one game: 84x84 grey frames, the pixelwise maximum of the last two of every skip, in stacks of four.

    Args:
        game: its name, see `rom_of`.
        count: parallel games.
        protocol: see there.
        threads: of the emulators.
        in_colour: screens of `(1, height, width, 3)`, as people see them.

    Raises:
        DataError: there is no such game.
    """

    def __init__(
        self, game: str, count: int, protocol: Protocol = Protocol.PAPER, threads: int = 1, in_colour: bool = False
    ) -> None:
        self.name = rom_of(game)
        rules = protocol.rules
        # Every fourth frame would show Space Invaders without its lasers (Mnih et al. 2013, section 5).
        skip = 3 if protocol is Protocol.PAPER and self.name == "space_invaders" else 4
        height, width = _screen_of(self.name) if in_colour else (SIDE, SIDE)
        self._games = AtariVectorEnv(
            self.name, count, num_threads=threads, max_num_frames_per_episode=rules.frames,
            repeat_action_probability=rules.sticky, full_action_space=rules.all_buttons, frameskip=skip,
            noop_max=rules.no_ops, reward_clipping=False, use_fire_reset=False, grayscale=not in_colour,
            stack_num=1 if in_colour else DEPTH, img_height=height, img_width=width,
        )  # fmt: skip
        self.actions = tuple(action.name for action in self._games.ale.get_action_set())
        self.shape, self.per_second = (DEPTH, SIDE, SIDE), 60 // skip
        self._going = np.zeros(count, bool)

    def reset(self, which: Bools, seeds: Longs) -> npt.NDArray[np.uint8]:
        """Begin new episodes."""
        options: dict[str, Any] | None = None if which.all() else {"reset_mask": which}
        # `GO_ON` is the emulator's own word for it.
        screens: npt.NDArray[np.uint8] = self._games.reset(seed=seeds[which], options=options)[0]
        self._going |= which
        return screens

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        """Take an action in every game, held for all frames of a skip.

        Raises:
            ValueError: an episode is to wait, which ale-py's vector environment cannot do.
        """
        if (waiting := self._going & ~which).any():
            raise ValueError(
                f"{self.name}: {waiting.sum()} of {len(which)} games are to wait, and ale-py's vector environment steps all: "
                "cut the graph at the innermost actor, so that all act together"
            )
        screen, score, terminated, truncated, info = self._games.step(actions)
        done, truncated = terminated | truncated, truncated & ~terminated
        self._going &= ~done
        # At a time limit ale-py 0.12.1 mixes two decisions (findings/ale-vector-last-frame-of-a-time-limit.sh).
        return EmulatorStep(
            screen, score.astype(np.float64), done, truncated, info["lives"].astype(np.int64), ~truncated
        )

    def close(self) -> None:
        """There is nothing to release."""
