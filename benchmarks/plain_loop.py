"""The joint recipe written by hand: the same layers and the same mathematics, without a graph.

What a careful engineer would write in one file with PyTorch alone. It shares the layers with the
recipe (so that both have the same parameters) and nothing of `saccade.graph`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.recipes.active_vision.system import LookingSystem
from saccade.recipes.grlf.settings import GrlfSettings
from saccade.vision.glimpse_network import place_features


class PlainLoop:
    """Trains the recipe's layers with a loop of its own."""

    def __init__(self, system: LookingSystem, settings: GrlfSettings) -> None:
        self.s = settings
        self.reader, self.gaze = system.reader, system.graph.actors[0]
        self.images, self.labels = system.digits.images, system.digits.labels
        self.order, self.place = torch.randperm(len(self.labels)), 0
        self.offsets = torch.arange(settings.patch) - settings.patch // 2
        self.within = (torch.arange(28)[:, None] * 30 + torch.arange(28)).view(1, -1)
        self.weight = torch.full((settings.fixations,), settings.spread / settings.fixations)
        self.weight[-1] += 1 - settings.spread
        self.parameters = [*self.reader.parameters(), *self.gaze.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=1e-3, betas=(0.9, 0.99), fused=True)
        self.variance = torch.ones(())

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """The next images, shifted by up to a pixel, and their labels."""
        if self.place + n > len(self.order):
            self.order, self.place = torch.randperm(len(self.labels)), 0
        chosen = self.order[self.place : self.place + n]
        self.place += n
        corner = torch.randint(0, 3, (n, 2))
        canvas = torch.zeros(n, 900)
        canvas.scatter_(
            1, self.within + (corner[:, 1] * 30 + corner[:, 0])[:, None], self.images[chosen].flatten(1).float() / 255
        )
        return canvas.view(n, 30, 30)[:, 1:29, 1:29].reshape(n, -1), self.labels[chosen]

    def crop(self, flat: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
        """The patch around a place, and the place in fact looked at."""
        centre = (at.clamp(-1, 1) * 13.5 + 13.5).round()
        pixels = centre.long().unsqueeze(2) + self.offsets
        kept = pixels.clamp(0, 27)
        good = kept == pixels
        index = (kept[:, 1].unsqueeze(2) * 28 + kept[:, 0].unsqueeze(1)).flatten(1)
        inside = (good[:, 1].unsqueeze(2) & good[:, 0].unsqueeze(1)).flatten(1)
        return flat.gather(1, index) * inside, centre / 13.5 - 1

    def update(self, n: int, progress: float) -> tuple[float, float, float]:
        """One rollout, one backward pass, one step; loss, mean return and accuracy, which any training logs."""
        see, gaze = self.reader.see, self.gaze
        rate = self.s.learner.learning_rate * min(1.0, progress / self.s.learner.warm_up + 0.05) * (1 - progress) ** 0.9
        self.optimizer.param_groups[0]["lr"] = rate + 1e-6
        gaze.std.fill_(self.s.wide * (self.s.narrow / self.s.wide) ** progress)
        flat, label = self.draw(n)
        std, log_std = gaze.std, gaze.std.log()
        at, hidden = torch.zeros(n, 2), torch.zeros(n, self.s.units)
        before, supervised = torch.full((n,), math.log(10)), torch.zeros(())
        log_probs, values, rewards = [], [], []
        for step in range(self.s.fixations):
            patch, place = self.crop(flat, at)
            gate, shift = see.where(place_features(place)).chunk(2, dim=1)
            seen = F.relu(see.out(F.relu(torch.addcmul(shift, see.encoder(patch), gate + 1))))
            hidden = self.reader.core(seen, hidden)
            logits = self.reader.head(hidden)
            surprise = F.cross_entropy(logits, label, reduction="none")
            supervised = supervised + (surprise * self.weight[step]).mean()
            if step > 0:
                rewards.append((before - surprise.detach()).clamp(-3, 3))
            before = surprise.detach()
            if step == self.s.fixations - 1:
                break
            thought = F.relu(gaze.see(torch.cat([hidden.detach(), place], 1)) + gaze.when[step])
            mean = gaze.aim(thought) + gaze.places[step]
            at = mean.detach() + std * torch.randn_like(mean)
            log_probs.append(-0.5 * ((at - mean) / std).square().sum(1) - 2 * log_std - math.log(2 * math.pi))
            values.append(gaze.worth(thought).squeeze(1))
        loss = supervised + self.policy_loss(torch.stack(log_probs), torch.stack(values), torch.stack(rewards))
        accuracy = (logits.detach().argmax(1) == label).float().mean().item()
        result = loss.item(), torch.stack(rewards).sum(0).mean().item(), accuracy
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.parameters, 1.0, foreach=True)
        self.optimizer.step()
        return result

    def policy_loss(self, log_prob: Tensor, value: Tensor, reward: Tensor) -> Tensor:
        """PPO's objective on the first pass over a rollout."""
        p = self.s.ppo
        with torch.no_grad():
            advantage, later, following = (
                torch.zeros_like(reward),
                torch.zeros_like(reward[0]),
                torch.zeros_like(reward[0]),
            )
            for t in reversed(range(len(reward))):
                later = reward[t] + p.discount * following - value[t] + p.discount * p.gae_lambda * later
                advantage[t], following = later, value[t]
            self.variance.lerp_(advantage.var(), 0.05)
            returns, advantage = advantage + value, advantage / (self.variance.sqrt() + 1e-6)
        ratio = (log_prob - log_prob.detach()).exp()
        gain = torch.minimum(ratio * advantage, ratio.clamp(1 - p.clip, 1 + p.clip) * advantage)
        return -p.weight * gain.sum(0).mean() + p.value_weight * (value - returns).square().mean()
