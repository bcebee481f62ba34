"""The graph: modules wired, checked and compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import torch
from gymnasium.vector import AutoresetMode
from torch import Tensor, nn

from saccade.hints import nearest

from .actor import Actor
from .brain import Brain
from .check import checked
from .draw import mermaid, svg
from .emit import unroll_source
from .emit_halves import halves_source
from .environment import GraphEnv, GraphVectorEnv, Picture
from .errors import WiringError
from .halves import Halves
from .module import Module, by_name
from .ports import Out
from .program import Loop, Program, build
from .runtime import Runtime
from .trace import Trace


class Graph(nn.Module):
    """Modules and loops, in the order in which they run.

    Args:
        parts: modules and `Loop`s.
        check: check every value at every call, not only on the first pass.

    Raises:
        WiringError: an input never fed, or read before it is first written without `init=`; a
            source that is not in the graph; two modules of one name; an action that nothing reads.
            The message names the ports and says what to do.
    """

    def __init__(self, *parts: Module | Loop, check: bool = False) -> None:
        super().__init__()
        self._program: Program = build(parts)
        self._actors = self._program.actors
        self._worlds = [module for module in self._program.modules if module.is_world]
        self.nodes = by_name(self._program.modules)
        like = next((p for p in self.parameters() if p.is_floating_point()), torch.empty(0))
        self.runtime = Runtime(self._program, check, like)

    # -- what is in it --------------------------------------------------------------------------

    @property
    def program(self) -> Program:
        """The checked program: modules in order, loops, feedback edges."""
        return self._program

    @property
    def actors(self) -> list[Actor]:
        """The modules that learn by reinforcement, in order."""
        return self._actors

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.runtime.device

    def source(self, watch: Sequence[Out[Any]] = ()) -> str:
        """The compiled code: `unroll`, then the `reset` and `step` halves around each actor."""
        parts = [unroll_source(self._program, frozenset(map(str, watch)))]
        parts += [f"# around {actor.name}\n{halves_source(self._program, actor)}" for actor in self.actors]
        return "\n\n".join(parts) + "\n"

    def mermaid(self) -> str:
        """The wiring as Mermaid text; feedback edges are dotted."""
        return mermaid(self._program)

    def svg(self) -> str:
        """The wiring as a self-contained SVG picture, drawn here."""
        return svg(self._program)

    # -- running it -----------------------------------------------------------------------------

    def unroll(self, n: int, watch: Sequence[Out[Any]] = (), replay: Trace | None = None) -> Trace:
        """Run `n` episodes from beginning to end, with gradients.

        Args:
            n: parallel episodes.
            watch: ports whose values the trace keeps.
            replay: a trace of `n` episodes; the world's outputs and the actions are taken from it.

        Raises:
            WiringError: a watched port is not in the graph.
            PortValueError: a value is not what its port allows (first pass only).
            ValueError: `replay` is another graph's, or of another number of episodes; `n` is below 1.
        """
        if n < 1:
            raise ValueError(f"unroll({n}): a pass needs 1 episode or more")
        function = self.runtime.unroll(frozenset(map(str, watch)))
        check, unchecked = self.runtime.checks, self.runtime.unchecked
        trace = Trace(n, self._actors, replay, check)
        worlds = {module.name: trace.world(module, self.runtime.forward_of(module)) for module in self._worlds}
        if check:
            worlds = {m.name: checked(m, worlds[m.name], n, unchecked) for m in self._worlds}
        trace.worlds = SimpleNamespace(**worlds)
        function(n, self.device, self.runtime.calls(n), trace)
        unchecked.clear()
        return trace

    def halves(self, actor: Actor | None = None) -> Halves:
        """The graph cut at one actor (default: the only one), to be driven step by step.

        Raises:
            WiringError: no such actor, or several and none named.
        """
        return Halves(self.runtime, self._the(actor))

    def environment(
        self,
        num_envs: int,
        actor: Actor | None = None,
        autoreset_mode: AutoresetMode = AutoresetMode.SAME_STEP,
        render_mode: str | None = None,
        picture: Picture | None = None,
    ) -> GraphVectorEnv:
        """Everything around one actor as a batch-native Gymnasium `VectorEnv`.

        The observation is what the actor reads, the action what it would write, the reward what
        arrives at its `reward`. The other modules run as they are, without gradients. An episode
        that ends before the actor's first turn is not seen: the next one takes its place.

        `render_mode` "rgb_array" shows `picture(value)`, uint8 `(num_envs, height, width, 3)`, where `value(port)` is what a port holds.
        """
        return GraphVectorEnv(self.halves(actor), num_envs, autoreset_mode, render_mode, picture)

    def single_environment(
        self, actor: Actor | None = None, render_mode: str | None = None, picture: Picture | None = None
    ) -> GraphEnv:
        """The same for one episode at a time: a `gymnasium.Env`."""
        return GraphEnv(self.halves(actor), render_mode, picture)

    def agent(self, actor: Actor | None = None) -> Brain:
        """Everything that learns as one `nn.Module`, usable without the world."""
        return Brain([m for m in self._program.modules if not m.is_world], self._the(actor))

    def _the(self, actor: Actor | None) -> Actor:
        if actor is None:
            if len(self.actors) != 1:
                names = ", ".join(a.name for a in self.actors) or "none"
                raise WiringError(f"the graph has {len(self.actors)} actors ({names}); say which one, actor=")
            return self.actors[0]
        if actor not in self.actors:
            hint = nearest(actor.name, [a.name for a in self.actors])
            raise WiringError(f"{actor.name!r} is not an actor of this graph{hint}")
        return actor

    def brain_state(self) -> dict[str, Tensor]:
        """Parameters and buffers of everything but the world, to carry into another graph."""
        worlds = tuple(f"nodes.{m.name}." for m in self._program.modules if m.is_world)
        return {name: value for name, value in self.state_dict().items() if not name.startswith(worlds)}

    def load_brain_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over a `brain_state`; the world stays as it is.

        Raises:
            WiringError: a tensor is missing, of another shape, or belongs to no module here.
        """
        mine = self.brain_state()
        wrong = sorted(mine.keys() ^ state.keys()) + [
            n for n in mine.keys() & state.keys() if mine[n].shape != state[n].shape
        ]
        if wrong:
            raise WiringError(
                f"the weights are of another system: {wrong[0]} does not match (and {len(wrong) - 1} more)"
            )
        self.load_state_dict({**self.state_dict(), **state})

    # -- random streams and devices -------------------------------------------------------------

    def seed(self, seed: int) -> None:
        """Seed every module; each has a random stream of its own, and they get different ones."""
        self.runtime.seed(seed)

    def random_state(self) -> dict[str, Tensor]:
        """The random streams, by module name (uint8), for a checkpoint."""
        return {module.name: module.rng.get_state() for module in self._program.modules}

    def set_random_state(self, state: dict[str, Tensor]) -> None:
        """Continue the random streams of `random_state`."""
        for module in self._program.modules:
            module.rng.set_state(state[module.name])
