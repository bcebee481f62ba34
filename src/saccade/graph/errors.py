"""The errors of the graph core. Every message names the ports, the values and the fix."""

from __future__ import annotations


class WiringError(TypeError):
    """The graph is wired wrongly: raised by `>>`, by class creation or by `Graph(...)`."""


class UnknownPortError(WiringError, AttributeError):
    """A port of that name does not exist; the message suggests the nearest one."""


class PortValueError(ValueError):
    """A module returned a value that its port does not allow."""
