"""Tiny games for the tests: episodes that end at different times, and actors anywhere in loops inside loops."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from saccade.graph import Active, Actor, Decision, Fresh, Graph, In, Loop, Module, Out, Step, World

# -- a walk on a line, from -1, 0 or 1 to either end --------------------------------------------------


class Board:
    """The game itself: one position for each episode. The start depends on the row and the episode's number."""

    def __init__(self, end: int = 3) -> None:
        self.end = end
        self.place = self.episode = torch.zeros(0, dtype=torch.int64)

    def restart(self, fresh: Tensor) -> None:
        if len(self.place) != len(fresh):
            self.place = torch.zeros(len(fresh), dtype=torch.int64)
            self.episode = torch.zeros(len(fresh), dtype=torch.int64)
        self.place = torch.where(fresh, start_of(torch.arange(len(fresh)), self.episode), self.place)
        self.episode = self.episode + fresh

    def move(self, move: Tensor, active: Tensor) -> None:
        assert not (active & self.over).any(), "a game that is over was moved"
        self.place = self.place + active * (2 * move - 1)

    @property
    def over(self) -> Tensor:
        return self.place.abs() >= self.end

    @property
    def screen(self) -> Tensor:
        return torch.stack([self.place, self.place % 2], dim=1).float()


def start_of(row: Any, episode: Any) -> Any:
    return (row + 2 * episode) % 3 - 1


class OnBoard(World):
    """A world that keeps its state on a board, which others may share."""

    def __init__(self, board: Board | None = None) -> None:
        super().__init__()
        self.board = board or Board()

    def seed(self, seed: int) -> None:
        super().seed(seed)
        self.board.episode = torch.zeros_like(self.board.episode)


class Walk(OnBoard):
    """The whole game in one module, which runs before the policy: the first call only shows the board."""

    move: In[Int[Tensor, "b"]] = In(init=0)
    fresh: In[Fresh]
    active: In[Active]
    screen: Out[Float[Tensor, "b 2"]]
    reward: Out[Float[Tensor, "b"]]
    over: Out[Bool[Tensor, "b"]]

    def forward(self, move: Tensor, fresh: Tensor, active: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        self.board.restart(fresh)
        self.board.move(move, active & ~fresh)
        reward = 1.0 + self.board.place.float()  # so that every step has another reward
        return self.board.screen, torch.where(active, reward, torch.nan), self.board.over


class Look(OnBoard):
    """Shows the board, and lays it out when an episode begins."""

    fresh: In[Fresh]
    screen: Out[Float[Tensor, "b 2"]]

    def forward(self, fresh: Tensor) -> Tensor:
        self.board.restart(fresh)
        return self.board.screen


class See(OnBoard):
    """Shows the board again."""

    after: In[Float[Tensor, "b 2"]]
    screen: Out[Float[Tensor, "b 2"]]

    def forward(self, after: Tensor) -> Tensor:
        return self.board.screen


class Press(OnBoard):
    """Moves on the board."""

    move: In[Int[Tensor, "b"]]
    active: In[Active]
    reward: Out[Float[Tensor, "b"]]
    over: Out[Bool[Tensor, "b"]]

    def forward(self, move: Tensor, active: Tensor) -> tuple[Tensor, Tensor]:
        self.board.move(move, active)
        return 1.0 + self.board.place.float(), self.board.over


class Policy(Actor):
    """Chooses 0 or 1; in `eval()` mode by the sign of its observation. Keeps its observations in `observations`."""

    observation: In[Float[Tensor, "b f"]]
    action: Out[Int[Tensor, "b"]]

    def __init__(self, f: int = 2) -> None:
        super().__init__()
        self.f = f
        self.head = nn.Linear(f, 2)
        self.observations: list[Tensor] = []

    @property
    def action_space(self) -> gym.Space[Any]:
        return gym.spaces.Discrete(2)

    def decide(self, observation: Tensor, action: Tensor | None = None) -> Decision:
        self.observations.append(observation.clone())
        logs = torch.log_softmax(self.head(observation), 1)
        if action is None and self.training:
            action = torch.randint(0, 2, (len(observation),), generator=self.rng)
        elif action is None:
            action = (observation.sum(1) > 0).long()
        return Decision(action, logs.gather(1, action[:, None])[:, 0], logs[:, 0], -(logs.exp() * logs).sum(1))


class Critic(Module):
    """Is the goal reached (0: left of the middle, 1: right of it), or the game over?"""

    goal: In[Int[Tensor, "b"]]
    screen: In[Float[Tensor, "b 2"]]
    over: In[Bool[Tensor, "b"]]
    reached: Out[Float[Tensor, "b"]]
    done: Out[Bool[Tensor, "b"]]

    def forward(self, goal: Tensor, screen: Tensor, over: Tensor) -> tuple[Tensor, Tensor]:
        reached = torch.where(goal == 1, screen[:, 0] >= 1, screen[:, 0] <= -1)
        return reached.float(), reached | over


class GoalView(Module):
    """The controller's observation: the board and its goal."""

    screen: In[Float[Tensor, "b 2"]]
    goal: In[Int[Tensor, "b"]]
    view: Out[Float[Tensor, "b 3"]]

    def forward(self, screen: Tensor, goal: Tensor) -> Tensor:
        return torch.cat([screen, 2.0 * goal[:, None] - 1], dim=1)


def game(times: int | None = None, check: bool = False) -> SimpleNamespace:
    """The policy stands at the end of the loop and acts on what the walk has just shown."""
    torch.manual_seed(0)
    walk, policy = Walk(), Policy()
    walk.screen >> policy.observation
    policy.action >> walk.move
    walk.reward >> policy.reward
    graph = Graph(Loop(walk, policy, times=times, until=walk.over), check=check)
    return SimpleNamespace(graph=graph, walk=walk, policy=policy, actor=policy, board=walk.board)


def game_in_the_middle(times: int | None = None) -> SimpleNamespace:
    """The policy stands between two modules of the loop, the board is moved after it."""
    torch.manual_seed(0)
    board = Board()
    look, policy, press = Look(board), Policy(), Press(board)
    look.screen >> policy.observation
    policy.action >> press.move
    press.reward >> policy.reward
    graph = Graph(Loop(look, policy, press, times=times, until=press.over))
    return SimpleNamespace(graph=graph, policy=policy, actor=policy, board=board)


def goals(outer: int | None = None, inner: int | None = None, end: int = 3) -> SimpleNamespace:
    """A meta-controller outside sets a goal; a controller inside acts until it is reached or the game over."""
    torch.manual_seed(0)
    board = Board(end)
    look, meta, see, goal_view = Look(board), Policy(2).named("meta"), See(board), GoalView()
    controller, press, after, critic = Policy(3).named("controller"), Press(board), See(board).named("after"), Critic()
    look.screen >> meta.observation
    look.screen >> see.after
    see.screen >> goal_view.screen
    meta.action >> goal_view.goal
    goal_view.view >> controller.observation
    controller.action >> press.move
    see.screen >> after.after
    after.screen >> critic.screen
    meta.action >> critic.goal
    press.over >> critic.over
    critic.reached >> controller.reward
    press.reward >> meta.reward
    inside = Loop(see, goal_view, controller, press, after, critic, times=inner, until=critic.done)
    graph = Graph(Loop(look, meta, inside, times=outer, until=press.over))
    return SimpleNamespace(graph=graph, meta=meta, controller=controller, board=board)


class Deal(World):
    """Deals 0 to 3 cards to each episode, other numbers at every call; 0 makes a round without a decision."""

    active: In[Active]
    fresh: In[Fresh]
    cards: Out[Int[Tensor, "b"]]
    last: Out[Bool[Tensor, "b"]]

    def __init__(self) -> None:
        super().__init__()
        self.calls = self.rounds = torch.zeros(0, dtype=torch.int64)

    def seed(self, seed: int) -> None:
        super().seed(seed)
        self.calls = torch.zeros_like(self.calls)

    def forward(self, active: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor]:
        if len(self.calls) != len(active):
            self.calls = self.rounds = torch.zeros(len(active), dtype=torch.int64)
        self.calls = self.calls + active
        self.rounds = torch.where(fresh, 0, self.rounds) + active
        cards = (5 * torch.arange(len(active)) + 3 * self.calls) % 7 % 4
        return cards, self.rounds >= 3


class Play(World):
    """Plays the cards of a round: over when they are used up."""

    cards: In[Int[Tensor, "b"]]
    card: In[Int[Tensor, "b"]] = In(init=0)
    step: In[Step]
    table: Out[Float[Tensor, "b 2"]]
    reward: Out[Float[Tensor, "b"]]
    out: Out[Bool[Tensor, "b"]]

    def forward(self, cards: Tensor, card: Tensor, step: int | Tensor) -> tuple[Tensor, Tensor, Tensor]:
        step = step + torch.zeros_like(cards)
        return torch.stack([cards, step], 1).float(), (card + 10.0 * step + 1), step >= cards


def card_game(times: int | None = None, inner: int | None = None) -> SimpleNamespace:
    """The policy ends an inner loop that may be over before its turn comes."""
    torch.manual_seed(0)
    deal, play, policy = Deal(), Play(), Policy()
    deal.cards >> play.cards
    policy.action >> play.card
    play.table >> policy.observation
    play.reward >> policy.reward
    graph = Graph(Loop(deal, Loop(play, policy, times=inner, until=play.out), times=times, until=deal.last))
    return SimpleNamespace(graph=graph, deal=deal, policy=policy, actor=policy)


class Duet(World):
    """Shows the last actions of two policies, and rewards both for them."""

    left: In[Int[Tensor, "b"]] = In(init=0)
    right: In[Int[Tensor, "b"]] = In(init=0)
    shows: Out[Float[Tensor, "b 2"]]
    reward: Out[Float[Tensor, "b"]]

    def forward(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        shows = torch.stack([left, right], 1).float()
        return 2 * shows - 1, shows @ torch.tensor([1.0, 10.0])


def pair() -> SimpleNamespace:
    """Two policies at the end of one loop."""
    torch.manual_seed(0)
    duet, left, right = Duet(), Policy().named("left"), Policy().named("right")
    for policy, port in ((left, duet.left), (right, duet.right)):
        duet.shows >> policy.observation
        policy.action >> port
        duet.reward >> policy.reward
    return SimpleNamespace(graph=Graph(Loop(duet, left, right, times=5)), left=left, right=right)


class Tick(World):
    """Observation, reward and end by a rule of its own for every row, which depends on how often it was called and for what."""

    heard: In[Int[Tensor, "b"]] = In(init=0)
    step: In[Step]
    fresh: In[Fresh]
    active: In[Active]
    shows: Out[Float[Tensor, "b 2"]]
    reward: Out[Float[Tensor, "b"]]
    stop: Out[Bool[Tensor, "b"]]

    def __init__(self, salt: int) -> None:
        super().__init__()
        self.salt, self.past = salt, torch.zeros(0, dtype=torch.int64)

    def seed(self, seed: int) -> None:
        super().seed(seed)
        self.past = torch.zeros(0, dtype=torch.int64)

    def forward(self, heard: Tensor, step: int | Tensor, fresh: Tensor, active: Tensor) -> tuple[Tensor, ...]:
        if len(self.past) != len(active):
            self.past = torch.arange(len(active))
        self.past = torch.where(active, self.past * 5 + heard + step + self.salt * fresh + 1, self.past) % 1009
        shows = torch.stack([self.past % 7 - 3, self.past % 5 - 2], 1).float()
        return shows, self.past.float(), (self.past + self.salt) % 3 == 0


def deep(at_the_end: bool) -> SimpleNamespace:
    """Three loops inside each other, an actor in each: at its end, or before the next loop."""
    torch.manual_seed(0)
    t1, t2, t3, last = (Tick(salt).named(f"t{salt}") for salt in (1, 2, 3, 4))
    p1, p2, p3 = (Policy().named(name) for name in ("p1", "p2", "p3"))
    for tick, policy, rewarding in ((t1, p1, t3), (t2, p2, last if not at_the_end else t2), (t3, p3, t2)):
        tick.shows >> policy.observation
        rewarding.reward >> policy.reward
    for policy, tick in zip((p1, p2, p3), (t1, t2, t3) if at_the_end else (t2, t3, last), strict=True):
        policy.action >> tick.heard
    if at_the_end:
        inner = Loop(t2, Loop(t3, p3, times=3, until=t3.stop), p2, until=t2.stop)
        graph = Graph(Loop(t1, inner, last, p1, times=3, until=last.stop))
    else:
        inner = Loop(t2, p2, Loop(t3, p3, last, times=3, until=last.stop), until=t2.stop)
        graph = Graph(Loop(t1, p1, inner, times=3, until=t1.stop))
    return SimpleNamespace(graph=graph, p1=p1, p2=p2, p3=p3)
