"""The command `saccade watch`: a video of a trained policy, with its action values and saliency. Imported by `saccade --help`: it loads torch when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from saccade.arguments import check_folder, check_paths, check_whole
from saccade.command_line import Command, OneRunPath, PathOrNone, parse, within
from saccade.ranges import LAST_SEED

_TEXT = "Play an episode and write it as a video, with the action values and the saliency of the policy."


@dataclass(frozen=True)
class WatchOptions:
    """What to watch."""

    run: OneRunPath
    """A run directory, or a folder of them, of which the first is taken."""
    out: Annotated[PathOrNone, tyro.conf.arg(aliases=["-o"])] = None
    """Where to write, .mp4 or .gif; default: episode-SEED.mp4 in the run directory, or in the present folder."""
    seed: int = 0
    """Seed of the episode."""
    force: bool = False
    """Replace the file that --out names."""


def watch(folder: Path | str, out: Path | str | None = None, seed: int = 0, force: bool = False) -> tuple[Path, float]:
    """Let a trained policy play an episode and write it as a video (see `saccade watch`).

    Args:
        folder: a run directory, or a folder of them, of which the first is taken; or a name of weights that come with the package.
        out: `.mp4` or `.gif`; default: episode-SEED.mp4 in the run directory, or in the present folder.
        seed: of the episode.
        force: replace the file that `out` names.

    Returns:
        Where the video is, and the return of its episode.

    Raises:
        RunError: no run, no checkpoint yet, or a system that does not play.
    """
    from saccade.disk import check_output
    from saccade.report.clip import check_name, write_clip
    from saccade.runs import RunError, find_runs
    from saccade.training.load import load, the_run

    from .recording import record
    from .settings import TEST_SEEDS

    check_folder(folder)
    check_paths(out=out)
    check_whole(0, LAST_SEED, seed=seed)
    is_here = Path(folder).exists()  # else it is one that comes with the package
    run = find_runs(Path(folder))[0] if is_here else the_run(Path(folder))
    target = Path(out) if out is not None else (run.folder if is_here else Path()) / f"episode-{seed}.mp4"
    check_name(target)
    if out is not None:
        check_output(target, force)
    if not run.recipe.startswith("dqn"):
        raise RunError(f"{run.folder}, recipe {run.recipe}: it plays no game; `saccade report {run.folder}` shows it")
    trained = load(run)
    clip = record(trained.settings, trained.settings.spec, trained.weights, TEST_SEEDS + seed)
    write_clip(clip, target)
    return target, clip.episode_return


def _watch(arguments: list[str]) -> None:
    from saccade.denormals import flushed

    options: WatchOptions = parse(WatchOptions, arguments, "watch", _TEXT)
    within(0, LAST_SEED, seed=options.seed)
    with flushed():
        target, episode_return = watch(options.run, options.out, options.seed, options.force)
    print(f"{target}: return {episode_return:g}")


WATCH = Command("watch RUN", "a video of a trained policy: action values and saliency", _watch)
