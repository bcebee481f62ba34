"""Networks of the user's own, named on the command line: made, and put where they work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from torch import nn

from saccade.own_code import FAULTS, OwnCodeError, fault, named

from .settings import SettingsError

T = TypeVar("T")


def own_module(name: str, option: str, what: str, arguments: tuple[int, ...] = (), words: str = "") -> nn.Module:
    """What a class or function of the user's own makes.

    Args:
        name: `package:name`.
        option: that names it, such as `--network`.
        what: it is, for messages, such as "a class of networks".
        arguments: that it is called with.
        words: what they are, for messages.

    Raises:
        SettingsError: there is none, it fails, or it makes something else than a torch module.
    """
    try:
        made = named(name, option, what)(*arguments)
    except OwnCodeError as error:
        raise SettingsError(str(error)) from error
    except FAULTS as error:
        mend = f"it is called with {words}, {arguments}" if arguments else "fix it"
        raise SettingsError(f"{option} {name} fails ({fault(error)}): {mend}") from error
    if not isinstance(made, nn.Module):
        raise SettingsError(f"{option} {name}: it makes {type(made).__name__}, and must make a torch module")
    return made


def own_network(name: str, arguments: tuple[int, ...], words: str, place: Callable[[nn.Module], T]) -> T:
    """The network that `--network` names, where it works.

    Args:
        name, arguments, words: see `own_module`.
        place: puts it there, and raises a ValueError if it does not fit.

    Raises:
        SettingsError: there is none, it fails, or it does not fit.
    """
    network = own_module(name, "--network", "a class of networks", arguments, words)
    try:
        return place(network)
    except ValueError as error:
        reason = str(error).replace("the encoder", "the network")
        raise SettingsError(f"--network {name}: {reason}; it is called with {words}, {arguments}") from error
