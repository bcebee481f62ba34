"""Reads the ports that a module class declares as annotations."""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any, get_args, get_origin, get_type_hints

from .errors import WiringError
from .ports import In, Out
from .types import PortType, parse


def declared_ports(cls: type) -> dict[str, tuple[type, PortType, Any]]:
    """Ports of a class and its bases, in the order of declaration (a redeclared port keeps its place).

    Raises:
        WiringError: a port's type, or its default, is not understood.
    """
    found: dict[str, tuple[type, PortType, Any]] = {}
    for base in reversed(cls.__mro__):
        hints = inspect.get_annotations(base)
        if not any(_names_port(hint) for hint in hints.values()):
            continue
        scope = {**vars(sys.modules.get(base.__module__, object)), **_caller_locals(base)}
        resolved = get_type_hints(_only_ports(base, hints), globalns=scope)
        for name, hint in resolved.items():
            kind = get_origin(hint)
            if kind in (In, Out):
                where, default = f"{cls.__name__}.{name}", vars(base).get(name)
                if default is not None and not isinstance(default, kind):
                    raise WiringError(
                        f"{where} = {default!r}: write {kind.__name__}(init={default!r}) for a first value"
                    )
                found[name] = (kind, parse(get_args(hint)[0], where, kind is In), default)
    return found


def _names_port(hint: object) -> bool:
    # A class with postponed annotations gives text, perhaps with the name of a package in front.
    return get_origin(hint) in (In, Out) or (isinstance(hint, str) and bool(re.match(r"([\w.]+\.)?(In|Out)\[", hint)))


def _only_ports(base: type, hints: dict[str, Any]) -> type:
    ports = {name: hint for name, hint in hints.items() if _names_port(hint)}
    return type(base.__name__, (), {"__annotations__": ports, "__module__": base.__module__})


def _caller_locals(base: type) -> dict[str, Any]:
    """Names local to the function that defines the class, so that classes in functions work too."""
    if "<locals>" not in base.__qualname__:
        return {}
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_name != "__init_subclass__":
        frame = frame.f_back
    outer: dict[str, Any] = {}
    while frame is not None:
        if frame.f_globals.get("__name__") == base.__module__ and frame.f_code.co_name != base.__name__:
            outer = {**frame.f_locals, **outer}
        frame = frame.f_back
    return outer
