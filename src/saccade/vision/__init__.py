"""Eyes and readers: modules that see."""

from .crop import Crop, SmoothCrop
from .glimpse import GlimpseSensor
from .plain import PlainNetwork, PlainReader, WholeView, convolutional_network, dense_network
from .readers import ConvolutionalReader, FeedForwardReader, RecurrentReader

__all__ = [
    "ConvolutionalReader", "Crop", "FeedForwardReader", "GlimpseSensor", "PlainNetwork", "PlainReader",
    "RecurrentReader", "SmoothCrop", "WholeView", "convolutional_network", "dense_network",
]  # fmt: skip
