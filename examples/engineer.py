"""An RL engineer: a network of one's own on an environment of someone else's, and what it has learned in plain PyTorch.

    python examples/engineer.py

first trains what the command

    saccade train dqn --env catch_env:Catch-v0 --network my_network:Small --steps 20000

trains in this folder. Then it takes the weights out and plays with Gymnasium and the network alone. A second time it goes on with what is there, to --steps.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch
from gymnasium.wrappers import FrameStackObservation, GrayscaleObservation, ResizeObservation
from my_network import Small
from safetensors.torch import load_file, save_file
from torch import nn

import saccade


def main() -> None:
    """Train, take the weights out, and play with them without saccade."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20_000, help="decisions in training")
    parser.add_argument("--out", type=Path, default=Path("runs/engineer"))
    options = parser.parse_args()

    if options.out.exists():
        folder = saccade.resume(options.out, budget=options.steps)  # leaves what has ended after as many
    else:
        folder = saccade.train(
            "dqn", env="catch_env:Catch-v0", network="my_network:Small", steps=options.steps, out=options.out
        )
    system = saccade.load(folder)
    print(f"mean return of the test: {system.run.result['test']['return']:+.2f}; 1 is the highest")
    weights = options.out / "small.safetensors"
    save_file(system.module.network.state_dict(), weights)

    network = Small(4, 84, 84, 3)
    network.load_state_dict(load_file(weights))
    print(f"{weights}: {sum(p.numel() for p in network.parameters()):,} parameters")
    print(f"mean return of 100 episodes without saccade: {play(network, 100):+.2f}")


@torch.no_grad()
def play(network: nn.Module, episodes: int) -> float:
    """The mean return of the greedy policy, on frames as saccade makes them: grey, 84x84, four in a stack that begins black."""
    env = ResizeObservation(GrayscaleObservation(gym.make("catch_env:Catch-v0")), (84, 84))
    env = FrameStackObservation(env, 4, padding_type="zero")
    returns = []
    for episode in range(episodes):
        frames, _ = env.reset(seed=episode)
        over, total = False, 0.0
        while not over:
            values = network(torch.from_numpy(np.asarray(frames))[None] / 255)
            frames, reward, terminated, truncated, _ = env.step(int(values.argmax()))
            over, total = terminated or truncated, total + float(reward)
        returns.append(total)
    env.close()
    return float(np.mean(returns))


if __name__ == "__main__":
    main()
