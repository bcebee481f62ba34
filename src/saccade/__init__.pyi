from .api import draw, evaluate, graph_of, resume, train, watch, write_report

__version__: str

__all__ = ["draw", "evaluate", "graph_of", "resume", "train", "watch", "write_report"]
