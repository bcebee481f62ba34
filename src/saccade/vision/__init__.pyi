from .confidence import Confidence
from .crop import Crop, SmoothCrop
from .glimpse import GlimpseSensor
from .glimpse_network import EachScale, Frozen, GatedGlimpse, SummedGlimpse, convolutional_encoder, dense_encoder
from .plain import PlainNetwork, PlainReader, ResidualNetwork, WholeView, convolutional_network, dense_network
from .readers import ConvolutionalReader, FeedForwardReader, RecurrentReader, glimpse_reader, published_reader

__all__ = [
    "Confidence", "ConvolutionalReader", "Crop", "EachScale", "FeedForwardReader", "Frozen", "GatedGlimpse", "GlimpseSensor", "PlainNetwork",
    "PlainReader", "RecurrentReader", "ResidualNetwork", "SmoothCrop", "SummedGlimpse", "WholeView", "convolutional_encoder",
    "convolutional_network", "dense_encoder", "dense_network", "glimpse_reader", "published_reader",
]  # fmt: skip
