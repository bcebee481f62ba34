"""What runs found out, to look at: one self-contained HTML page, and a picture for a README."""

from .page import write_report
from saccade.recipes.active_vision.report.picture import write_picture

__all__ = ["write_picture", "write_report"]
