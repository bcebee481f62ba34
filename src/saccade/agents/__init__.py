"""Policies and learners: who decides, and how it gets better."""

from .gaze import CentreGaze, FixedScan, RandomGaze, Saccader, covering_places, scan_places
from .learner import Learner, LearnerSettings, Update
from .objective import Objective, Targets
from .ppo import PPO, PPOSettings
from .reinforce import Reinforce, ReinforceSettings
from .schedule import Schedule, Shape, constant, exponential, linear

__all__ = [
    "PPO", "CentreGaze", "FixedScan", "Learner", "LearnerSettings", "Objective", "PPOSettings", "RandomGaze", "Reinforce",
    "ReinforceSettings", "Saccader", "Schedule", "Shape", "Targets", "Update", "constant", "covering_places", "exponential",
    "linear", "scan_places",
]  # fmt: skip
