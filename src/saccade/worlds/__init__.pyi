from .clutter import Clutter
from .copies import Copies
from .digits import Digits
from .data.fetch import DataError
from .field import Field, Shift
from .grade import Grade, Reward, Verdict
from .data.labelled import LabelledImages
from .data.mnist import load_mnist, load_or_fallback, scikit_digits
from .data.pictures import Colour, Reading, load_pictures

__all__ = [
    "Clutter", "Colour", "Copies", "DataError", "Digits", "Field", "Grade", "LabelledImages", "Reading", "Reward", "Shift",
    "Verdict", "load_mnist", "load_or_fallback", "load_pictures", "scikit_digits",
]  # fmt: skip
