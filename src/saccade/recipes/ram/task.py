"""Training and measuring of recurrent attention, whose episodes can end as soon as the system is confident enough."""

from __future__ import annotations

from saccade.recipes.active_vision.stopping import stop_when_confident
from saccade.recipes.active_vision.task import LookingTask
from saccade.training.task import EarlyExit


class RamTask(LookingTask):
    """The task of recurrent attention."""

    def exit_early(self, threshold: float) -> EarlyExit:
        """Test accuracy and mean number of fixations where an episode ends once the system is more confident than the threshold.

        Raises:
            ValueError: the threshold is no probability, or the system does not predict whether it is right.
        """
        brain = self.system.graph.brain_state()
        return stop_when_confident(self.recipe, self.settings, brain, self.data.test, threshold)
