"""Atari games one emulator at a time: slower side by side than `Atari`, but memories can be read, and states kept and restored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from saccade.extras import missing

from .atari import rom_of
from .emulators import DEPTH, GO_ON, SIDE, Bools, EmulatorStep, Longs

try:
    from ale_py import Action, ALEInterface, ALEState, LoggerMode, roms
except ImportError as error:  # pragma: no cover
    raise missing("playing Atari games", "ale-py", "atari") from error

Bytes = npt.NDArray[np.uint8]

CELLS = 128  # bytes of an Atari 2600's memory
_SKIP = 4  # frames of a decision
_LONGEST_WAIT = 400  # frames that `waits` may last: whatever a game does, it must go on


def _never(_: Bytes) -> bool:
    return False


@dataclass(frozen=True)
class AleRules:
    """How the games are played.

    Args:
        buttons: the actions, by ALE's names; (): all that the game uses.
        sticky: probability that in a frame the last action is repeated (Machado et al. 2018, section 4).
        no_ops: decisions at the start of an episode in which nothing is pressed, at most.
        frames: of an episode, at most.
        one_life: an episode ends with the first life that is lost.
        waits: from a memory `(128,)`, whether the game takes no input, as after a death: such frames pass within a decision.
    """

    buttons: Sequence[str] = ()
    sticky: float = 0.0
    no_ops: int = 30
    frames: int = 18_000
    one_life: bool = False
    waits: Callable[[Bytes], bool] = _never


_LOADED: dict[str, list[ALEInterface]] = {}  # that nobody uses
_STARTS: dict[str, ALEState] = {}  # of every game: where it begins


def _taken(rom: str) -> ALEInterface:
    """An emulator of a game: one that was loaded before, as loading takes 70 milliseconds. It is in whatever state."""
    if _LOADED.get(rom):
        return _LOADED[rom].pop()
    ALEInterface.setLoggerMode(LoggerMode.Error)
    made = ALEInterface()
    # Actions stick by our own random streams: ALE takes a seed only with a ROM that is loaded anew.
    made.setFloat("repeat_action_probability", 0.0)
    made.setInt("random_seed", 1)  # 0 would be the time
    path = roms.get_rom_path(rom)
    assert path is not None, "rom_of has found it"
    made.loadROM(path)
    if rom not in _STARTS:
        made.reset_game()
        _STARTS[rom] = made.cloneState()
    return made


class AleGames:
    """Copies of one game: 84x84 grey frames, the pixelwise maximum of the last two of every skip, in stacks of four.

    Args:
        game: its name, see `rom_of`.
        count: parallel games.
        rules: see there.
        starts: groups of states in which episodes begin; a group is drawn evenly, then one of its states; none: at the start of the game.
        share: of the episodes that begin in one of `starts`.

    Raises:
        DataError: there is no such game.
        ValueError: it has no button of that name.
    """

    cells = CELLS
    shape: tuple[int, int, int] = (DEPTH, SIDE, SIDE)
    _shows = True  # screens are what is observed
    per_second = 60 // _SKIP

    def __init__(
        self,
        game: str,
        count: int,
        rules: AleRules = AleRules(),
        starts: Sequence[Sequence[ALEState]] = (),
        share: float = 0.0,
    ) -> None:
        self.name, self._rules, self._starts, self._share = rom_of(game), rules, starts, share if starts else 0.0
        self._copies = [_taken(self.name) for _ in range(count)]
        known = {action.name: action for action in self._copies[0].getLegalActionSet()}
        self.actions = tuple(rules.buttons) or tuple(a.name for a in self._copies[0].getMinimalActionSet())
        if absent := [name for name in self.actions if name not in known]:
            raise ValueError(f"{self.name} has no button {absent[0]} (there are {', '.join(known)})")
        self._buttons = [known[name] for name in self.actions]
        self._draws = [np.random.default_rng(0) for _ in range(count)]
        self._pressed = [Action.NOOP] * count
        self._frames = np.zeros(count, np.int64)
        self._screen = np.zeros((count, *self.shape), np.uint8)

    def reset(self, which: Bools, seeds: Longs) -> Bytes:
        """Begin new episodes."""
        self._screen = self._screen.copy()
        for game in np.flatnonzero(which).tolist():
            copy, seed = self._copies[game], int(seeds[game])
            if seed != GO_ON:
                self._draws[game] = np.random.default_rng(seed)
            draw = self._draws[game]
            if draw.random() < self._share:
                group = self._starts[int(draw.integers(len(self._starts)))]
                state, no_ops = group[int(draw.integers(len(group)))], 0
            else:
                state, no_ops = _STARTS[self.name], int(draw.integers(self._rules.no_ops + 1))
            copy.restoreState(state)
            self._frames[game], self._pressed[game] = 0, Action.NOOP
            for _ in range(1 + _SKIP * no_ops):  # one: the screen is that of before until something is pressed
                copy.act(Action.NOOP)
            self._wait(game)
            self._screen[game] = 0
            self._screen[game, -1] = self._frame(copy, [copy.getScreenGrayscale()] if self._shows else [])
        return self._screen

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        """Hold a button for four frames in some games."""
        n = len(which)
        score, lives = np.zeros(n), np.zeros(n, np.int64)
        done, truncated = np.zeros(n, bool), np.zeros(n, bool)
        self._screen = self._screen.copy()
        for game in np.flatnonzero(which).tolist():
            copy = self._copies[game]
            before, newest = copy.lives(), []
            for frame in range(_SKIP):
                if not self._rules.sticky or self._draws[game].random() >= self._rules.sticky:
                    self._pressed[game] = self._buttons[actions[game]]
                score[game] += copy.act(self._pressed[game])
                if frame >= _SKIP - 2 and self._shows:
                    newest.append(copy.getScreenGrayscale())
            self._frames[game] += _SKIP
            lives[game] = copy.lives()
            over = copy.game_over() or (self._rules.one_life and lives[game] < before)
            if not over and self._wait(game) and self._shows:
                newest = [copy.getScreenGrayscale()]
            truncated[game] = not over and self._frames[game] >= self._rules.frames
            done[game] = over or truncated[game]
            self._screen[game, :-1] = self._screen[game, 1:]
            self._screen[game, -1] = self._frame(copy, newest)
        return EmulatorStep(self._screen, score, done, truncated, lives, np.ones(n, bool))

    def _frame(self, copy: ALEInterface, newest: Sequence[Bytes]) -> Bytes:
        """The newest frame of an observation, from the last screens."""
        found = cv2.resize(np.maximum.reduce(newest), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return found.astype(np.uint8, copy=False)

    def _wait(self, game: int) -> bool:
        """Let frames pass while the game takes no input."""
        copy, begun = self._copies[game], self._frames[game]
        while self._rules.waits(copy.getRAM()) and not copy.game_over() and self._frames[game] < begun + _LONGEST_WAIT:
            copy.act(Action.NOOP)
            self._frames[game] += 1
        return bool(self._frames[game] > begun)

    def memory(self) -> Bytes:
        """The memories of all games, `(n, 128)`."""
        return np.stack([copy.getRAM() for copy in self._copies])

    def colours(self, game: int) -> Bytes:
        """The screen of a game as people see it, `(height, width, 3)`."""
        found: Bytes = self._copies[game].getScreenRGB()
        return found

    def save(self, game: int) -> ALEState:
        """The state of a game, but for its random stream and an action that may stick."""
        return self._copies[game].cloneState()

    def restore(self, game: int, state: ALEState) -> None:
        """Go back to a state; what the screen shows is known after the next decision."""
        self._copies[game].restoreState(state)
        self._frames[game], self._pressed[game] = 0, Action.NOOP

    def close(self) -> None:
        """Keep the emulators for others to take."""
        _LOADED.setdefault(self.name, []).extend(self._copies)
        self._copies = []


class MemoryGames(AleGames):
    """The same games, whose observation is their memory in the place of the screen, now and a decision before."""

    shape = (2, 1, CELLS)
    _shows = False

    def _frame(self, copy: ALEInterface, _: Sequence[Bytes]) -> Bytes:
        found: Bytes = copy.getRAM()[None]
        return found
