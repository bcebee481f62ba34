"""Policies and learners: who decides, and how it gets better."""

from .gaze import CentreGaze, FixedScan, RandomGaze, Saccader, covering_places, scan_places
from .learner import Learner, LearnerSettings, Update
from .objective import Objective, Targets
from .ppo import PPO, PPOSettings
from .reinforce import Reinforce, ReinforceSettings

__all__ = [
    "PPO", "CentreGaze", "FixedScan", "Learner", "LearnerSettings", "Objective", "PPOSettings", "RandomGaze", "Reinforce",
    "ReinforceSettings", "Saccader", "Targets",
    "Update", "covering_places", "scan_places",
]  # fmt: skip
