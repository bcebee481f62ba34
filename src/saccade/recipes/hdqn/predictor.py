"""What a trained agent makes of screens of its game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from saccade.graph import Graph
from saccade.training.predictor import observations_of, read_observation, write_table

from .goal_game import GoalGame
from .settings import HDQNSettings
from .wiring import GoalSystem, wired


@dataclass(frozen=True)
class GoalDecisions:
    """The greedy goals and actions for `n` screens.

    Attributes:
        goals, actions: names of all goals (of a flat policy none) and of all actions, by number.
        goal: the greedy ones, int64 `(n,)`; -1 of a flat policy.
        goal_values: of all goals, float32 `(n, goals)`: expected discounted return.
        action: the greedy ones towards that goal, int64 `(n,)`.
        values: of all actions, float32 `(n, actions)`: towards the goal, or, of a flat policy, expected discounted return.
    """

    goals: tuple[str, ...]
    actions: tuple[str, ...]
    goal: Tensor
    goal_values: Tensor
    action: Tensor
    values: Tensor

    def __len__(self) -> int:
        return len(self.action)

    @property
    def names(self) -> list[str]:
        """The name of each greedy action."""
        return [self.actions[action] for action in self.action.tolist()]

    @property
    def goal_names(self) -> list[str]:
        """The name of each greedy goal; "" of a flat policy."""
        return [self.goals[goal] if goal >= 0 else "" for goal in self.goal.tolist()]

    def files(self, folder: Path, _: Sequence[str]) -> list[Path]:
        """The table."""
        return [folder / "predictions.csv"]

    def write(self, folder: Path, names: Sequence[str]) -> list[Path]:
        """Write `predictions.csv`, a row for each screen."""
        head = ["file", "goal", "action", *(f"value_{name}" for name in (*self.goals, *self.actions))]
        values = torch.cat([self.goal_values, self.values], 1).tolist()
        rows = [
            (name, goal, action, *(f"{value:.4f}" for value in row))
            for name, goal, action, row in zip(names, self.goal_names, self.names, values, strict=True)
        ]
        return [write_table(folder / "predictions.csv", head, rows)]


class Values(nn.Module):
    """Screens in, values of the goals (none of a flat policy) and of the actions towards the best goal out."""

    def __init__(self, system: Any) -> None:
        super().__init__()
        self.graph = system.graph
        self._is_flat = not isinstance(system, GoalSystem)

    def forward(self, screen: Tensor) -> tuple[Tensor, Tensor]:
        """Values `(n, goals)` and `(n, actions)` for screens, uint8 `(n, depth, height, width)`."""
        nodes = self.graph.nodes
        if self._is_flat:
            return torch.zeros(len(screen), 0, device=screen.device), nodes["values"](screen)
        over_goals = nodes["goal_values"](screen)
        goal = over_goals.argmax(1)
        if "goalview" in nodes:
            return over_goals, nodes["values"](nodes["goalview"](screen, goal))
        return over_goals, nodes["values"](screen, goal)


class GoalPredictor:
    """Chooses the greedy goal, and the greedy action towards it.

    Args:
        settings, game: of the run.
        brain: trained weights.
    """

    def __init__(self, settings: HDQNSettings, game: GoalGame, brain: Mapping[str, Tensor]) -> None:
        self._game = game
        self._system = wired(settings, game, game.groups, None)
        self._system.games.emulators.close()
        self._system.graph.load_brain_state(brain)
        self._system.graph.eval()
        self._values = Values(self._system)

    @property
    def graph(self) -> Graph:
        """The wired graph, with as few copies of the game as there may be, which are closed."""
        return self._system.graph

    @property
    def module(self) -> nn.Module:
        """The networks: they map screens, uint8 `(n, depth, height, width)`, to values of goals and of actions."""
        return self._values

    def read(self, files: Sequence[Path]) -> Tensor:
        """One screen from each file: an array (NumPy's .npy), uint8.

        Raises:
            PredictionError: a file is none, or of another size.
        """
        return torch.stack([read_observation(file, self._system.games.emulators.shape) for file in files])

    @torch.no_grad()
    def predict(self, inputs: Any) -> GoalDecisions:
        """The greedy goals and actions.

        Args:
            inputs: screens, uint8 `(n, depth, height, width)`.

        Raises:
            PredictionError: they are of another shape or type.
        """
        screen = observations_of(inputs, self._system.games.emulators.shape)
        goals, values = self._values(screen)
        goal = goals.argmax(1) if goals.shape[1] else torch.full((len(screen),), -1, device="cpu")
        titles = tuple(each.name for each in self._game.goals.goals) if goals.shape[1] else ()
        return GoalDecisions(titles, self._system.games.emulators.actions, goal, goals, values.argmax(1), values)
