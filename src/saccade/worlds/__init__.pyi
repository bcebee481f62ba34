from .classification import ClassificationReward, Prediction, Reward
from .clutter import Clutter
from .copies import Copies
from .data.files import DataError
from .data.labelled import LabelledImages
from .data.mnist import load_mnist, load_or_fallback, scikit_digits
from .data.pictures import Colour, PictureFormat, load_pictures
from .deck import Deck
from .digits import Digits
from .field import Field, Shift

__all__ = [
    "ClassificationReward", "Clutter", "Colour", "Copies", "DataError", "Deck", "Digits", "Field", "LabelledImages", "PictureFormat",
    "Prediction", "Reward", "Shift", "load_mnist", "load_or_fallback", "load_pictures", "scikit_digits",
]  # fmt: skip
