"""Any torch network as a module, with every inner layer readable as a port."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from .errors import UnknownPortError, nearest
from .module import Module
from .ports import In, Out
from .types import parse


class Network(Module):
    """Wraps an `nn.Module` that maps one tensor to one tensor.

    Two `Network`s may share one network (the same object): it is trained once, by both.

    Args:
        network: the wrapped network.
        takes: type of the port `input`, such as `Float[Tensor, "b 1 9 9"]`.
        gives: type of the port `output`.
    """

    def __init__(self, network: nn.Module, takes: Any, gives: Any) -> None:
        super().__init__()
        self.network = network
        self._add("input", In(), takes)
        self._add("output", Out(), gives)
        self._seen: dict[str, Tensor] = {}
        self._layers: list[str] = []

    def _add(self, name: str, port: Any, annotation: Any) -> None:
        port._bind(self, name, parse(annotation, f"{self.name}.{name}"))
        object.__setattr__(self, name, port)

    def layer(self, path: str, gives: Any) -> Out[Any]:
        """The output of an inner layer as a port.

        Args:
            path: the layer's name as in `named_modules()`, such as `"encoder.2"`.
            gives: the type of its output.

        Raises:
            UnknownPortError: the network has no such layer; the nearest name is suggested.
        """
        known = dict(self.network.named_modules())
        if path not in known or not path:
            raise UnknownPortError(
                f"{self.name} has no layer {path!r}{nearest(path, known)} (layers: {', '.join(filter(None, known))})"
            )
        name = path.replace(".", "_")
        if path not in self._layers:
            if hasattr(type(self), name) or name in vars(self):
                name += "_layer"
            self._add(name, Out(), gives)
            self._layers.append(path)
            known[path].register_forward_hook(lambda _module, _inputs, output: self._seen.__setitem__(path, output))
        port: Out[Any] = next(port for port in self.outputs()[1:] if port.name in (name, f"{name}_layer"))
        return port

    def forward(self, input: Tensor) -> Any:
        """Run the network; the inner layers that were asked for come along."""
        output = self.network(input)
        if not self._layers:
            return output
        return output, *(self._seen[path] for path in self._layers)

    @classmethod
    def _check_forward(cls) -> None:
        """Its ports are made in the constructor, not declared."""
