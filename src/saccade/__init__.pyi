from . import agents, api, environments, graph, recipes, report, runs, training, vision, worlds
from .api import draw, evaluate, graph_of, load, predict, resume, train, write_report
from .recipes.dqn.command import watch

__version__: str

__all__ = [
    "agents", "api", "draw", "environments", "evaluate", "graph", "graph_of", "load", "predict", "recipes", "report", "resume", "runs", "train", "training",
    "vision", "watch", "worlds", "write_report",
]  # fmt: skip
