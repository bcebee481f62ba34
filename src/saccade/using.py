"""What one does with trained runs, one function each: `saccade.load`, `weights`, `predict`, `export`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from saccade.arguments import ArgumentError, absolute, check_files, check_folder, check_out, check_paths
from saccade.disk import check_output
from saccade.runs import find_runs
from saccade.training.export import Kind, exported, write_all
from saccade.training.load import Trained, the_run, trained_weights
from saccade.training.load import load as loaded
from saccade.training.predictor import PredictionError
from saccade.training.registry import recipe_of


def weights(run: Path | str) -> dict[str, Tensor]:
    """The trained tensors of a run, by name: what a prediction depends on, and nothing of the data or the optimiser.

    Those of `saccade.fit` are loaded into a graph that is wired in the same way by `graph.load_brain_state(saccade.weights(run))`.

    Args:
        run: a run directory, as its newest checkpoint has it; or a folder of one.

    Raises:
        RunError: there is no such run, there are several, it has no checkpoint yet, or it is damaged.
    """
    check_folder(run)
    return trained_weights(the_run(Path(run)))


def load(run: Path | str, *, data: Path | str | None = None) -> Trained:
    """A trained system, to predict with: `saccade.load("runs/grlf-1/seed-0").predict(images)`.

    Args:
        run: a run directory, as its newest checkpoint has it; or a folder of one; or the name of weights that come with the package,
            such as `grlf`.
        data: folder of the data, if they have moved since; most recipes are loaded without.

    Raises:
        RunError: there is no such run, there are several, it has no checkpoint yet, or it is damaged.
    """
    check_folder(run)
    check_paths(data=data)
    return loaded(the_run(Path(run)), absolute(data))


def predict(
    run: Path | str,
    files: Sequence[Path | str],
    out: Path | str = "predictions",
    *,
    data: Path | str | None = None,
    force: bool = False,
) -> list[Path]:
    """What a trained system makes of files, as tables and pictures in a folder (see `saccade predict`).

    Args:
        run, data: see `load`.
        files: pictures, or what else the system takes; a folder stands for the pictures in it, sorted by name.
        out: the folder; what is written is named after the files.
        force: replace files in it.

    Returns:
        The files written, the table first.

    Raises:
        ArgumentError: `files` is no list of paths, or two files have one name.
        PredictionError: a file cannot be read, or does not fit; or a folder holds no picture.
        RunError: see `load`; or files would be replaced.
    """
    check_paths(out=out)
    paths = [path for file in check_files(files) for path in _pictures(file)]
    folder, names = check_out(out), _names(paths)
    check_output(folder / "predictions.csv", force)  # before anything is computed
    system = load(run, data=data)
    found = system.predict(system.predictor.read(paths))
    for target in found.files(folder, names):
        check_output(target, force, paths)
    return found.write(folder, names)


def _pictures(path: Path) -> list[Path]:
    """The file itself; of a folder the files in it that have an ending of pictures, sorted by name, but for hidden ones."""
    if not path.is_dir():
        return [path]
    from PIL import Image

    endings = {ending for ending, format_ in Image.registered_extensions().items() if format_ in Image.OPEN}
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in endings and not file.name.startswith("."))
    if not found:
        raise PredictionError(f"{path} holds no picture: name a folder that has some in it, or the files themselves")
    return found


def _names(paths: Sequence[Path]) -> list[str]:
    """What is written is named after the files: by their stems, or where two have one stem by their whole names."""
    for names in ([path.stem for path in paths], [path.name for path in paths]):
        if len({*names}) == len(names):
            return names
    twice = next(name for name in names if names.count(name) > 1)
    raise ArgumentError(f"two files are called {twice}: what is written is named after them, rename one")


def export(run: Path | str, out: Path | str | None = None, kind: str = "csv", *, force: bool = False) -> list[Path]:
    """Write what a run keeps to files of other tools (see `saccade export`); docs/runs.md lists keys, shapes and units.

    Args:
        run: a run directory, or a folder of them.
        out: the folder; of several runs, each gets one in it. Default: `export` in the run directory.
        kind: `csv`, tables, or `npz`, arrays of NumPy.
        force: replace files. Without it, of several runs those whose files are there already are left out, with a line on standard error.

    Returns:
        The files written.

    Raises:
        RunError: there is no run; it has kept nothing yet; a file of it is damaged; or files of every run would be replaced.
    """
    check_folder(run)
    check_paths(out=out)
    if kind not in [*Kind]:
        raise ArgumentError(f"kind is {kind!r}: it must be {' or '.join(map(repr, map(str, Kind)))}")
    target = None if out is None else check_out(out)
    runs = find_runs(Path(run))
    if target is None:
        folders = [each.folder / "export" for each in runs]
    else:
        folders = [target / each.folder.name for each in runs] if len(runs) > 1 else [target]
    found = {folder: exported(each, recipe_of(each).export) for folder, each in zip(folders, runs, strict=True)}
    return write_all(found, Kind(kind), force)
