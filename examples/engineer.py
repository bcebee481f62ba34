"""An RL engineer: a network of one's own on an environment of someone else's, and its weights in plain PyTorch.

    python examples/engineer.py --steps 20000

is, but for its last lines, the command

    saccade train dqn --env catch_env:Catch-v0 --network my_network:Small --steps 20000

run in this folder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gymnasium as gym
import torch
from my_network import Small
from safetensors.torch import load_file, save_file

import saccade


def main() -> None:
    """Train, take the weights out, and play with them without saccade's graph."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20_000, help="decisions in training")
    parser.add_argument("--out", type=Path, default=Path("runs/engineer"))
    options = parser.parse_args()

    folder = saccade.train(
        "dqn", env="catch_env:Catch-v0", network="my_network:Small", steps=options.steps, games=8, out=options.out,
        **{"learner.learning_rate": 1e-3, "learner.n_step": 1},
    )  # fmt: skip
    system = saccade.load(folder)
    weights = options.out / "small.safetensors"
    save_file(system.module.network.state_dict(), weights)

    network = Small(4, 84, 84, 3)
    network.load_state_dict(load_file(weights))
    frames = torch.zeros(1, 4, 84, 84)
    print(
        f"{weights}: {sum(p.numel() for p in network.parameters()):,} parameters, values of a black screen {network(frames).tolist()}"
    )
    print(
        f"mean return of a test: {system.run.result['test']['return']:+.2f}; of {gym.spec('Catch-v0').id} 1 is the highest"
    )


if __name__ == "__main__":
    main()
