"""From wired modules to a checked program: the order of calls, and which edges are feedback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .actor import Actor
from .errors import WiringError
from .module import Module
from .ports import In, Out, check_edge


class Loop:
    """Runs its parts in order, again and again, within an episode.

    Args:
        parts: modules and inner loops.
        times: the number of iterations (at most, where `until` is given).
        until: a bool port `(b,)` written inside the loop: each episode leaves when it is True.

    An actor at the end of the loop whose action only the next iteration reads is not asked in the
    last iteration: six crops take five saccades. Feedback edges keep their value from one entry of
    an inner loop to the next; first values hold at the start of an episode.

    Raises:
        WiringError: neither `times` nor `until`, or `times` below 1.
    """

    def __init__(self, *parts: Module | Loop, times: int | None = None, until: Out[Any] | None = None) -> None:
        if times is None and until is None:
            raise WiringError("Loop(…) never ends: give it times=, until= or both")
        if times is not None and times < 1:
            raise WiringError(f"Loop(…, times={times}): times must be 1 or more")
        if not parts:
            raise WiringError("Loop() has no modules in it")
        self.parts = parts
        self.times = times
        self.until = until


@dataclass(eq=False)
class Repeat:
    """A loop in the program. The exit is tested between `head` and `tail`."""

    loop: Loop
    index: int
    head: list[Item]
    tail: list[Actor] = field(default_factory=list)
    feedback: list[In[Any]] = field(default_factory=list)

    @property
    def counter(self) -> str:
        return f"k{self.index}"

    def body(self) -> list[Item]:
        return [*self.head, *self.tail]


Item = Module | Repeat


@dataclass(frozen=True)
class Program:
    """A checked program: what runs in which order, and the edges that close loops."""

    items: list[Item]
    modules: list[Module]
    repeats: list[Repeat]
    feedback: list[In[Any]]

    @property
    def actors(self) -> list[Actor]:
        return [module for module in self.modules if isinstance(module, Actor)]

    def path_to(self, module: Module) -> list[Repeat]:
        """The loops around a module, outermost first."""
        return _path(self.items, module) or []


def build(parts: tuple[Module | Loop, ...]) -> Program:
    """Check the wiring and lay out the program.

    Raises:
        WiringError: see `Graph`.
    """
    repeats: list[Repeat] = []
    items = [_item(part, repeats) for part in parts]
    modules = list(_modules(items))
    program = Program(items, modules, repeats, [])
    _check_names(modules)
    position = {module: place for place, module in enumerate(modules)}
    for module in modules:
        for port in module.inputs():
            _check_input(port, position)
            if port.source is not None and position[port.source.owner] >= position[module]:
                _add_feedback(program, port)
    for repeat in repeats:
        _check_until(repeat)
        _split_tail(repeat, program)
    for actor in program.actors:
        if not list(_readers(actor.action, modules)):
            raise WiringError(f"nothing reads {actor.action}: wire it, `{actor.action} >> module.port`")
    return program


def _item(part: Module | Loop, repeats: list[Repeat]) -> Item:
    if isinstance(part, Module):
        return part
    if not isinstance(part, Loop):
        raise WiringError(f"a graph is made of modules and loops, not of {type(part).__name__}: {part!r}")
    repeat = Repeat(part, len(repeats), [])
    repeats.append(repeat)
    repeat.head = [_item(inner, repeats) for inner in part.parts]
    return repeat


def _modules(items: list[Item]) -> Iterator[Module]:
    for item in items:
        if isinstance(item, Module):
            yield item
        else:
            yield from _modules(item.body())


def _check_names(modules: list[Module]) -> None:
    seen: dict[str, Module] = {}
    for module in modules:
        other = seen.setdefault(module.name, module)
        if other is module and sum(m is module for m in modules) > 1:
            raise WiringError(f"module {module.name!r} stands in the graph twice; a second place needs a second module")
        if other is not module:
            raise WiringError(
                f"two modules are called {module.name!r} ({type(other).__name__} and {type(module).__name__}); "
                f"name one of them: {type(module).__name__}(…).named('{module.name}2')"
            )


def _check_input(port: In[Any], position: dict[Module, int]) -> None:
    if port.source is None:
        if port.init is None and port.type.supplied is None:
            raise WiringError(f"{port.describe()} is never fed: wire an output to it or give it an init=")
        return
    if port.source.owner not in position:
        raise WiringError(f"{port.source} >> {port}: module {port.source.owner.name!r} is not in the graph; add it")
    check_edge(port.source, port)


def _add_feedback(program: Program, port: In[Any]) -> None:
    source = port.fed_by()
    if isinstance(port.owner, Actor) and port.name == "reward":
        return  # a reward is read when it is written, whichever comes first
    around = [r for r in program.path_to(source.owner) if r in program.path_to(port.owner)]
    if not around:
        raise WiringError(
            f"{source} >> {port}: {port} is read before {source} is first written, and no loop comes back to it; "
            "put both in one Loop or change the order"
        )
    if port.init is None:
        raise WiringError(
            f"{source} >> {port}: {port} is read before {source} is first written; declare its first value, "
            f"`{port.name}: In[…] = In(init=0.0)`"
        )
    around[-1].feedback.append(port)
    program.feedback.append(port)


def _check_until(repeat: Repeat) -> None:
    until = repeat.loop.until
    if until is None:
        return
    if until.owner not in set(_modules(repeat.head)):
        raise WiringError(f"Loop(…, until={until}): {until.owner.name!r} is not inside that loop")
    if until.type.dtypes[0] != "bool" or len(until.type.axes) != 1:
        raise WiringError(f"Loop(…, until={until.describe()}): it must be Bool[Tensor, 'b']")


def _split_tail(repeat: Repeat, program: Program) -> None:
    while repeat.head and isinstance(repeat.head[-1], Actor):
        actor = repeat.head[-1]
        if any(port not in repeat.feedback for port in _readers(actor.action, program.modules)):
            return
        repeat.tail.insert(0, actor)
        repeat.head.pop()


def _readers(out: Out[Any], modules: list[Module]) -> Iterator[In[Any]]:
    for module in modules:
        for port in module.inputs():
            if port.source is not None and port.source.owner is out.owner and port.source.name == out.name:
                yield port


def _path(items: list[Item], module: Module) -> list[Repeat] | None:
    for item in items:
        if item is module:
            return []
        if isinstance(item, Repeat):
            inner = _path(item.body(), module)
            if inner is not None:
                return [item, *inner]
    return None
