"""The episode that a run kept, for other tools."""

from __future__ import annotations

import numpy as np

from saccade.runs import RunDirectory
from saccade.training.export import Exported, undamaged

from .episode import load_episode


def export(run: RunDirectory) -> list[Exported]:
    """Its decisions; nothing before the test.

    Raises:
        RunError: the file is damaged.
    """
    episode = undamaged(*load_episode(run.folder))
    if episode is None:
        return []
    arrays = {
        "goal": episode.goal.numpy(), "reached": episode.reached.numpy(), "ended": episode.ended.numpy(), "holds": episode.holds.numpy(),
        "action": episode.action.numpy(), "score": episode.score.numpy(), "goals": np.array(episode.goals), "actions": np.array(episode.actions),
    }  # fmt: skip
    head = ["decision", "goal", "reached", "ended", "action", "score"]
    names = ["" if goal < 0 else episode.goals[goal] for goal in episode.goal.tolist()]
    return [
        Exported(
            "episode",
            arrays,
            head,
            lambda: (
                [t + 1, names[t], int(episode.reached[t]), int(episode.ended[t]), episode.actions[action], f"{episode.score[t]:g}"]
                for t, action in enumerate(episode.action.tolist())
            ),
        )
    ]  # fmt: skip
