"""Pictures of the wiring as text: Mermaid and SVG. No server, no other program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from .actor import Actor
from .module import Module
from .ports import In
from .program import Item, Program, Repeat, modules_of

_WIDTH, _HEIGHT, _GAP, _LANE = 118, 54, 56, 30
_MERMAID_WORDS = {"end", "graph", "subgraph", "flowchart", "style", "class", "click", "default", "direction", "call"}


def mermaid(program: Program) -> str:
    """Mermaid flowchart; loops are subgraphs, edges backwards dotted, actors hexagons, the world cylinders."""
    lines = ["flowchart LR", *_mermaid_items(program.items, 1)]
    for port in _edges(program):
        source, target = port.fed_by().owner, port.owner
        arrow = "-->" if program.modules.index(source) < program.modules.index(target) else "-.->"
        lines.append(f'  {_id(source)} {arrow}|"{_label(port)}"| {_id(target)}')
    return "\n".join(lines) + "\n"


def _mermaid_items(items: list[Item], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for item in items:
        if isinstance(item, Repeat):
            yield f'{pad}subgraph loop{item.index}["{_loop_title(item)}"]'
            yield from _mermaid_items(item.body(), depth + 1)
            yield f"{pad}end"
        else:
            left, right = ("{{", "}}") if isinstance(item, Actor) else ("[(", ")]") if item.is_world else ("[", "]")
            yield f'{pad}{_id(item)}{left}"{item.name}: {type(item).__name__}"{right}'


def _id(module: Module) -> str:
    return f"{module.name}_" if module.name in _MERMAID_WORDS else module.name


def _label(port: In[Any]) -> str:
    source = port.fed_by()
    label = source.name if source.name == port.name else f"{source.name} → {port.name}"
    return f"{label} (no gradient)" if source.detached else label


def _loop_title(repeat: Repeat) -> str:
    times = f" × {repeat.loop.times}" if repeat.loop.times else ""
    until = f" until {repeat.loop.until}" if repeat.loop.until else ""
    return f"Loop{times}{until}"


def _edges(program: Program) -> Iterator[In[Any]]:
    for module in program.modules:
        yield from (port for port in module.inputs() if port.source is not None)


@dataclass(frozen=True)
class _Arc:
    port: In[Any]
    left: int  # columns
    right: int
    forward: bool
    lane: int


def svg(program: Program) -> str:
    """The modules in a row in the order they run; edges forward above, feedback dotted below."""
    column = {module: place for place, module in enumerate(program.modules)}
    above = _lanes([_span(port, column) for port in _edges(program)], forward=True)
    below = _lanes([_span(port, column) for port in _edges(program)], forward=False)
    top = 26 + _LANE * (1 + max((arc.lane for arc in above), default=0)) + 16 * _depth(program.items)
    base = top + _HEIGHT
    height = base + 36 + _LANE * (1 + max((arc.lane for arc in below), default=0)) + 8 * _depth(program.items)
    width = len(column) * (_WIDTH + _GAP) + _GAP
    body = [*_loop_boxes(program.items, column, top, base)]
    body += [
        _arc(arc, *ends, top, base) for arcs in (above, below) for arc, ends in zip(arcs, _ends(arcs), strict=True)
    ]
    body += [_node(module, place, top) for module, place in column.items()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="12">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#475569"/></marker></defs>'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>' + "".join(body) + "</svg>"
    )


def _span(port: In[Any], column: dict[Module, int]) -> tuple[In[Any], int, int]:
    return port, column[port.fed_by().owner], column[port.owner]


def _lanes(spans: list[tuple[In[Any], int, int]], forward: bool) -> list[_Arc]:
    """Give every edge of one direction a lane in which it crosses no other."""
    placed: list[_Arc] = []
    chosen = [span for span in spans if (span[1] < span[2]) is forward]
    for port, source, target in sorted(chosen, key=lambda span: abs(span[1] - span[2])):
        left, right = min(source, target), max(source, target)
        taken = {
            arc.lane
            for arc in placed
            if (arc.left < right and left < arc.right) or (arc.left, arc.right) == (left, right)
        }
        lane = next(lane for lane in range(len(placed) + 1) if lane not in taken)
        placed.append(_Arc(port, left, right, forward, lane))
    return placed


def _x(place: int) -> int:
    return _GAP + place * (_WIDTH + _GAP)


def _ends(arcs: list[_Arc]) -> list[tuple[int, int]]:
    """Where each edge leaves its box and enters the other: spread over the half that faces the way it goes.

    The order within a half is that of the lanes, so that edges of one box do not cross.
    """

    def place(box: int, lane: int, lanes: list[int], right_half: bool) -> int:
        share = (sorted(lanes).index(lane) + 1) / (len(lanes) + 1)  # higher lanes lie towards the box's middle
        return _x(box) + round(_WIDTH / 2 * (2 - share if right_half else share))

    found = []
    for arc in arcs:
        start, end = (arc.left, arc.right) if arc.forward else (arc.right, arc.left)
        out = [other.lane for other in arcs if (other.left if other.forward else other.right) == start]
        into = [other.lane for other in arcs if (other.right if other.forward else other.left) == end]
        found.append((place(start, arc.lane, out, arc.forward), place(end, arc.lane, into, not arc.forward)))
    return found


def _arc(arc: _Arc, x0: int, x1: int, top: int, base: int) -> str:
    edge, sign = (top, -1) if arc.forward else (base, 1)
    y = edge + sign * (_LANE * (arc.lane + 1) - 6)
    dash = "" if arc.forward else ' stroke-dasharray="5 4"'
    return (
        f'<path d="M{x0} {edge} V{y + 8 * -sign} Q{x0} {y} {x0 + (8 if x1 > x0 else -8)} {y} '
        f'H{x1 - (8 if x1 > x0 else -8)} Q{x1} {y} {x1} {y + 8 * -sign} V{edge + sign}" '
        f'fill="none" stroke="#475569" stroke-width="1.3"{dash} marker-end="url(#tip)"/>'
        f'<text x="{(x0 + x1) // 2}" y="{y - 4 if arc.forward else y + 13}" text-anchor="middle" fill="#334155" stroke="#fff" '
        f'stroke-width="4" paint-order="stroke">{escape(_label(arc.port))}</text>'
    )


def _node(module: Module, place: int, top: int) -> str:
    fill, line = ("#fef3c7", "#b45309") if isinstance(module, Actor) else ("#dcfce7", "#15803d")
    if not isinstance(module, Actor) and not module.is_world:
        fill, line = "#dbeafe", "#1d4ed8"
    x, name, kind = _x(place), escape(module.name), escape(type(module).__name__)
    middle = f'x="{x + _WIDTH // 2}" text-anchor="middle"'
    return (
        f'<rect x="{x}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="{fill}" stroke="{line}"/>'
        f'<text {middle} y="{top + 24}" font-weight="600">{name}</text>'
        f'<text {middle} y="{top + 41}" fill="#64748b">{kind}</text>'
    )


def _depth(items: list[Item]) -> int:
    return max((1 + _depth(item.body()) for item in items if isinstance(item, Repeat)), default=0)


def _loop_boxes(items: list[Item], column: dict[Module, int], top: int, base: int) -> Iterator[str]:
    for item in items:
        if not isinstance(item, Repeat):
            continue
        inside = [column[module] for module in modules_of(item.body())]
        pad = 8 + 8 * _depth(item.body())
        x, width = _x(min(inside)) - pad, (max(inside) - min(inside)) * (_WIDTH + _GAP) + _WIDTH + 2 * pad
        yield (
            f'<rect x="{x}" y="{top - pad - 8}" width="{width}" height="{base - top + 2 * pad + 16}" rx="12" '
            f'fill="#f8fafc" stroke="#94a3b8" stroke-dasharray="2 3"/>'
            f'<text x="{x + width - 8}" y="{base + pad + 3}" text-anchor="end" fill="#475569" font-size="11">'
            f"{escape(_loop_title(item))}</text>"
        )
        yield from _loop_boxes(item.body(), column, top, base)
