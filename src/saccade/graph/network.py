"""Any torch network as a module, with every inner layer readable as a port."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from saccade.hints import nearest

from .errors import PortValueError, UnknownPortError
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

    if TYPE_CHECKING:  # made in the constructor
        input: In[Any]
        output: Out[Any]

    def __init__(self, network: nn.Module, takes: Any, gives: Any) -> None:
        super().__init__()
        self.network = network
        self._add("input", In(), takes)
        self._add("output", Out(), gives)
        self._layers: dict[str, Out[Any]] = {}

    def _add(self, name: str, port: In[Any] | Out[Any], annotation: Any) -> None:
        port._bind(self, name, parse(annotation, f"{self.name}.{name}", isinstance(port, In)))
        object.__setattr__(self, name, port)

    def layer(self, path: str, gives: Any) -> Out[Any]:
        """The output of an inner layer as a port. Ask for it before the graph is made.

        Args:
            path: the layer's name as in `named_modules()`, such as `"encoder.2"`.
            gives: the type of its output.

        Raises:
            UnknownPortError: the network has no such layer; the nearest name is suggested.
        """
        known = [name for name, _ in self.network.named_modules() if name]
        if path not in known:
            raise UnknownPortError(
                f"{self.name} has no layer {path!r}{nearest(path, known)} (layers: {', '.join(known)})"
            )
        if path not in self._layers:
            name = path.replace(".", "_")
            while hasattr(self, name):
                name += "_layer"
            port: Out[Any] = Out()
            self._add(name, port, gives)
            self._layers[path] = port
        return self._layers[path]

    def forward(self, input: Tensor) -> Any:
        """Run the network; the inner layers that were asked for come along."""
        if not self._layers:
            return self.network(input)
        seen: dict[str, Tensor] = {}
        with ExitStack() as hooks:  # for this call only: a copy or a sharer of the network keeps nothing of it
            for path in self._layers:
                layer = self.network.get_submodule(path)
                handle = layer.register_forward_hook(lambda _m, _i, out, path=path: seen.__setitem__(path, out))
                hooks.callback(handle.remove)
            output = self.network(input)
        unseen = [path for path in self._layers if path not in seen]
        if unseen:
            raise PortValueError(f"{self.name}: the network did not call its layer {', '.join(unseen)}")
        return output, *(seen[path] for path in self._layers)

    @classmethod
    def _check_forward(cls) -> None:
        """Its ports are made in the constructor, not declared."""
