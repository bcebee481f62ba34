"""The world: data sets, where their images lie, and the rewards of decisions."""

import lazy_loader

# What is named in __init__.pyi is read when it is asked for: the tool for people does without torch.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
