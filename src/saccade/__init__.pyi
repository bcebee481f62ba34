from . import agents, api, environments, graph, recipes, report, runs, vision, worlds
from .api import draw, evaluate, graph_of, resume, train, watch, write_report

__version__: str

__all__ = [
    "agents", "api", "draw", "environments", "evaluate", "graph", "graph_of", "recipes", "report", "resume", "runs", "train", "vision",
    "watch", "worlds", "write_report",
]  # fmt: skip
