"""What a trained network makes of observations of its game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from saccade.graph import Graph
from saccade.training.predictor import PredictionError, observations_of, read_observation, write_table
from saccade.worlds import Colour, DataError, PictureFormat
from saccade.worlds.data.pictures import read_picture
from saccade.worlds.games.game_spec import GameSpec

from .settings import DQNSettings
from .wiring import DQNSystem, wire

_BATCH = 1024


@dataclass(frozen=True)
class Decisions:
    """The greedy actions for `n` observations.

    Attributes:
        actions: names of all actions, by number.
        action: the greedy ones, int64 `(n,)`.
        values: of all actions, float32 `(n, actions)`: expected discounted return.
    """

    actions: tuple[str, ...]
    action: Tensor
    values: Tensor

    def __len__(self) -> int:
        return len(self.action)

    @property
    def names(self) -> list[str]:
        """The name of each greedy action."""
        return [self.actions[action] for action in self.action.tolist()]

    def files(self, folder: Path, _: Sequence[str]) -> list[Path]:
        """The table."""
        return [folder / "predictions.csv"]

    def write(self, folder: Path, names: Sequence[str]) -> list[Path]:
        """Write `predictions.csv`, a row for each observation."""
        rows = [
            (name, action, *(f"{value:.4f}" for value in values))
            for name, action, values in zip(names, self.names, self.values.tolist(), strict=True)
        ]
        head = ["file", "action", *(f"value_{action}" for action in self.actions)]
        return [write_table(folder / "predictions.csv", head, rows)]


class QPredictor:
    """Chooses the greedy action.

    Args:
        settings, spec: of the run.
        brain: trained weights.
    """

    def __init__(self, settings: DQNSettings, spec: GameSpec, brain: Mapping[str, Tensor]) -> None:
        self._system: DQNSystem = wire(settings, spec, learn=False, count=1)
        self._system.emulators.close()
        self._system.graph.load_brain_state(brain)
        self._system.graph.eval()
        self._system.policy.epsilon = 0.0

    @property
    def graph(self) -> Graph:
        """The wired graph, with one copy of the game, which is closed."""
        return self._system.graph

    @property
    def module(self) -> nn.Module:
        """The network: it maps observations, uint8 `(n, depth, height, width)`, to action values `(n, actions)`."""
        return self._system.network

    def read(self, files: Sequence[Path]) -> Tensor:
        """One observation from each file: an array (NumPy's .npy) of its frames, uint8, the newest last, or a picture that stands for all of them.

        Raises:
            PredictionError: a file is neither, or of another size.
        """
        return torch.stack([self._read(file) for file in files])

    def _read(self, file: Path) -> Tensor:
        if file.suffix == ".npy":
            return read_observation(file, self._system.emulators.shape)
        depth, height, width = self._system.emulators.shape
        try:
            frame = read_picture(file, PictureFormat(0, Colour.GREY))
        except DataError as error:
            raise PredictionError(f"{error}; an observation is an array (.npy) or a picture") from error
        if frame.shape != (height, width):
            raise PredictionError(
                f"{file} is {frame.shape[1]}x{frame.shape[0]} pixels: the network sees frames of {width}x{height}, scale it first"
            )
        return torch.from_numpy(frame.copy()).expand(depth, height, width)

    @torch.no_grad()
    def predict(self, inputs: Any) -> Decisions:
        """The greedy actions.

        Args:
            inputs: observations, uint8 `(n, depth, height, width)`, or one, `(depth, height, width)`: a tensor, an array, or a list of them.

        Raises:
            PredictionError: they are of another shape or type.
        """
        seen = observations_of(inputs, self._system.emulators.shape)
        values = torch.cat([self._system.network(part) for part in torch.split(seen, _BATCH)])
        return Decisions(self._system.emulators.actions, values.argmax(1), values)
