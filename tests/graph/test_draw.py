from __future__ import annotations

import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from saccade.graph import Graph, Loop

from .games import Policy, Walk, card_game, game, goals
from .parts import reading

GRAPHS = {"reading": reading, "game": game, "goals": goals, "cards": lambda: card_game(2)}


@pytest.mark.parametrize("name", GRAPHS)
def test_mermaid_shows_every_edge(name: str) -> None:
    graph = GRAPHS[name]().graph
    text = graph.mermaid()
    edges = re.findall(r'^  (\w+) (-->|-\.->)\|"([^"|]+)"\| (\w+)$', text, re.MULTILINE)
    ports = [port for module in graph.program.modules for port in module.inputs() if port.source is not None]
    assert len(edges) == len(ports) > 0
    for port, (source, arrow, label, target) in zip(ports, edges, strict=True):
        assert (source, target) == (port.source.owner.name, port.owner.name)
        assert port.source.name in label
        assert port.name in label
        assert (port in graph.program.feedback) <= (arrow == "-.->")
    for module in graph.program.modules:
        assert f'"{module.name}: {type(module).__name__}"' in text
    assert text.count("subgraph ") == text.count("  end\n") == len(graph.program.repeats)


@pytest.mark.parametrize("name", GRAPHS)
def test_svg_is_xml_and_shows_every_module_and_edge(name: str) -> None:
    graph = GRAPHS[name]().graph
    root = ElementTree.fromstring(graph.svg())
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for module in graph.program.modules:
        assert module.name in texts
        assert type(module).__name__ in texts
    edges = [path for path in root.iter("{http://www.w3.org/2000/svg}path") if path.get("marker-end")]
    assert len(edges) == sum(port.source is not None for m in graph.program.modules for port in m.inputs())
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, w, h = (float(box.get(key, 0)) for key in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height


@pytest.mark.parametrize("name", GRAPHS)
def test_edges_end_on_their_modules(name: str) -> None:
    root = ElementTree.fromstring(GRAPHS[name]().graph.svg())
    boxes = [box for box in root.iter("{http://www.w3.org/2000/svg}rect") if box.get("rx") == "8"]
    reach = [(float(box.get("x", 0)), float(box.get("x", 0)) + float(box.get("width", 0))) for box in boxes]
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        if path.get("marker-end"):
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d", ""))]
            for x in (numbers[0], numbers[-3]):  # where it begins, and the last x before it comes down
                assert any(low < x < high for low, high in reach)


def test_edges_of_one_side_do_not_lie_on_each_other() -> None:
    root = ElementTree.fromstring(goals().graph.svg())
    paths = [p.get("d", "") for p in root.iter("{http://www.w3.org/2000/svg}path") if p.get("marker-end")]
    assert len(set(paths)) == len(paths)


def test_loops_and_cut_gradients_are_shown() -> None:
    text = reading(6, cut=True).graph.mermaid()
    assert 'loop0["Loop × 6"]' in text
    assert "hidden → observation (no gradient)" in text
    assert "hidden → observation (no gradient)" in reading(6, cut=True).graph.svg()
    limited = game(4).graph
    assert "Loop × 4 until walk.over" in limited.mermaid()
    assert "Loop × 4 until walk.over" in limited.svg()


def test_a_word_of_mermaid_as_a_name() -> None:
    s = SimpleNamespace(walk=Walk().named("end"), policy=Policy())
    s.walk.screen >> s.policy.observation
    s.policy.action >> s.walk.move
    s.walk.reward >> s.policy.reward
    text = Graph(Loop(s.walk, s.policy, times=2)).mermaid()
    assert 'end_[("end: Walk")]' in text
    assert 'end_ -->|"screen → observation"| policy' in text


def test_the_source_is_python_and_shows_every_call() -> None:
    graph = goals(3, 2).graph
    source = graph.source(watch=[graph.program.modules[0].screen])
    compile(source, "source", "exec")
    for module in graph.program.modules:
        assert f".{module.name}" in source
    assert "note.watch('look.screen', m0, look_screen)" in source
    assert source.count("def ") == 5
