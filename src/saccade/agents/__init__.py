"""Policies and learners: who decides, and how it gets better."""

from .gaze import CentreGaze, FixedScan, RandomGaze, Saccader, scan_places
from .learner import Learner, LearnerSettings, Update
from .ppo import PPO, PPOSettings, Targets
from .reinforce import Reinforce, ReinforceSettings

__all__ = [
    "PPO", "CentreGaze", "FixedScan", "Learner", "LearnerSettings", "PPOSettings", "RandomGaze", "Reinforce",
    "ReinforceSettings", "Saccader", "Targets",
    "Update", "scan_places",
]  # fmt: skip
