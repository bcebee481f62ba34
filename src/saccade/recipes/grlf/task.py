"""Training and measuring of the saccade system: as of every system that classifies by fixations."""

from saccade.recipes.active_vision.task import LookingTask as GrlfTask

__all__ = ["GrlfTask"]
