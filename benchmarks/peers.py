"""The peers: ap-gym's vector environment, and our own modules one by one in single environments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from saccade.graph import Actor, Decision, Graph, In, Loop, Module, Out, Step
from saccade.vision import Crop
from saccade.worlds import Digits, LabelledImages


class Looker(Actor):
    """The agent of ap-gym's task: it sees the patch and answers with a place and the logits of the classes."""

    patch: In[Float[Tensor, "b 1 9 9"]]
    at: In[Float[Tensor, "b 2"]]
    action: Out[Float[Tensor, "b 12"]]

    @property
    def action_space(self) -> gym.Space[Any]:
        """Two coordinates and ten logits."""
        return gym.spaces.Box(-np.inf, np.inf, (12,), np.float32)

    def decide(self, patch: Tensor, at: Tensor, action: Tensor | None = None) -> Decision:
        """Never asked: the benchmark acts from outside."""
        raise AssertionError("the benchmark acts from outside")


class Answer(Module):
    """Splits the action into a place and logits, and rewards with minus the cross-entropy, as ap-gym does."""

    action: In[Float[Tensor, "b 12"]] = In(init=0.0)
    label: In[Int[Tensor, "b"]]
    step: In[Step]
    place: Out[Float[Tensor, "b 2"]]
    value: Out[Float[Tensor, "b"]]

    def forward(self, action: Tensor, label: Tensor, step: Any) -> tuple[Tensor, Tensor]:
        """Place `(b, 2)` and reward `(b,)`."""
        return action[:, :2], -F.cross_entropy(action[:, 2:], label, reduction="none")


def our_environment(data: LabelledImages, num_envs: int, steps: int = 6) -> gym.vector.VectorEnv[Any, Any, Any]:
    """ap-gym's MNIST task as a graph: 9x9 crops, six actions an episode, the prediction is scored at every step."""
    digits, answer, eye, looker = Digits(data), Answer(), Crop(9), Looker()
    digits.image >> eye.image
    digits.label >> answer.label
    looker.action >> answer.action
    answer.place >> eye.at
    answer.value >> looker.reward
    eye.patch >> looker.patch
    eye.fixation >> looker.at
    return Graph(digits, Loop(answer, eye, looker, times=steps + 1)).environment(num_envs)


def ap_gym_environment(data: LabelledImages, num_envs: int, steps: int = 6) -> gym.vector.VectorEnv[Any, Any, Any]:
    """ap-gym's own vector environment on the same images, without the optional visitation map."""
    from ap_gym.envs.image import ImagePerceptionConfig
    from ap_gym.envs.image.image_classification_dataset import ImageClassificationDataset
    from ap_gym.envs.image_classification import ImageClassificationVectorEnv

    images, labels = data.images.numpy()[..., None], data.labels.numpy()

    class Arrays(ImageClassificationDataset):  # type: ignore[misc]  # ap-gym is untyped
        def _get_num_classes(self) -> int:
            return 10

        def _get_num_channels(self) -> int:
            return 1

        def _get_length(self) -> int:
            return len(images)

        def _get_data_point_batch(self, idx: Any) -> Any:
            return images[idx], labels[idx]

    config = ImagePerceptionConfig(dataset=Arrays(), sensor_size=(9, 9), step_limit=steps, display_visitation=False)
    env: gym.vector.VectorEnv[Any, Any, Any] = ImageClassificationVectorEnv(num_envs, config)
    return env


def stepping(env: gym.vector.VectorEnv[Any, Any, Any]) -> Callable[[], object]:
    """One step with fixed random actions."""
    env.reset(seed=0)
    env.action_space.seed(0)
    actions = env.action_space.sample()
    if isinstance(actions, np.ndarray):
        actions = np.asarray(np.random.default_rng(0).uniform(-1, 1, actions.shape), np.float32)
    return lambda: env.step(actions)


def one_by_one(graph: Graph, episodes: int, fixations: int) -> Callable[[], object]:
    """`episodes` episodes in as many single Gymnasium environments, each asked for itself."""
    envs = [graph.single_environment() for _ in range(episodes)]
    brain = graph.agent()

    def run() -> None:
        for env in envs:
            seen, _ = env.reset()
            for step in range(fixations - 1):
                place = brain.act(*(torch.from_numpy(seen[key])[None] for key in ("observation", "at")), step)
                seen, *_ = env.step(place[0].numpy())

    return run
