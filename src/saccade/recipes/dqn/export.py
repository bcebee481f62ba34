"""The episode that a run kept, for other tools."""

from __future__ import annotations

from saccade.command_line import warn
from saccade.report.clip import FILE, load_decisions, load_stills
from saccade.runs import RunDirectory
from saccade.training.export import Exported, undamaged


def export(run: RunDirectory) -> list[Exported]:
    """Its decisions, and the pictures of some; nothing before the test.

    Raises:
        RunError: the file is damaged.
    """
    stills = undamaged(*load_stills(run.folder))
    if stills is None:
        return []
    made = load_decisions(run.folder)
    if made is None:
        warn(
            [
                f"{run.folder / FILE} is of an earlier version, which kept no decisions, and is left out: `saccade eval {run.folder}` plays it again"
            ]
        )
        return []
    arrays = {
        "action": made.action, "reward": made.reward, "values": made.q, "names": made.names, "places": stills.places,
        "pictures": stills.pictures, "saliency": stills.saliency,
    }  # fmt: skip
    head = ["decision", "action", "reward", *(f"value_{name}" for name in made.names)]
    return [
        Exported(
            "episode",
            arrays,
            head,
            lambda: (
                [t + 1, made.names[action], f"{reward:g}", *(f"{value:.6g}" for value in values)]
                for t, (action, reward, values) in enumerate(zip(made.action, made.reward, made.q, strict=True))
            ),
        )
    ]
