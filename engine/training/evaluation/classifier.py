"""A judge of moves: which move of the vocabulary a few seconds of motion show.

It is trained apart from the model that it judges: on other seeds and wider variations of the
player, on bodies without size and place, low-passed and with noise, so that it must go by the move
and not by the texture of the player. It never sees a generated dance or a caption.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from safetensors.torch import load_file, save_file
from scipy.ndimage import gaussian_filter1d
from torch import Tensor, nn
from torch.nn import functional as F

from engine.motion.features import FPS, heading_of
from engine.motion.skeleton import BODY
from engine.training.evaluation.windows import WINDOW, faced

LENGTH = round(WINDOW * FPS)
"""Frames of a window; a shorter one is filled by its last frame."""
LOW_PASS = 0.06
"""Seconds (standard deviation): what is faster than about 3 Hz says nothing of the move."""
EVERY = 2
"""Frames: after the low-pass every second one tells all."""
EMBEDDING = 128
WEIGHTS, TABLE = "classifier.safetensors", "classifier.json"

_LEG = ("left_hip", "left_knee", "left_ankle")

MoveWindow = tuple[Float[np.ndarray, "T J 3"], str]
"""World positions at 30 fps, and the name of the move."""


@dataclass(frozen=True)
class ClassifierSettings:
    """How it is trained."""

    epochs: int = 24
    batch: int = 128
    rate: float = 2e-3
    noise: float = 0.015
    """Metres: spread of the slow noise laid over every joint."""
    stretch: float = 0.12
    """Largest change of speed either way."""
    seed: int = 0


def channels_of(window: Float[np.ndarray, "T J 3"]) -> Float[np.ndarray, "L C"]:
    """What the judge sees: joints as seen from the dancer, and how she turns and travels.

    Lengths are told in units of the dancer's own leg, so that the body's size does not matter.
    """
    window = window[:LENGTH]
    if len(window) < LENGTH:
        window = np.concatenate([window, np.repeat(window[-1:], LENGTH - len(window), axis=0)])
    smooth = gaussian_filter1d(window, LOW_PASS * FPS, axis=0, mode="nearest")
    hip, knee, ankle = (smooth[:, BODY.index[name]] for name in _LEG)
    leg = np.linalg.norm(hip - knee, axis=-1) + np.linalg.norm(knee - ankle, axis=-1)
    smooth = smooth / float(np.median(leg))
    seen = faced(smooth)
    heading = heading_of(smooth, FPS)
    turning = np.gradient(heading) * FPS / 4.0
    step = np.gradient(smooth[:, 0], axis=0) * FPS
    sine, cosine = np.sin(-heading), np.cos(-heading)
    across = cosine * step[:, 0] + sine * step[:, 2]
    ahead = -sine * step[:, 0] + cosine * step[:, 2]
    joints = seen.reshape(LENGTH, -1)
    moving = np.gradient(joints, axis=0) * FPS / 4.0
    body = [joints, moving, turning[:, None], across[:, None], ahead[:, None]]
    return np.concatenate(body, axis=-1)[::EVERY].astype(np.float32)


CHANNELS = 2 * 3 * len(BODY) + 3


class Judge(nn.Module):
    """Convolutions over time, pooled to one embedding of a window, and a score for each move."""

    def __init__(self, moves: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(CHANNELS),
            nn.Conv1d(CHANNELS, 96, 5, stride=2, padding=2),
            nn.GELU(),
            nn.Conv1d(96, 128, 5, stride=2, padding=2),
            nn.BatchNorm1d(128),
            nn.GELU(),
            nn.Conv1d(128, 128, 5, stride=2, padding=2),
            nn.BatchNorm1d(128),
            nn.GELU(),
        )
        self.embedding = nn.Linear(256, EMBEDDING)
        self.scores = nn.Linear(EMBEDDING, moves)

    def embed(self, channels: Float[Tensor, "B L C"]) -> Float[Tensor, "B E"]:
        hidden = self.layers(channels.transpose(1, 2))
        pooled = torch.cat([hidden.mean(-1), hidden.amax(-1)], dim=1)
        return F.gelu(self.embedding(F.dropout(pooled, 0.2, self.training)))

    def forward(self, channels: Float[Tensor, "B L C"]) -> Float[Tensor, "B M"]:
        return self.scores(self.embed(channels))


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained judge."""

    judge: Judge
    moves: tuple[str, ...]
    groups: dict[str, str]
    """The group of each move: moves that even played clips do not tell apart share one."""
    digest: str = ""

    @torch.inference_mode()
    def scores(self, windows: Sequence[Float[np.ndarray, "T J 3"]]) -> Float[np.ndarray, "N M"]:
        """Log probability of each move for each window."""
        self.judge.eval()
        channels = torch.from_numpy(np.stack([channels_of(window) for window in windows]))
        parts = [F.log_softmax(self.judge(part), dim=-1) for part in channels.split(256)]
        return torch.cat(parts).numpy().astype(np.float64)

    def dance_scores(
        self, windows: Sequence[Float[np.ndarray, "T J 3"]]
    ) -> Float[np.ndarray, " M"]:
        """Mean log probability over the windows of one dance."""
        return self.scores(windows).mean(axis=0)

    def same_group(self, first: str, second: str) -> bool:
        """Whether two moves count as the same."""
        return self.groups.get(first, first) == self.groups.get(second, second)

    def save(self, folder: Path) -> None:
        """Writes weights, the list of moves and the groups."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.judge.state_dict(), folder / WEIGHTS)
        table = {"moves": list(self.moves), "groups": self.groups, "digest": self.digest}
        (folder / TABLE).write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Classifier:
        """Reads what :meth:`save` wrote."""
        table = json.loads((folder / TABLE).read_text(encoding="utf-8"))
        judge = Judge(len(table["moves"]))
        judge.load_state_dict(load_file(folder / WEIGHTS), strict=True)
        return cls(judge, tuple(table["moves"]), table["groups"], table["digest"])


def train_classifier(
    windows: Sequence[MoveWindow], settings: ClassifierSettings | None = None
) -> Classifier:
    """Trains a judge on windows with their moves' names; its groups are still to be found."""
    s = settings or ClassifierSettings()
    rng = np.random.default_rng(s.seed)
    torch.manual_seed(s.seed)
    moves = tuple(sorted({name for _, name in windows}))
    number = {name: index for index, name in enumerate(moves)}
    labels = torch.tensor([number[name] for _, name in windows])
    judge = Judge(len(moves))
    steps = s.epochs * -(-len(windows) // s.batch)
    optimiser = torch.optim.AdamW(judge.parameters(), lr=s.rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, s.rate, total_steps=steps + 1)
    # Three disturbed copies of everything, taken in turn: cheaper than new noise in each epoch.
    copies = [
        torch.from_numpy(np.stack([channels_of(_disturbed(w, s, rng)) for w, _ in windows]))
        for _ in range(3)
    ]
    judge.train()
    for epoch in range(s.epochs):
        data = copies[epoch % len(copies)]
        order = torch.from_numpy(rng.permutation(len(windows)))
        for rows in order.split(s.batch):
            if len(rows) < 2:
                continue
            optimiser.zero_grad()
            loss = F.cross_entropy(judge(data[rows]), labels[rows], label_smoothing=0.05)
            loss.backward()
            optimiser.step()
            schedule.step()
    return Classifier(judge.eval(), moves, {}, json.dumps(asdict(s)))


def confusable_groups(
    scores: Float[np.ndarray, "N M"],
    labels: Int[np.ndarray, " N"],
    moves: Sequence[str],
    families: dict[str, str],
    share: float = 0.10,
) -> dict[str, str]:
    """Groups of moves of one family that the judge mixes up on clips made for this question.

    Two moves belong together if at least ``share`` of the windows of one are taken for the other;
    groups are what hangs together so. A group is named after its first move.
    """
    taken = scores.argmax(axis=1)
    mixed = np.zeros((len(moves), len(moves)))
    np.add.at(mixed, (labels, taken), 1.0)
    mixed /= np.maximum(mixed.sum(axis=1, keepdims=True), 1.0)
    group = list(range(len(moves)))
    for first in range(len(moves)):
        for second in range(first + 1, len(moves)):
            akin = families.get(moves[first]) == families.get(moves[second])
            if akin and max(mixed[first, second], mixed[second, first]) >= share:
                old, new = group[second], group[first]
                group = [new if number == old else number for number in group]
    return {moves[number]: moves[group[number]] for number in range(len(moves))}


def _disturbed(
    window: Float[np.ndarray, "T J 3"], settings: ClassifierSettings, rng: np.random.Generator
) -> Float[np.ndarray, "T J 3"]:
    """The window at another speed, or mirrored, with smooth noise on every joint."""
    rate = float(np.exp(rng.uniform(-1, 1) * np.log1p(settings.stretch)))
    places = np.clip(np.arange(len(window)) * rate, 0, len(window) - 1)
    lower = np.minimum(places.astype(int), len(window) - 2)
    part = (places - lower)[:, None, None]
    moved = window[lower] * (1 - part) + window[lower + 1] * part
    if rng.random() < 0.5:
        moved = moved[:, BODY.mirror] * np.array([-1.0, 1.0, 1.0])
    noise = gaussian_filter1d(rng.normal(size=window.shape), 3.0, axis=0, mode="nearest")
    return moved + noise * (settings.noise / max(float(noise.std()), 1e-9))
