import subprocess
import sys


def test_torch_keeps_its_number_of_threads_where_kernels_come_later() -> None:
    code = "import torch; torch.get_num_threads(); torch.set_num_threads(1); from saccade import jit; print(torch.get_num_threads(), jit.threads())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1"]
