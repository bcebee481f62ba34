"""What installed packages register under a group of entry points; ours in the same way as anybody's."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

OURS = "saccade"
_NAME = re.compile("[a-z0-9]+(-[a-z0-9]+)*")  # it becomes the name of folders


class RegistryError(ValueError):
    """A registered name cannot be used; the message names the package that brings it."""


@dataclass(frozen=True)
class Registered:
    """A name that a package registers."""

    name: str
    package: str
    version: str
    entry: EntryPoint

    @property
    def origin(self) -> str:
        """Package and version, such as `dots 0.1`."""
        return f"{self.package} {self.version}".strip()

    def load(self, what: str, kind: type[Any]) -> Any:
        """What the entry point names.

        Raises:
            RegistryError: its name is not a name, the package cannot be imported, or names something else than a `kind`.
        """
        if not _NAME.fullmatch(self.name):
            raise RegistryError(
                f"{what} {self.name!r} of the package {self.origin}: a name is lower-case letters, digits and hyphens"
            )
        try:
            found = self.entry.load()
        except (Exception, SystemExit) as error:  # whatever the package's code does wrong
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise RegistryError(
                f"{what} {self.name!r} of the package {self.origin} cannot be loaded ({reason}): fix the package or uninstall it"
            ) from error
        if not isinstance(found, kind):
            raise RegistryError(
                f"{what} {self.name!r} of the package {self.origin}: {self.entry.value} is of type {type(found).__name__}, "
                f"it must be a {kind.__name__}"
            )
        return found


def registered(group: str) -> tuple[Registered, ...]:
    """What installed packages register under a group, ours first."""
    return _found(group, tuple(sys.path))


@cache  # to read what every installed package says takes a tenth of a second
def _found(group: str, path: tuple[str, ...]) -> tuple[Registered, ...]:
    found = [
        Registered(entry.name, entry.dist.name if entry.dist else "", entry.dist.version if entry.dist else "", entry)
        for entry in entry_points(group=group)
    ]
    return tuple(sorted(found, key=lambda each: each.package != OURS))


def the_one(name: str, group: str, what: str) -> Registered | None:
    """The entry of that name; None: there is none.

    Raises:
        RegistryError: two packages register it.
    """
    found = [each for each in registered(group) if each.name == name]
    if len(found) > 1:
        origins = " and ".join(each.origin for each in found)
        raise RegistryError(f"{what} {name!r} is registered by two packages, {origins}: uninstall one of them")
    return found[0] if found else None
