"""The graph core: typed ports, wiring, loops, compilation. No vision and no learning in here."""

from .actor import Actor, Decision, Trajectory
from .brain import Brain
from .conformance import ConformanceError, check_vector_env
from .environment import GraphEnv, GraphVectorEnv
from .errors import PortValueError, UnknownPortError, WiringError
from .graph import Graph
from .halves import Halves
from .module import Module, World
from .network import Network
from .ports import In, Out
from .program import Loop
from .recorded_steps import Evaluation, RecordedSteps
from .trace import Trace
from .types import Active, Batch, Fresh, Loss, Step

__all__ = [
    "Active", "Actor", "Batch", "Brain", "ConformanceError", "Decision", "Evaluation", "Fresh", "Graph", "GraphEnv",
    "GraphVectorEnv", "Halves", "In", "Loop", "Loss", "Module", "Network", "Out", "PortValueError", "RecordedSteps", "Step",
    "Trace", "Trajectory", "UnknownPortError", "WiringError", "World", "check_vector_env",
]  # fmt: skip
