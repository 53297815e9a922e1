"""What a prediction is judged by: features, their change, the body they make, feet that stand."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from engine.motion.contacts import FEET
from engine.motion.features import FPS, JOINTS, SLICES
from engine.motion.rotations import matrix_from_rot6d
from engine.motion.skeleton import BODY, forward_kinematics_matrices
from engine.training.batches import Batch


@dataclass(frozen=True)
class LossWeights:
    """Relative weights; ``velocity`` ramps up from zero over ``ramp`` steps."""

    velocity: float = 15.0
    body: float = 0.5
    """Of squared joint position error in units of 10 cm."""
    body_velocity: float = 0.15
    """Of squared joint velocity error, m/s."""
    foot: float = 0.3
    """Of squared speed (m/s) of feet in contact."""
    ramp: int = 2000


@dataclass(frozen=True, eq=False)
class Losses:
    """Each a scalar tensor, before its weight."""

    simple: Tensor
    velocity: Tensor
    body: Tensor
    body_velocity: Tensor
    foot: Tensor

    def total(self, weights: LossWeights, step: int) -> Tensor:
        """The weighted sum."""
        ramp = min(1.0, step / weights.ramp)
        return (
            self.simple
            + ramp * weights.velocity * self.velocity
            + weights.body * self.body
            + ramp * weights.body_velocity * self.body_velocity
            + ramp * weights.foot * self.foot
        )


def measure_losses(
    predicted: Float[Tensor, "B T F"],
    batch: Batch,
    level_weight: Float[Tensor, " B"],
    mean: Float[Tensor, " F"],
    std: Float[Tensor, " F"],
) -> Losses:
    """Losses of a predicted x0, each window weighted by its noise level's weight."""
    w = batch.weight * level_weight[:, None, None]
    error = (predicted - batch.x0) * w.sqrt()
    simple = (error**2).sum() / w.sum()
    pair = w[:, 1:] * batch.weight[:, :-1]
    change = (predicted - batch.x0).diff(dim=1) * pair.sqrt()
    velocity = (change**2).sum() / pair.sum()

    rows, true = predicted * std + mean, batch.x0 * std + mean
    body, wanted = body_positions(rows), body_positions(true)
    start = SLICES["rotations"].start
    measured = batch.weight[:, :, start : start + 6 * JOINTS : 6] * level_weight[:, None, None]
    offset = (body - wanted) ** 2
    body_loss = (offset.sum(-1) * measured).sum() / measured.sum() / 0.01
    speed = (body - wanted).diff(dim=1) * FPS
    both = measured[:, 1:] * batch.weight[:, :-1, :1]
    body_velocity = ((speed**2).sum(-1) * both).sum() / both.sum()

    feet = body[:, :, FEET.tolist()]
    contact = true[:, 1:, SLICES["contacts"]] * both[..., :1]
    foot = (foot_velocity(feet, rows) ** 2).sum(-1) * contact
    return Losses(
        simple, velocity, body_loss, body_velocity, foot.sum() / contact.sum().clamp(min=1.0)
    )


def body_positions(rows: Float[Tensor, "B T F"]) -> Float[Tensor, "B T J 3"]:
    """Joints from the predicted rotations, pelvis over the origin, in the heading's frame."""
    rotations = rows[..., SLICES["rotations"]].unflatten(-1, (JOINTS, 6))
    height = rows[..., SLICES["height"]]
    nothing = torch.zeros_like(height)
    root = torch.cat([nothing, height, nothing], dim=-1)
    return forward_kinematics_matrices(BODY, matrix_from_rot6d(rotations), root)


def foot_velocity(
    feet: Float[Tensor, "B T C 3"], rows: Float[Tensor, "B T F"]
) -> Float[Tensor, "B T-1 C 3"]:
    """Velocity (m/s) over the floor of points given in the heading's frame.

    A point at rest in a frame that turns with w about Y moves with w (z, 0, -x) in the world.
    """
    still = feet[:, :-1]
    turn = rows[:, :-1, SLICES["yaw_rate"]].unsqueeze(-1)
    x, z = still[..., 0:1], still[..., 2:3]
    swept = torch.cat([turn * z, torch.zeros_like(x), -turn * x], dim=-1)
    v = rows[:, :-1, SLICES["velocity"]]
    travel = torch.stack([v[..., 0], torch.zeros_like(v[..., 0]), v[..., 1]], dim=-1)
    return feet.diff(dim=1) * FPS + swept + travel.unsqueeze(2)
