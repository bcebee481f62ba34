"""Straight-line Python from a program: `unroll` with gradients, and the `reset`/`step` halves.

The emitted functions take `run` (one callable a module, by name) and `note` (what to record), so
that checking, recording and replaying cost nothing when they are off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .actor import Actor
from .module import Module
from .ports import In, Out
from .program import Item, Program, Repeat
from .types import Supplied


@dataclass
class Emitter:
    """Writes one function. `cut` is the actor whose action comes from outside (halves only)."""

    program: Program
    cut: Actor | None = None
    watched: frozenset[str] = frozenset()
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    mask: str | None = None
    everyone: str = "everyone(n, device)"

    def put(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.put(head)
        self.depth += 1
        yield
        self.depth -= 1

    @contextmanager
    def masked(self, mask: str, writes: Sequence[str]) -> Iterator[None]:
        """Code for the episodes in `mask` only: the others keep their values."""
        outer, self.mask = self.mask, mask
        names = ", ".join(dict.fromkeys(writes))
        if names:
            self.put(f"kept_{mask} = ({names},)")
        yield
        if names:
            self.put(f"{names}, = merge({mask}, ({names},), kept_{mask})")
        self.mask = outer

    # -- one module ---------------------------------------------------------------------------

    def call(self, module: Module) -> None:
        args = [self.argument(port) for port in module.inputs() if not is_reward(port)]
        outs = ", ".join(port.variable for port in module.outputs())
        if isinstance(module, Actor) and self.cut is None:
            self.put(f"{outs} = note.{module.name}.act({', '.join([str(self.mask), *args])})")
        else:
            self.put(f"{outs}{' = ' if outs else ''}run.{module.name}({', '.join(args)})")
        if fresh_flag(module):
            self.put(f"{module.name}_fresh = nobody(n, device)")
        for port in module.outputs():
            self.after(port)

    def after(self, port: Out[Any]) -> None:
        """Record what has just been written."""
        for actor in self.program.actors:
            source = actor.reward.source
            if source is None or source.variable != port.variable:
                continue
            if self.cut is None:
                self.put(f"note.{actor.name}.reward({self.mask}, {port.variable})")
            elif actor is self.cut:
                self.put(f"reward = reward + {port.variable}{f' * {self.mask}' if self.mask else ''}")
        if self.cut is None and port.type.is_loss:
            self.put(f"note.loss({self.mask}, {port.variable})")
        if self.cut is None and str(port) in self.watched:
            self.put(f"note.watch({str(port)!r}, {port.variable})")

    def argument(self, port: In[Any]) -> str:
        if port.source is None and port.type.supplied is not None:
            return self.supplied(port, port.type.supplied)
        if port.source is None or port in self.program.feedback:
            return port.variable
        return value_of(port.source)

    def supplied(self, port: In[Any], kind: Supplied) -> str:
        if kind is Supplied.BATCH:
            return "n"
        if kind is Supplied.FRESH:
            return f"{port.owner.name}_fresh"
        if kind is Supplied.ACTIVE:
            return self.mask or self.everyone
        around = self.program.path_to(port.owner)
        return around[-1].counter if around else "0"

    # -- blocks -------------------------------------------------------------------------------

    def items(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Module):
                self.call(item)
            else:
                self.repeat(item)

    def feedback(self, repeat: Repeat, sources: Sequence[Item]) -> None:
        """Carry values to the next iteration: the edges that leave the given part of the loop."""
        for port in feedback_from(repeat, sources):
            self.put(f"{port.variable} = {value_of(port.fed_by())}")

    def repeat(self, repeat: Repeat) -> None:
        times, until, k = repeat.loop.times, repeat.loop.until, repeat.counter
        outer = self.mask
        mask = f"m{repeat.index}"
        if until is not None:
            self.put(f"{mask} = {outer or 'everyone(n, device)'}")
        with self.block(f"for {k} in {'count()' if times is None else f'range({times})'}:"):
            if until is None:
                self.items(repeat.head)
                self.feedback(repeat, repeat.head)
                if repeat.tail:
                    self.put(f"if {k} == {repeat.loop.times or 0} - 1: break")
            else:
                with self.masked(mask, [*writes(repeat.head), *carried(repeat, repeat.head)]):
                    self.items(repeat.head)
                    self.feedback(repeat, repeat.head)
                self.put(f"{mask} = {mask} & ~{until.variable}")
                last = f"{k} == {times} - 1 or " if times is not None else ""
                self.put(f"if {last}not {mask}.any(): break")
                self.mask = mask
            self.items(repeat.tail)
            self.feedback(repeat, repeat.tail)
        self.mask = outer

    def start(self, loops: Sequence[Repeat] = ()) -> None:
        """First values at the start of an episode."""
        for module in self.program.modules:
            for port in module.inputs():
                if port in self.program.feedback or (port.source is None and port.init is not None):
                    self.put(f"{port.variable} = first.{port.variable}(n, device)")
            if fresh_flag(module):
                self.put(f"{module.name}_fresh = everyone(n, device)")
        for repeat in loops:
            self.put(f"{repeat.counter} = zeros(n, device)")


def is_reward(port: In[Any]) -> bool:
    """Rewards are noted when written; no call takes them as an argument."""
    return isinstance(port.owner, Actor) and port.name == "reward"


def fresh_flag(module: Module) -> bool:
    return any(port.type.supplied is Supplied.FRESH and port.source is None for port in module.inputs())


def value_of(source: Out[Any]) -> str:
    return f"{source.variable}.detach()" if source.detached else source.variable


def feedback_from(repeat: Repeat, sources: Sequence[Item]) -> list[In[Any]]:
    owners = set(modules_of(sources))
    return [port for port in repeat.feedback if port.fed_by().owner in owners]


def carried(repeat: Repeat, sources: Sequence[Item]) -> list[str]:
    return [port.variable for port in feedback_from(repeat, sources)]


def modules_of(items: Sequence[Item]) -> Iterator[Module]:
    for item in items:
        if isinstance(item, Module):
            yield item
        else:
            yield from modules_of(item.body())


def writes(items: Sequence[Item]) -> list[str]:
    """Variables that a block assigns."""
    found: list[str] = []
    for item in items:
        if isinstance(item, Module):
            found += [port.variable for port in item.outputs()]
            found += [f"{item.name}_fresh"] if fresh_flag(item) else []
        else:
            found += writes(item.body()) + carried(item, item.body())
    return found


def unroll_source(program: Program, watched: frozenset[str]) -> str:
    """`def unroll(n, device, run, note)`: one pass of the whole graph."""
    out = Emitter(program, watched=watched)
    if any(repeat.loop.until is not None for repeat in program.repeats):
        for name in dict.fromkeys(writes(program.items)):
            out.put(f"{name} = None")
    out.start()
    out.items(program.items)
    return "\n".join(["def unroll(n, device, run, note):", *out.lines, "    return note"])
