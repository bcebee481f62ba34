"""Policies and learners: who decides, and how it gets better."""

from .gaze import CentreGaze, FixedScan, RandomGaze, Saccader, scan_places
from .learner import Learner, LearnerSettings, Update
from .ppo import PPO, PPOSettings, Targets

__all__ = [
    "PPO", "CentreGaze", "FixedScan", "Learner", "LearnerSettings", "PPOSettings", "RandomGaze", "Saccader", "Targets",
    "Update", "scan_places",
]  # fmt: skip
