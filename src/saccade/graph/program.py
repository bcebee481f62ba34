"""From wired modules to a checked program: the order of calls, and which edges are feedback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from keyword import iskeyword
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
        """The variable that counts the iterations, from 0."""
        return f"k{self.index}"

    def body(self) -> list[Item]:
        """Everything inside, in order."""
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
        """The modules that learn by reinforcement, in order."""
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
    for repeat in repeats:
        _put_after_readers(repeat)
    modules = list(modules_of(items))
    program = Program(items, modules, repeats, [])
    _check_names(modules)
    _check_edges(modules)
    position = {module: place for place, module in enumerate(modules)}
    for port in (port for module in modules for port in module.inputs() if port.source is not None):
        if position[port.fed_by().owner] >= position[port.owner]:
            _add_feedback(program, port)
    for repeat in repeats:
        _check_until(repeat)
        _split_tail(repeat, program)
    for actor in program.actors:
        if not _readers(actor.action, program):
            raise WiringError(f"nothing reads {actor.action}: wire it, `{actor.action} >> module.port`")
    return program


def modules_of(items: Iterable[Item]) -> Iterator[Module]:
    """All modules of a block, in order, those of its loops too."""
    for item in items:
        if isinstance(item, Module):
            yield item
        else:
            yield from modules_of(item.body())


def _item(part: object, repeats: list[Repeat]) -> Item:
    if isinstance(part, Module):
        return part
    if not isinstance(part, Loop):
        raise WiringError(f"a graph is made of modules and loops, not of {type(part).__name__}: {part!r}")
    repeat = Repeat(part, len(repeats), [])
    repeats.append(repeat)
    repeat.head = [_item(inner, repeats) for inner in part.parts]
    return repeat


def _put_after_readers(repeat: Repeat) -> None:
    """Put each module of a loop whose outputs are for the next iteration after the last part that reads them and has a first value."""
    for module in [item for item in repeat.head if isinstance(item, Module) and item.is_for_next]:
        ports = [port for reader in modules_of(repeat.head) for port in reader.inputs() if port.init is not None]
        readers = {port.owner for port in ports if port.source is not None and port.source.owner is module}
        places = [place for place, item in enumerate(repeat.head) if readers & {*modules_of([item])}]
        place = repeat.head.index(module)
        if places and places[-1] > place:
            repeat.head.insert(places[-1], repeat.head.pop(place))


def _check_names(modules: list[Module]) -> None:
    """Names become identifiers in the source and keys in the state dictionary: each must stand for one thing."""
    taken: dict[str, str] = {}
    for place, module in enumerate(modules):
        name = module.name
        if module in modules[:place]:
            raise WiringError(f"module {name!r} stands in the graph twice; a second place needs a second module")
        other = next((other for other in modules[:place] if other.name == name), None)
        if other is not None:
            raise WiringError(
                f"two modules are called {name!r} ({type(other).__name__} and {type(module).__name__}); "
                f"name one of them: {type(module).__name__}(…).named('{name}2')"
            )
        if iskeyword(name):
            raise WiringError(
                f"no module can be called {name!r}, a word of Python: {type(module).__name__}(…).named(…)"
            )
        for port in (*module.inputs(), *module.outputs()):
            if port.variable in taken:
                raise WiringError(f"{taken[port.variable]} and {port} would share one variable; name a module anew")
            taken[port.variable] = str(port)


def _check_edges(modules: list[Module]) -> None:
    # Twice: sizes that come along a feedback edge are known only after the first time.
    for port in [port for module in modules for port in module.inputs()] * 2:
        if port.source is not None and port.source.owner not in modules:
            raise WiringError(f"{port.source} >> {port}: module {port.source.owner.name!r} is not in the graph; add it")
        if port.source is not None:
            check_edge(port.source, port)
        elif port.init is None and port.type.supplied is None:
            raise WiringError(f"{port.describe()} is never fed: wire an output to it or give it an init=")


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
    if until.owner not in set(modules_of(repeat.head)):
        raise WiringError(f"Loop(…, until={until}): {until.owner.name!r} is not inside that loop")
    if "bool" not in until.type.dtypes[:1] or len(until.type.axes) != 1:
        raise WiringError(f"Loop(…, until={until.describe()}): it must be Bool[Tensor, 'b']")


def _split_tail(repeat: Repeat, program: Program) -> None:
    while repeat.head and isinstance(repeat.head[-1], Actor):
        actor = repeat.head[-1]
        if any(reader not in repeat.feedback for reader in _readers(actor.action, program)):
            return
        repeat.tail.insert(0, actor)
        repeat.head.pop()


def _readers(out: Out[Any], program: Program) -> list[In[Any] | Loop]:
    """The ports that an output feeds, and the loops that it ends."""
    ports = [port for module in program.modules for port in module.inputs()]
    loops = [repeat.loop for repeat in program.repeats]
    return [
        *(port for port in ports if port.source is not None and port.source.variable == out.variable),
        *(loop for loop in loops if loop.until is not None and loop.until.variable == out.variable),
    ]


def _path(items: list[Item], module: Module) -> list[Repeat] | None:
    for item in items:
        if item is module:
            return []
        if isinstance(item, Repeat):
            inner = _path(item.body(), module)
            if inner is not None:
                return [item, *inner]
    return None
