from . import agents, api, environments, graph, recipes, report, runs, training, vision, worlds
from .api import draw, evaluate, graph_of, resume, train, write_report
from .fitting import fit
from .recipes.dqn.command import watch
from .using import export, load, predict, weights

__version__: str

__all__ = [
    "agents", "api", "draw", "environments", "evaluate", "export", "fit", "graph", "graph_of", "load", "predict", "recipes", "report", "resume", "runs", "train", "training",
    "vision", "watch", "weights", "worlds", "write_report",
]  # fmt: skip
