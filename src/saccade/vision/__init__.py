"""Eyes and readers: modules that see."""

from .crop import Crop, SmoothCrop
from .glimpse import GlimpseSensor
from .plain import PlainNetwork
from .readers import ConvolutionalReader, FeedForwardReader, RecurrentReader

__all__ = [
    "ConvolutionalReader",
    "Crop",
    "FeedForwardReader",
    "GlimpseSensor",
    "PlainNetwork",
    "RecurrentReader",
    "SmoothCrop",
]
