"""The run directory: settings, versions and seed, and where everything else lies."""

from __future__ import annotations

import itertools
import json
import platform
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from saccade.disk import RunError, check_reachable, mend_of, write_text

from .entries import NOT_NEGATIVE, SEED, TABLE, TEXT, TEXT_OR_NULL, THREADS, check_entries, shown
from .old_names import renamed_keys, renamed_settings, with_later_settings

FORMAT = 3
INITIAL = "initial.safetensors"
_RENAMED = 2  # the format before, under other names
_PACKAGES = ("saccade", "torch", "numpy", "gymnasium")
_ENTRIES = {
    "recipe": TEXT, "seed": SEED, "settings": TABLE, "command": TEXT, "data": TEXT_OR_NULL, "threads": THREADS, "device": TEXT, "like": TEXT_OR_NULL,
    "from": TEXT_OR_NULL, "package": TEXT, "extended": TABLE, "commit": TEXT, "started": TEXT, "versions": TABLE,
}  # fmt: skip
_RESULT = {"test": TABLE, "data": TEXT, "seen": NOT_NEGATIVE, "seconds": NOT_NEGATIVE}  # those that it has
_LATER: dict[str, Any] = {
    "device": "cpu",
    "like": None,
    "from": None,
    "package": "",
    "extended": {},
}  # runs from before have no such entries
_NAMED = 3  # folders that a message names
_EXTRAS = (
    "ale-py",
    "numba",
    "opencv-python-headless",
    "scikit-image",
    "PyMaxflow",
    "minigrid",
)  # ROMs come with the first


@dataclass(frozen=True)
class RunDirectory:
    """One training run of one seed.

    Files: `settings.json` (recipe, settings, seed, versions, commit), `metrics.jsonl`,
    `tensorboard/`, `checkpoint.safetensors`, `stage.safetensors` (as training was after its first stage, if it
    has one), `initial.safetensors` (the weights that it began with, if they are another run's), `result.json` when it has ended, `report.html`. Recipes add files of their own, such as fixations, episodes or a video. A run with a
    replay buffer has a folder `replay/` until it has ended.
    """

    folder: Path
    recipe: str
    settings: dict[str, Any]
    seed: int
    about: dict[str, Any]

    @property
    def checkpoint(self) -> Path:
        """Path of the newest checkpoint."""
        return self.folder / "checkpoint.safetensors"

    @property
    def weights(self) -> Path:
        """Path of the trained weights alone, where a run consists of nothing else."""
        return self.folder / "weights.safetensors"

    @property
    def initial(self) -> Path:
        """Path of the weights that training begins with, where they are another run's."""
        return self.folder / INITIAL

    @property
    def stage(self) -> Path:
        """Path of the checkpoint after the first stage of training."""
        return self.folder / "stage.safetensors"

    @property
    def result(self) -> dict[str, Any] | None:
        """What the run ended with, or None while it has not."""
        path = self.folder / "result.json"
        if not path.exists():
            return None
        content = dict(renamed_keys(_read_json(path)))
        there = {name: kind for name, kind in _RESULT.items() if name in content}
        check_entries(path, content, there, f"delete it and `saccade resume {self.folder}`, which measures anew")
        return content

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from training this run; the lock is released when the process that holds it ends.

        Raises:
            RunError: another process trains it, or the folder cannot be written.
        """
        path = self.folder / ".lock"
        with ExitStack() as held:
            try:
                held.enter_context(FileLock(path, timeout=0))
            except Timeout:
                raise RunError(f"{self.folder} is being trained by another process: wait for it, or stop it") from None
            except OSError as error:
                raise RunError(f"cannot write {path} ({error}): {mend_of(error)}") from error
            yield

    def write_result(self, result: dict[str, Any]) -> None:
        """Write `result.json`."""
        write_text(self.folder / "result.json", json.dumps(result, indent=1) + "\n")

    @classmethod
    def create(
        cls,
        folder: Path,
        recipe: str,
        settings: dict[str, Any],
        seed: int,
        *,
        command: str,
        data: str | None,
        threads: int,
        device: str = "cpu",
        like: Path | None = None,
        begun_from: Path | None = None,
        package: str = "",
    ) -> RunDirectory:
        """Make a new run directory.

        Args:
            folder: where.
            recipe, settings, seed: what is run.
            command: the command line that started it.
            data: explicit path of the data, None for the usual places.
            threads: of torch; another number may round differently.
            device: that it computes on.
            like: another run of the same seed and the same first stage of training, which need not be trained twice.
            begun_from: the run whose weights it begins with; they are in `initial.safetensors` already.
            package: name and version of the package that brought the recipe.

        Raises:
            RunError: there is a run already, or the folder cannot be written.
        """
        cls.check_free(folder)
        about = {
            "format": FORMAT,
            "command": command,
            "data": data,
            "threads": threads,
            "device": device,
            "like": None if like is None else str(like),
            "from": None if begun_from is None else str(begun_from),
            "package": package,
            "extended": {},  # budgets from before it was to go on, each with the date
            "commit": commit(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": versions(),
            "python": platform.python_version(),
        }
        text = json.dumps({"recipe": recipe, "seed": seed, "settings": settings, **about}, indent=1)
        try:
            write_text(folder / "settings.json", text + "\n", exclusively=True)
        except FileExistsError:  # made by another process since
            cls.check_free(folder)
        return cls(folder, recipe, settings, seed, about)

    def move_data(self, data: str) -> None:
        """Note that the data lie elsewhere now."""
        self._note("data", data)

    def move_to(self, device: str) -> None:
        """Note that the run computes on another device from now on."""
        self._note("device", device)

    def _note(self, name: str, value: str) -> None:
        path = self.folder / "settings.json"
        write_text(path, json.dumps({**_read_json(path), name: value}, indent=1) + "\n")

    def extend(self, settings: dict[str, Any], budget: int) -> None:
        """Let the run go on with the settings of a larger budget than `budget`; its result until now is kept as `result-BUDGET.json`."""
        path, result = self.folder / "settings.json", self.folder / "result.json"
        extended = {**self.about["extended"], str(budget): datetime.now(UTC).isoformat(timespec="seconds")}
        about = {**self.about, "format": FORMAT, "extended": extended}
        content = {**_read_json(path), **about, "recipe": self.recipe, "seed": self.seed, "settings": settings}
        # In this order: a run that is killed in between has its old budget, and is measured anew when it is resumed.
        if result.exists():
            result.replace(self.folder / f"result-{budget}.json")
        write_text(path, json.dumps(content, indent=1) + "\n")

    @staticmethod
    def check_free(folder: Path) -> None:
        """Refuse a folder that holds a run.

        Raises:
            RunError: it does.
        """
        if (folder / "settings.json").exists():
            raise RunError(f"{folder} holds a run already: `saccade resume {folder}`, or choose another --out")

    @classmethod
    def open(cls, folder: Path) -> RunDirectory:
        """Read a run directory.

        Raises:
            RunError: it is none, it is damaged, or another version of saccade wrote it.
        """
        path = folder / "settings.json"
        if not path.exists():
            raise RunError(f"{folder} is not a run directory: it has no settings.json")
        content = {**_LATER, **_read_json(path)}
        if content.get("format") not in (FORMAT, _RENAMED):
            packages = content.get("versions")
            wrote = packages.get("saccade") if isinstance(packages, dict) else "of an unknown version"
            raise RunError(
                f"{folder} has format {shown(content.get('format'))} (saccade {wrote}), this version reads format {FORMAT}: "
                "use that version, or train again"
            )
        check_entries(path, content, _ENTRIES, "correct it, or train again")
        about = {"format": content["format"], **{key: content[key] for key in _ENTRIES}}
        recipe, seed, settings = about.pop("recipe"), about.pop("seed"), about.pop("settings")
        if content["format"] == _RENAMED:
            settings = renamed_settings(settings)
        return cls(folder, recipe, with_later_settings(settings), seed, about)


def find_runs(folder: Path) -> list[RunDirectory]:
    """The run in a folder, or all runs (seeds) directly below it.

    Raises:
        RunError: there is none, or the folder cannot be reached.
    """
    check_reachable(folder)
    if (folder / "settings.json").exists():
        return [RunDirectory.open(folder)]
    inner = sorted(path.parent for path in folder.glob("*/settings.json"))
    if not inner:
        groups = sorted({path.parent.parent for path in folder.glob("*/*/settings.json")})
        if groups:
            raise RunError(
                f"{folder} holds folders of runs: name one of them, or several in a report, such as "
                f"{' '.join(map(str, groups[:_NAMED]))}"
            )
        raise RunError(
            f"{folder} is not a run directory and holds none: it or a folder in it should have a settings.json"
        )
    return [RunDirectory.open(path) for path in inner]


def new_folder(recipe: str) -> Path:
    """A folder that was not there, made: of two trainings that start at once each has its own."""
    for number in itertools.count(1):
        folder = Path("runs") / f"{recipe}-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise RunError(f"cannot make {folder}: {error}; name a folder by --out (in Python out=…)") from error
        return folder
    raise AssertionError


def versions() -> dict[str, str]:
    """Versions of the packages that numbers depend on, of extras those that are there."""
    found = {}
    for package in (*_PACKAGES, *_EXTRAS):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            if package in _PACKAGES:
                found[package] = "not installed"
    return found


def commit(code: Path | None = None) -> str:
    """The commit of a folder of source code, with `+` if it has changes, or `unknown` outside a work tree; default: this package's."""
    here = code or Path(__file__).parent.parent  # the whole package: a change anywhere in it can change a number
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=here, capture_output=True, text=True, check=True
        )
        dirty = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no", "--", "."],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{path} cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise RunError(f"{path} is damaged: it should hold a JSON object")
    return content
