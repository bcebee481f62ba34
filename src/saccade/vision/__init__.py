"""Eyes and readers: modules that see."""

from .crop import Crop, SmoothCrop
from .plain import PlainNetwork
from .readers import ConvolutionalReader, FeedForwardReader, RecurrentReader

__all__ = ["ConvolutionalReader", "Crop", "FeedForwardReader", "PlainNetwork", "RecurrentReader", "SmoothCrop"]
