"""The command as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from saccade.jit import COMPILING


def process(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *argv], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_a_mistake_as_a_process() -> None:
    done = process("-m", "saccade", "cutout", "/nowhere.png", "--strokes", "/nowhere.png")
    assert done.returncode == 1 and not done.stdout
    (line,) = (line for line in done.stderr.splitlines() if line != COMPILING)  # on a machine without kernels
    assert line.startswith("saccade: /nowhere.png does not exist")


def test_a_reader_that_leaves_is_no_mistake() -> None:
    command = f"{sys.executable} -m saccade --help | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert not done.stderr and done.returncode == 0


IMPORT = """
import os, sys
class Watch:
    def find_spec(self, name, *_):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"), os.environ.get("GOMP_SPINCOUNT"), flush=True)
            os._exit(0)
sys.meta_path.insert(0, Watch())
import saccade.api
"""


def test_idle_threads_spin_shortly_which_is_set_before_torch_is_loaded() -> None:
    mine = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    os_environ = {key: value for key, value in os.environ.items() if key not in mine}
    cases: tuple[tuple[dict[str, str], str], ...] = (
        ({}, "None 2000"), ({"OMP_WAIT_POLICY": "PASSIVE"}, "PASSIVE None"), ({"GOMP_SPINCOUNT": "7"}, "None 7")
    )  # fmt: skip
    for given, expected in cases:
        environment = {**os_environ, **given}
        done = subprocess.run(
            [sys.executable, "-c", IMPORT], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout == f"{expected}\n"


WITHOUT = """
import sys
for name in ("numba", "cv2", "skimage", "maxflow", "ale_py", "imageio"):
    sys.modules[name] = None
from saccade.cli import main
for command in sys.argv[1:]:
    try:
        main(command.split())
    except SystemExit as end:
        print(end.code)
"""


def test_without_the_extra_everything_else_works_and_this_says_what_it_wants(tmp_path: Path) -> None:
    done = process("-c", WITHOUT, "train cutout --faces 12", "train dqn-pong", f"graph grlf --out {tmp_path}/grlf.svg")
    assert done.stderr == (
        "saccade: drawing faces needs numba: pip install '.[cutout]' in the folder of its sources\n"
        "saccade: playing from pixels needs numba: pip install '.[atari]' in the folder of its sources\n"
    )
    assert done.stdout == f"1\n1\n{tmp_path}/grlf.svg\n" and (tmp_path / "grlf.svg").exists()


TORCHLESS = """
import sys
class Watch:
    def find_spec(self, name, *_):
        assert name != "torch"
sys.meta_path.insert(0, Watch())
from saccade.cli import main
main(sys.argv[1:])
main(["--help"])
"""


def test_help_and_the_tool_for_people_do_not_wait_for_torch(tmp_path: Path) -> None:
    image, strokes, mask = (tmp_path / f"{name}.png" for name in ("image", "strokes", "mask"))
    Image.new("RGB", (9, 5), (70, 80, 90)).save(image)
    ink = Image.new("RGBA", (9, 5))
    ink.putpixel((1, 2), (0, 255, 0, 255))
    ink.putpixel((7, 2), (255, 0, 0, 255))
    ink.save(strokes)
    done = process("-c", TORCHLESS, "cutout", str(image), "--strokes", str(strokes), "-o", str(mask))
    assert done.returncode == 0 and set(done.stderr.splitlines()) <= {COMPILING}
    # five columns of nine: the middle is the object's
    found, usage = done.stdout.split("\n", 1)
    assert found == f"{mask}: 55.6% of the image is object"
    assert "saccade cutout" in usage and "cannot be loaded" not in usage
