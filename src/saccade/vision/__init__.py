"""Eyes and readers: modules that see."""

from .crop import Crop, SmoothCrop
from .readers import ConvolutionalReader, FeedForwardReader, RecurrentReader

__all__ = ["ConvolutionalReader", "Crop", "FeedForwardReader", "RecurrentReader", "SmoothCrop"]
