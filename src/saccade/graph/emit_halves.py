"""The `reset` and `step` halves around one actor, with masks for episodes at different places.

`step` runs from just after the actor's decision to just before its next one. Code of outer loops
runs only for the episodes that have left the inner one (`x1`, `x2`, … mark who has left the loop
of that level, 1 the outermost). An episode cut off by the time limit of the outermost loop
(`truncated`) goes on to its next decision, without reward, so that the observation there can be evaluated; an
episode that is over stays as it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .actor import Actor
from .emit import Emitter, feedback_from, fresh_ports, rewarded_by, writes
from .module import Module
from .ports import Out
from .program import Item, Program, Repeat


def variables(program: Program, cut: Actor) -> list[str]:
    """Everything that an episode carries between two steps, in the order of the state tuple."""
    names = writes(program.items)
    for module in program.modules:
        held = [p for p in module.inputs() if p in program.feedback or (p.source is None and p.init is not None)]
        names += [port.variable for port in (*held, *fresh_ports(module))]
    names += [repeat.counter for repeat in program.path_to(cut)]
    return list(dict.fromkeys(names))


def halves_source(program: Program, cut: Actor) -> str:
    """`reset(n, device, run, active)` and `step(n, device, run, active, state, action)`."""
    return "\n\n".join([_Half(program, cut=cut).reset(), _Half(program, cut=cut).step()])


@dataclass
class _Half(Emitter):
    """Writes one half; `cut` is the actor whose action comes from outside."""

    everyone: str = "active"
    cut: Actor = field(kw_only=True)
    may_be_done: bool = False  # some episodes may be over here, and get no more reward

    def __post_init__(self) -> None:
        self.path = self.program.path_to(self.cut)
        self.in_tail = bool(self.path) and self.cut in self.path[-1].tail
        outer = self.path[0].loop if self.path else None
        self.limited = outer is not None and outer.until is not None and outer.times is not None

    def reset(self) -> str:
        """From the start of an episode to just before the first decision."""
        self.limited = False  # an episode without a decision gives way to the next one, it does not go on
        names = variables(self.program, self.cut)
        self.put(f"{' = '.join(names)} = None")
        self.put("reward, done, truncated = nothing(n, device), nobody(n, device), nobody(n, device)")
        self.start()
        for repeat in self.path:
            self.put(f"{repeat.counter} = zeros(n, device)")
            if repeat.loop.until is not None:  # it may be tested before any episode has come to it
                self.put(f"{repeat.loop.until.variable} = nobody(n, device)")
        for level in range(len(self.path) + 1):
            self.items(self.ahead(level))
        if self.in_tail:
            inner = self.path[-1]
            self.carry(inner, inner.head)
            if inner.loop.until is not None:
                self.leave(f"active & {inner.loop.until.variable}")
            self.approach()
        return "\n".join(["def reset(n, device, run, active):", *self.lines, f"    return ({', '.join(names)},), done"])

    def step(self) -> str:
        """From just after a decision to just before the next one, or the end."""
        names = ", ".join(variables(self.program, self.cut))
        self.put(f"{names}, = state")
        self.put(f"{self.cut.action.variable} = action")
        self.put("reward, done, truncated = nothing(n, device), nobody(n, device), nobody(n, device)")
        if self.path:
            self.to_exit(self.path[-1])
            self.leave(f"active & {_exit(self.path[-1])}")
            if not self.in_tail:
                self.stay(len(self.path), f"active & ~x{len(self.path)}")
            self.approach()
        else:
            self.items(self.behind(0))
            self.put("done = active")
        self.put(f"return ({names},), reward, done, truncated")
        return "\n".join(["def step(n, device, run, active, state, action):", *self.lines])

    # -- the way from one decision to the next ------------------------------------------------

    def to_exit(self, inner: Repeat) -> None:
        """From the decision to the exit test of the innermost loop."""
        if self.in_tail:
            self.items(inner.tail[inner.tail.index(self.cut) + 1 :])
            self.carry(inner, inner.tail)
            self.put(f"{inner.counter} = {inner.counter} + active")
            self.part(inner, inner.head)
        else:
            self.items(self.behind(len(self.path)))
            self.carry(inner, inner.head)

    def leave(self, test: str) -> None:
        """Out of the inner loop, as far as each episode comes, and in again with those that go on."""
        depth, inner = len(self.path), self.path[-1]
        again = self.in_tail and depth > 1  # the way in may lead out again before it comes to the actor
        self.put(f"x{depth} = {test}")
        with self.block(f"{'while' if again else 'if'} x{depth}.any():"):
            self.may_be_done = True
            for level in range(depth - 1, 0, -1):
                repeat = self.path[level - 1]
                self.only(f"x{level + 1}", self.behind(level), repeat, repeat.head)
                self.put(f"x{level} = x{level + 1} & {_exit(repeat)}")
            self.only("x1", self.behind(0))
            self.end()
            for level in range(1, depth):
                self.stay(level, f"x{level + 1} & ~x{level}")
                self.put(f"{self.path[level].counter} = {self.path[level].counter}.masked_fill(x{level + 1}, 0)")
                self.only(f"x{level + 1} & ~x1", self.ahead(level))
            if again:
                self.put(f"in{depth} = x{depth} & ~x1")
                self.only(f"in{depth}", inner.head, inner, inner.head)
                self.put(f"x{depth} = in{depth} & {_exit(inner)}")

    def end(self) -> None:
        """The end of episodes; those that only now pass their time limit are `truncated`, and taken out of `x1`."""
        until = self.path[0].loop.until
        if not self.limited or until is None:
            self.put("done = done | x1")
            return
        self.put(f"spent = x1 & ~done & ~{until.variable}")
        self.put("truncated = truncated | spent")
        self.put("done = done | x1")
        self.put("x1 = x1 & ~spent")

    def stay(self, level: int, test: str) -> None:
        """End of an iteration for the episodes that stay in the loop of a level."""
        repeat = self.path[level - 1]
        self.put(f"stay{level} = {test}")
        self.only(f"stay{level}", repeat.tail, repeat, repeat.tail)
        # Past the time limit the counter stands still: a table of `times` rows has no row for it.
        more = f"(stay{level} & ~truncated)" if level == 1 and self.limited else f"stay{level}"
        self.put(f"{repeat.counter} = {repeat.counter} + {more}")

    def approach(self) -> None:
        """The last piece before the actor, for the episodes that come to it."""
        inner = self.path[-1]
        items = inner.tail[: inner.tail.index(self.cut)] if self.in_tail else self.ahead(len(self.path))
        self.only("active & ~done | truncated" if self.limited else "active & ~done", items)

    # -- pieces -------------------------------------------------------------------------------

    def only(self, mask: str, items: Sequence[Item], repeat: Repeat | None = None, feeds: Sequence[Item] = ()) -> None:
        """Modules for the episodes in `mask`, if there are any, and the feedback edges out of `feeds`."""
        edges = feedback_from(repeat, feeds) if repeat else []
        if not items and not edges:
            return
        if not mask.isidentifier():
            self.put(f"on = {mask}")
            mask = "on"
        with self.block(f"if {mask}.any():"), self.masked(mask, [*writes(items), *(port.variable for port in edges)]):
            self.items(items)
            if repeat:
                self.carry(repeat, feeds)

    def ahead(self, level: int) -> list[Item]:
        """What stands before the inner loop (or the actor itself) in the loop of a level; 0 is the graph."""
        block, place = self.place(level)
        return block[:place]

    def behind(self, level: int) -> list[Item]:
        """What stands after it."""
        block, place = self.place(level)
        return block[place + 1 :]

    def place(self, level: int) -> tuple[list[Item], int]:
        """The block of a level, and where in it the way leads on inwards."""
        block = self.path[level - 1].head if level else self.program.items
        if level < len(self.path):
            return block, block.index(self.path[level])
        return block, len(block) if self.in_tail else block.index(self.cut)

    def callee(self, module: Module, args: str) -> str:
        """Every module runs as it is, other actors too."""
        return f"run.{module.name}({args})"

    def record(self, port: Out[Any]) -> None:
        """Add up the reward of the actor outside; nothing else is kept."""
        if self.cut in rewarded_by(self.program, port):
            masks = [*filter(None, [self.mask]), *(["~done"] if self.may_be_done else [])]
            credit = f"where({' & '.join(masks)}, {port.variable}, 0.0)" if masks else port.variable
            self.put(f"reward = reward + {credit}")

    def running(self, mask: str) -> str:
        """Nothing is recorded."""
        return mask


def _exit(repeat: Repeat) -> str:
    """Whether an episode leaves a loop, at its exit test."""
    times, until = repeat.loop.times, repeat.loop.until
    tests = [*([f"({repeat.counter} >= {times - 1})"] if times else []), *([until.variable] if until else [])]
    return tests[0] if len(tests) == 1 else f"({' | '.join(tests)})"
