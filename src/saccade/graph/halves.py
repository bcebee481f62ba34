"""The `reset` and `step` halves around one actor, with masks for episodes at different places.

`step` runs from just after the actor's decision to just before its next one. Every episode passes
the actor once a step; code of outer loops runs only for the episodes that have left the inner one.
"""

from __future__ import annotations

from collections.abc import Sequence

from .actor import Actor
from .emit import Emitter, carried, fresh_flag, writes
from .program import Item, Program, Repeat


def variables(program: Program, cut: Actor) -> list[str]:
    """Everything that an episode carries between two steps, in the order of the state tuple."""
    names = writes(program.items)
    for module in program.modules:
        for port in module.inputs():
            if port in program.feedback or (port.source is None and port.init is not None):
                names.append(port.variable)
        if fresh_flag(module):
            names.append(f"{module.name}_fresh")
    names += [repeat.counter for repeat in program.path_to(cut)]
    return list(dict.fromkeys(names))


def halves_source(program: Program, cut: Actor) -> str:
    """`reset(n, device, run, active)` and `step(n, device, run, active, state, action)`."""
    return "\n\n".join([_reset(program, cut), _step(program, cut)])


def _reset(program: Program, cut: Actor) -> str:
    path, out = program.path_to(cut), Emitter(program, cut, everyone="active")
    names = variables(program, cut)
    out.put(f"{' = '.join(names)} = None")
    out.put("reward = zeros(n, device)")
    out.start(path)
    for level, block in enumerate(_blocks(program, path)):
        before, _ = _split(block, path, level, cut)
        out.items(before)
        if _in_tail(path, level, cut):
            out.feedback(path[level - 1], path[level - 1].head)
    return "\n".join(["def reset(n, device, run, active):", *out.lines, f"    return ({', '.join(names)},)"])


def _step(program: Program, cut: Actor) -> str:
    path, out = program.path_to(cut), Emitter(program, cut, everyone="active")
    names = ", ".join(variables(program, cut))
    out.put(f"{names}, = state")
    out.put(f"{cut.action.variable} = action")
    out.put("reward = zeros(n, device)")
    _tick(program, path, cut, out)
    out.put(f"return ({names},), reward, ended, late")
    return "\n".join(["def step(n, device, run, active, state, action):", *out.lines])


def _tick(program: Program, path: list[Repeat], cut: Actor, out: Emitter) -> None:
    depth = len(path)
    blocks = _blocks(program, path)
    out.put("late = nobody(n, device)")
    if not path:
        out.items(_split(blocks[0], path, 0, cut)[1])
        out.put("ended = everyone(n, device)")
        return
    inner = path[-1]
    if cut in inner.tail:
        rest = inner.tail[inner.tail.index(cut) + 1 :]
        out.items(rest)
        out.feedback(inner, inner.tail)
        out.put(f"{inner.counter} = {inner.counter} + 1")
        out.items(inner.head)
        out.feedback(inner, inner.head)
        _exit(out, inner, depth, None)
    else:
        out.items(_split(blocks[depth], path, depth, cut)[1])
        out.feedback(inner, inner.head)
        _exit(out, inner, depth, None)
        _advance(out, inner, f"~x{depth}")
    out.put("ended = nobody(n, device)")
    with out.block(f"if x{depth}.any():"):
        _leave(program, path, blocks, cut, out)
        if cut in inner.tail and depth > 1:
            _pre(out, inner, inner.head, f"again{depth}", f"x{depth} & ~ended")
    if cut not in inner.tail:
        out.items(_split(blocks[depth], path, depth, cut)[0])


def _leave(program: Program, path: list[Repeat], blocks: list[list[Item]], cut: Actor, out: Emitter) -> None:
    """The outer loops, for the episodes that left the inner one: out to the end, and in again."""
    depth = len(path)
    for level in range(depth - 1, 0, -1):
        repeat, after = path[level - 1], _split(blocks[level], path, level, cut)[1]
        with out.masked(f"x{level + 1}", [*writes(after), *carried(repeat, repeat.head)]):
            out.items(after)
            out.feedback(repeat, repeat.head)
        _exit(out, repeat, level, f"x{level + 1}")
    after = _split(blocks[0], path, 0, cut)[1]
    with out.masked("x1", writes(after)):
        out.items(after)
    out.put("ended = x1")
    if path[0].loop.until is not None and path[0].loop.times is not None:
        out.put(f"late = x1 & ~{path[0].loop.until.variable}")
    for level in range(1, depth):
        repeat = path[level - 1]
        _advance(out, repeat, f"x{level + 1} & ~x{level}")
        out.put(f"{repeat.counter} = {repeat.counter}.masked_fill(x{level}, 0)")
        before = _split(blocks[level], path, level, cut)[0]
        _pre(out, None, before, f"in{level}", f"x{level + 1} & ~ended")
    out.put(f"{path[-1].counter} = {path[-1].counter}.masked_fill(x{depth}, 0)")


def _advance(out: Emitter, repeat: Repeat, mask: str) -> None:
    """End of an iteration for the episodes that stay in the loop."""
    name = f"stay{repeat.index}"
    out.put(f"{name} = {mask}")
    with out.masked(name, [*writes(repeat.tail), *carried(repeat, repeat.tail), repeat.counter]):
        out.items(repeat.tail)
        out.feedback(repeat, repeat.tail)
        out.put(f"{repeat.counter} = {repeat.counter} + 1")


def _pre(out: Emitter, repeat: Repeat | None, items: Sequence[Item], name: str, mask: str) -> None:
    """The first part of a loop's body, for the episodes that enter it again."""
    if not items:
        return
    out.put(f"{name} = {mask}")
    with out.masked(name, [*writes(items), *(carried(repeat, repeat.head) if repeat else [])]):
        out.items(items)
        if repeat:
            out.feedback(repeat, repeat.head)


def _exit(out: Emitter, repeat: Repeat, level: int, within: str | None) -> None:
    tests = []
    if repeat.loop.times is not None:
        tests.append(f"({repeat.counter} >= {repeat.loop.times - 1})")
    if repeat.loop.until is not None:
        tests.append(repeat.loop.until.variable)
    test = " | ".join(tests)
    out.put(f"x{level} = {f'{within} & ({test})' if within else test}")


def _blocks(program: Program, path: list[Repeat]) -> list[list[Item]]:
    """The code of each level: the top of the graph, then the head of every loop on the path."""
    return [program.items, *(list(repeat.head) for repeat in path)]


def _split(block: list[Item], path: list[Repeat], level: int, cut: Actor) -> tuple[list[Item], list[Item]]:
    """What runs before and after the inner loop (or the actor itself) within one level."""
    if _in_tail(path, level, cut):
        return block, []
    place = block.index(path[level] if level < len(path) else cut)
    return block[:place], block[place + 1 :]


def _in_tail(path: list[Repeat], level: int, cut: Actor) -> bool:
    return level == len(path) > 0 and cut in path[-1].tail
