"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import torch
from rich.console import Console
from rich.table import Table
from rich.text import Text

from saccade.worlds import DataError, load_mnist

_NEEDED = ("torch", "numpy", "gymnasium", "jaxtyping", "safetensors", "tyro", "rich", "tensorboard", "matplotlib",
           "filelock", "pillow", "scipy", "scikit-learn")  # fmt: skip
_EXTRAS = dict.fromkeys(("numba", "opencv-python-headless", "scikit-image", "PyMaxflow"), "cutout") | {
    "ale-py": "atari",
    "imageio": "atari",
    "imageio-ffmpeg": "atari",
    "ap-gym": "bench",
}


def examine(console: Console) -> bool:
    """Print the state of the installation; True if everything that is needed is there."""
    table = Table(title="saccade doctor")
    for column in ("what", "state", "how to get it"):
        table.add_column(column)
    whole = True
    table.add_row("python", platform.python_version(), "")
    for package in _NEEDED:
        found = _version(package)
        whole = whole and found is not None
        table.add_row(package, found or Text("missing", style="red"), "" if found else f"pip install {package}")
    for package, extra in _EXTRAS.items():
        found = _version(package)
        table.add_row(f"{package} (optional)", found or "missing", "" if found else f"pip install '.[{extra}]'")
    table.add_row(
        "threads",
        f"{torch.get_num_threads()} of {os.cpu_count()} cores, OMP_WAIT_POLICY={os.environ.get('OMP_WAIT_POLICY')}",
        "",
    )
    table.add_row("gpu", torch.cuda.get_device_name() if torch.cuda.is_available() else "none (not needed)", "")
    table.add_row("MNIST", *_mnist())
    console.print(table)
    return whole


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _mnist() -> tuple[str | Text, str]:
    try:
        train, test = (len(load_mnist(split, download=False).labels) for split in ("train", "test"))
        return f"{train:,} and {test:,} images, whole", ""
    except DataError as error:
        return Text(str(error), style="yellow"), "saccade data get mnist"
