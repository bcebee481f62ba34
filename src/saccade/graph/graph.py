"""The graph: modules wired, checked and compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any

import torch
from gymnasium.vector import AutoresetMode
from torch import Tensor, nn

from .actor import Actor
from .brain import Brain
from .check import checked
from .draw import mermaid, svg
from .emit import unroll_source
from .environment import GraphEnv, GraphVectorEnv
from .errors import WiringError, nearest
from .halves import halves_source, variables
from .module import Module
from .ports import Out
from .program import Loop, Program, build
from .trace import Trace, everyone, merge, nobody

State = tuple[Any, ...]


@dataclass(frozen=True)
class Step:
    """The result of one step of the halves, for `b` episodes."""

    state: State
    reward: Tensor  # (b,) float
    ended: Tensor  # (b,) bool: the episode is over
    late: Tensor  # (b,) bool: it is over by its time limit only


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
        self._check = check
        self._device = torch.device("cpu")
        self._unrolls: dict[frozenset[str], Callable[..., Trace]] = {}
        self._passed = False
        self.nodes = nn.ModuleDict({module.name: module for module in self._program.modules})
        first = {p.variable: p.first for m in self._program.modules for p in m.inputs() if p.init is not None}
        self._scope = {
            "count": count, "merge": merge, "everyone": everyone, "nobody": nobody, "zeros": _zeros,
            "first": SimpleNamespace(**first),
        }  # fmt: skip

    # -- what is in it --------------------------------------------------------------------------

    @property
    def program(self) -> Program:
        """The checked program: modules in order, loops, feedback edges."""
        return self._program

    @property
    def actors(self) -> list[Actor]:
        """The modules that learn by reinforcement, in order."""
        return self._program.actors

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
            PortValueError: a module returned what its port does not allow (first pass only).
        """
        key = frozenset(map(str, watch))
        function = self._unrolls.get(key) or self._compile_unroll(key)
        trace = Trace(n, self.actors, replay)
        calls = {m.name: trace.world(m) for m in self._program.modules if m.is_world}
        function(n, self._device, self._calls(n, calls), trace)
        self._passed = True
        return trace

    def halves(self, actor: Actor | None = None) -> Halves:
        """The graph cut at one actor (default: the only one), to be driven step by step.

        Raises:
            WiringError: no such actor, or several and none named.
        """
        if actor is None:
            if len(self.actors) != 1:
                names = ", ".join(a.name for a in self.actors) or "none"
                raise WiringError(f"the graph has {len(self.actors)} actors ({names}); say around which to cut, actor=")
            actor = self.actors[0]
        if actor not in self.actors:
            raise WiringError(f"{actor.name!r} is not an actor of this graph{nearest(actor.name, self.nodes)}")
        return Halves(self, actor)

    def environment(
        self,
        num_envs: int,
        actor: Actor | None = None,
        autoreset_mode: AutoresetMode = AutoresetMode.SAME_STEP,
    ) -> GraphVectorEnv:
        """Everything around one actor as a batch-native Gymnasium `VectorEnv`.

        The observation is what the actor reads, the action what it would write, the reward what
        arrives at its `reward`. The other modules run as they are, without gradients.
        """
        return GraphVectorEnv(self.halves(actor), num_envs, autoreset_mode)

    def single_environment(self, actor: Actor | None = None) -> GraphEnv:
        """The same for one episode at a time: a `gymnasium.Env`."""
        return GraphEnv(self.halves(actor))

    def agent(self, actor: Actor | None = None) -> Brain:
        """Everything that learns as one `nn.Module`, usable without the world."""
        return Brain([m for m in self._program.modules if not m.is_world], self.halves(actor).actor)

    # -- random streams and devices -------------------------------------------------------------

    def seed(self, seed: int) -> None:
        """Seed every module's own random stream; modules get different ones."""
        for place, module in enumerate(self._program.modules):
            module.rng.manual_seed(seed * 1_000_003 + place)

    def random_state(self) -> dict[str, Tensor]:
        """The random streams, by module name (uint8), for a checkpoint."""
        return {module.name: module.rng.get_state() for module in self._program.modules}

    def set_random_state(self, state: dict[str, Tensor]) -> None:
        """Continue the random streams of `random_state`."""
        for module in self._program.modules:
            module.rng.set_state(state[module.name])

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Any:
        result = super()._apply(fn, recurse)
        self._device = fn(torch.empty(0)).device
        return result

    # -- compiling ------------------------------------------------------------------------------

    def _compile_unroll(self, watched: frozenset[str]) -> Callable[..., Trace]:
        known = [str(port) for module in self._program.modules for port in module.outputs()]
        for port in watched:
            if port not in known:
                raise WiringError(f"cannot watch {port}: the graph has no such output{nearest(port, known)}")
        self._unrolls[watched] = self._compile(unroll_source(self._program, watched))["unroll"]
        return self._unrolls[watched]

    def _compile(self, source: str) -> dict[str, Any]:
        scope = dict(self._scope)
        exec(compile(source, "<graph.source()>", "exec"), scope)
        return scope

    def _calls(self, n: int, other: dict[str, Callable[..., Any]]) -> SimpleNamespace:
        check = self._check or not self._passed
        calls = {m.name: other.get(m.name, m.forward) for m in self._program.modules}
        if check:
            calls = {m.name: checked(m, calls[m.name], n) for m in self._program.modules}
        return SimpleNamespace(**calls)


class Halves:
    """A graph cut at one actor: `reset`, `step`, `observe`. Runs without gradients."""

    def __init__(self, graph: Graph, actor: Actor) -> None:
        self.graph = graph
        self.actor = actor
        self.names = variables(graph.program, actor)
        scope = graph._compile(halves_source(graph.program, actor))
        self._reset, self._step = scope["reset"], scope["step"]

    @torch.no_grad()
    def reset(self, n: int, active: Tensor | None = None) -> State:
        """Start `n` episodes and run up to the actor. `active` (n,): only these matter to a game."""
        device = self.graph._device
        active = everyone(n, device) if active is None else active
        state: State = self._reset(n, device, self.graph._calls(n, {}), active)
        self.graph._passed = True
        return state

    @torch.no_grad()
    def step(self, state: State, action: Tensor, active: Tensor | None = None) -> Step:
        """Act in every episode and run up to the next decision (or the end of the episode)."""
        n, device = int(action.shape[0]), self.graph._device
        active = everyone(n, device) if active is None else active
        return Step(*self._step(n, device, self.graph._calls(n, {}), active, state, action))

    def observe(self, state: State) -> dict[str, Tensor]:
        """What the actor reads now, by port, each `(n, …)`."""
        found = {}
        for port in self.actor.observation_ports():
            name = port.variable if port in self.graph.program.feedback or port.source is None else port.source.variable
            if name in self.names:
                found[port.name] = state[self.names.index(name)]
        return found

    def merge(self, mask: Tensor, new: State, old: State) -> State:
        """New state for the episodes in `mask` `(n,)`, old state for the others."""
        return merge(mask, new, old)


def _zeros(n: int, device: torch.device) -> Tensor:
    return torch.zeros(n, dtype=torch.int64, device=device)
