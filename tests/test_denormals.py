from __future__ import annotations

import subprocess
import sys

import torch

from saccade.denormals import flushed

COMMAND = """
import torch
from saccade import cli, commands

def tell(_):
    torch.set_num_threads(2)
    print(int((torch.full((2**22,), 1e-30) * 1e-10).count_nonzero()))

commands.COMMANDS["list"] = tell
cli.main(["list"])
"""


def test_they_are_zero_for_a_while() -> None:
    tiny = torch.tensor(1e-40)
    assert bool(tiny * 0.5)
    with flushed():
        assert not bool(tiny * 0.5)
        with flushed():
            pass
        assert not bool(tiny * 0.5)
    assert bool(tiny * 0.5)


def test_in_a_command_they_are_zero_on_every_thread() -> None:
    done = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
