"""Straight-line Python from a program: `unroll` with gradients, and what the halves share with it.

The emitted functions take `run` (one callable a module, by name) and `note` (what to record), so
that checking, recording and replaying cost nothing when they are off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .actor import Actor
from .module import Module
from .ports import In, Out
from .program import Item, Program, Repeat, modules_of
from .types import Supplied


@dataclass
class Emitter:
    """Writes `unroll`. Its subclass writes the halves, where `record` and `running` differ."""

    program: Program
    watched: frozenset[str] = frozenset()
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    mask: str | None = None  # the episodes that the present code is for; None: `everyone`
    everyone: str = "everyone(n, device)"

    def put(self, line: str) -> None:
        """Write one line."""
        self.lines.append("    " * self.depth + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Indent what is written inside."""
        self.put(head)
        self.depth += 1
        yield
        self.depth -= 1

    @contextmanager
    def masked(self, mask: str, writes: Iterable[str]) -> Iterator[None]:
        """Code for the episodes in `mask` only: the others keep their values."""
        outer, self.mask = self.mask, mask
        names = ", ".join(dict.fromkeys(writes))
        if names:
            self.put(f"kept{mask} = ({names},)")
        yield
        if names:
            self.put(f"{names}, = merge({mask}, ({names},), kept{mask})")
        self.mask = outer

    # -- one module ---------------------------------------------------------------------------

    def call(self, module: Module) -> None:
        """Call a module, then record what it has written."""
        args = ", ".join(self.argument(port) for port in module.arguments())
        outs = ", ".join(port.variable for port in module.outputs())
        self.put(f"{outs}{' = ' if outs else ''}{self.callee(module, args)}")
        for port in fresh_ports(module):
            self.put(f"{port.variable} = nobody(n, device)")
        for out in module.outputs():
            self.record(out)

    def callee(self, module: Module, args: str) -> str:
        """The call itself; actors and the world go through the trace, which records their outputs."""
        if isinstance(module, Actor):
            return f"note.actors.{module.name}.act({', '.join(filter(None, [str(self.mask), args]))})"
        return f"{'note.worlds' if module.is_world else 'run'}.{module.name}({args})"

    def record(self, port: Out[Any]) -> None:
        """Note rewards, losses and watched values."""
        for actor in rewarded_by(self.program, port):
            self.put(f"note.actors.{actor.name}.reward({self.mask}, {port.variable})")
        if port.type.is_loss:
            self.put(f"note.loss({self.mask}, {port.variable})")
        if str(port) in self.watched:
            self.put(f"note.watch({str(port)!r}, {self.mask}, {port.variable})")

    def argument(self, port: In[Any]) -> str:
        """What a port reads."""
        if port.source is not None and port not in self.program.feedback:
            return value_of(port.source)
        if port.source is not None or port.type.supplied is None:
            return port.variable
        around = self.program.path_to(port.owner)
        return {
            Supplied.BATCH: "n",
            Supplied.STEP: around[-1].counter if around else "0",
            Supplied.FRESH: f"{port.variable} & {self.mask}" if self.mask else port.variable,
            Supplied.ACTIVE: self.mask or self.everyone,
        }[port.type.supplied]

    # -- blocks -------------------------------------------------------------------------------

    def items(self, items: Sequence[Item]) -> None:
        """Write modules and loops in order."""
        for item in items:
            if isinstance(item, Module):
                self.call(item)
            else:
                self.repeat(item)

    def part(self, repeat: Repeat, items: Sequence[Item]) -> None:
        """Write a part of a loop's body, then its feedback edges."""
        self.items(items)
        self.carry(repeat, items)

    def carry(self, repeat: Repeat, items: Sequence[Item]) -> None:
        """Carry values to the next iteration: the edges that leave the given part of the loop."""
        for port in feedback_from(repeat, items):
            self.put(f"{port.variable} = {value_of(port.fed_by())}")

    def repeat(self, repeat: Repeat) -> None:
        """Write a whole loop."""
        times, until, k, outer = repeat.loop.times, repeat.loop.until, repeat.counter, self.mask
        mask = f"m{repeat.index}"
        if until is not None:
            self.put(f"{mask} = {outer or self.everyone}")
        with self.block(f"for {k} in {'count()' if times is None else f'range({times})'}:"):
            if until is None:
                self.part(repeat, repeat.head)
                if repeat.tail:
                    self.put(f"if {k} == {times} - 1: break")
                self.part(repeat, repeat.tail)
            else:
                with self.masked(mask, part_writes(repeat, repeat.head)):
                    self.part(repeat, repeat.head)
                self.put(f"{mask} = {self.running(f'{mask} & ~{until.variable}')}")
                self.put(f"if {'' if times is None else f'{k} == {times} - 1 or '}not {mask}.any(): break")
                with self.masked(mask, part_writes(repeat, repeat.tail)):
                    self.part(repeat, repeat.tail)

    def running(self, mask: str) -> str:
        """The episodes that stay in a loop: recorded, for a changed brain may want to leave it elsewhere."""
        return f"note.running({mask})"

    def start(self) -> None:
        """First values at the start of an episode."""
        for module in self.program.modules:
            for port in module.inputs():
                if port in self.program.feedback or (port.source is None and port.init is not None):
                    self.put(f"{port.variable} = first.{port.variable}(n, device)")
            for port in fresh_ports(module):
                self.put(f"{port.variable} = {self.everyone}")


def fresh_ports(module: Module) -> list[In[Any]]:
    """The ports that want to know whether an episode begins; each has a flag of its own."""
    return [port for port in module.inputs() if port.type.supplied is Supplied.FRESH]


def rewarded_by(program: Program, port: Out[Any]) -> list[Actor]:
    """The actors whose reward a port is."""
    fed = [(actor, actor.reward.source) for actor in program.actors]
    return [actor for actor, source in fed if source is not None and source.variable == port.variable]


def value_of(source: Out[Any]) -> str:
    """What travels along an edge."""
    return f"{source.variable}.detach()" if source.detached else source.variable


def feedback_from(repeat: Repeat, items: Sequence[Item]) -> list[In[Any]]:
    """The ports that some modules of a loop feed for its next iteration."""
    owners = set(modules_of(items))
    return [port for port in repeat.feedback if port.fed_by().owner in owners]


def writes(items: Sequence[Item]) -> list[str]:
    """Variables that a block assigns."""
    found: list[str] = []
    for item in items:
        if isinstance(item, Module):
            found += [port.variable for port in (*item.outputs(), *fresh_ports(item))]
        else:
            found += part_writes(item, item.body())
    return found


def part_writes(repeat: Repeat, items: Sequence[Item]) -> list[str]:
    """Variables that a part of a loop's body assigns."""
    return [*writes(items), *(port.variable for port in feedback_from(repeat, items))]


def unroll_source(program: Program, watched: frozenset[str]) -> str:
    """`def unroll(n, device, run, note)`: one pass of the whole graph."""
    out = Emitter(program, watched)
    if any(repeat.loop.until is not None for repeat in program.repeats):
        out.put(f"{' = '.join(dict.fromkeys(writes(program.items)))} = None")
    out.start()
    out.items(program.items)
    return "\n".join(["def unroll(n, device, run, note):", *out.lines, "    return note"])
