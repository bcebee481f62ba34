"""Arguments of `gymnasium.make` as words of the command line: `size=8 mode=hard`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def parsed(words: Sequence[str]) -> dict[str, Any]:
    """Arguments by name: a value is JSON (`8`, `0.5`, `true`, `null`, `[1,2]`, `'"8"'`) or else text.

    Raises:
        ValueError: a word is not name=value, or a name stands there twice.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"--env-args {word}: it must be name=value, such as size=8")
        if name in found:
            raise ValueError(f"--env-args {word}: {name} stands there twice")
        found[name] = _value(value)
    return found


def words(arguments: Mapping[str, Any]) -> list[str]:
    """The words that `parsed` reads."""
    return [
        f"{name}={value if isinstance(value, str) and _value(value) == value else json.dumps(value)}"
        for name, value in arguments.items()
    ]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
