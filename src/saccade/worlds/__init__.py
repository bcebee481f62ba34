"""The world: data sets, where their images lie, and what a decision is worth."""

from .clutter import Clutter
from .copies import Copies
from .digits import Digits
from .fetch import DataError
from .field import Field, Shift
from .grade import Grade, Reward, Verdict
from .mnist import LabelledImages, load_mnist, load_or_fallback, scikit_digits

__all__ = [
    "Clutter", "Copies", "DataError", "Digits", "Field", "Grade", "LabelledImages", "Reward", "Shift", "Verdict", "load_mnist",
    "load_or_fallback", "scikit_digits",
]  # fmt: skip
