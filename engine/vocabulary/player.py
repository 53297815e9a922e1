"""Plays a score: curves, second-order dynamics and inverse kinematics make a body of it.

In this order: feet on the floor, weight over them, pelvis, spine, head, then the hands in the
frames of what they touch; at last the centre of mass is brought over the support. Everything is
computed for all frames at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from engine.cleanup import limit_joints, within_reach
from engine.motion.features import FPS, Motion, motion_of
from engine.motion.girdle import collar_turn
from engine.motion.ik import LIMBS, solve_limb
from engine.motion.rhythm import lilt, turning_at
from engine.motion.rotations import (
    normalize,
    quat_conjugate,
    quat_exp,
    quat_identity,
    quat_multiply,
    quat_rotate,
    quat_unroll,
    quat_yaw,
)
from engine.motion.skeleton import BODY, STANDING_HEIGHT, Pose, forward_kinematics
from engine.vocabulary.curves import drift, follow, key_weights, lag, pulses
from engine.vocabulary.feet import FootPath, flight_seconds, foot_path
from engine.vocabulary.hands import elbow_pole, outside, paced
from engine.vocabulary.limits import limit_spine
from engine.vocabulary.places import ARM, Place
from engine.vocabulary.score import Channels, Part, Score, read_channels

FINE = 2
"""Frames that are computed for each that is kept."""
SOFT_KNEES = 0.02
"""Metres that a dancer at rest stands lower than with straight legs."""
SPRINGS = {
    "hips": (4.6, 0.95),
    "chest": (4.0, 0.9),
    "head": (3.2, 0.85),
    "hand": (3.4, 0.72),
    "elbow": (3.2, 0.85),
    "weight": (3.0, 1.0),
}
"""Hz and damping of each part: hips lead, hands trail."""
SETTLES = 0.015
"""Seconds that a hand still needs to stop when its target has; it sets out earlier by that."""
ELBOW_SMOOTHING = 0.07
"""Seconds over which the direction of an elbow changes at least; half of it before its time."""
COLLAR = 0.13
"""Metres of collarbone, by which a shoulder's lift turns it."""
NECK = 0.10
"""Metres of neck, by which the head's slides lean it."""
MASSES = {
    "pelvis": 0.14,
    "spine2": 0.20,
    "spine3": 0.16,
    "head": 0.08,
    "elbow": 0.028,
    "wrist": 0.022,
    "shoulder": 0.01,
    "hip": 0.05,
    "knee": 0.075,
    "ankle": 0.045,
    "foot": 0.01,
}
"""Shares of the body's mass near each joint, after Winter (2009), tables of segments."""
ISOLATION = {"spine1": 0.6, "spine2": 0.4, "spine3": -1.0}
"""Isolations: the lower spine leans one way and the upper one back."""
SPINE = (("spine1", 0.36), ("spine2", 0.34), ("spine3", 0.30))
GROOVES = {
    "none": (0.016, 0.0, 0.0),
    "down": (0.042, 0.05, 0.0),
    "up": (-0.045, -0.03, 0.0),
    "double": (0.030, 0.03, 0.0),
    "sway": (0.020, 0.0, 0.045),
    "rock": (0.022, 0.13, 0.0),
}
"""Metres that the pelvis drops on the count, radians that the chest gives, metres of sway.

Knees give a little on every count whatever is danced, and stop doing so in a pose.
"""
DEEPER = 0.045
"""Metres that every dancer's knees give more for each unit of groove beyond what is written."""
LEVEL_SECONDS = 0.35
"""Standard deviation of the time over which a level dancer changes height."""
DOUBLE_UNTIL = 80.0
"""Counts a minute; faster than this nobody bounces twice a count."""
LILT = (0.45, 0.75)
"""How near to rest flowing arms and chest come on a count, and on an accented one."""
BLOW = 0.26, 0.30
"""Seconds at most of the blow on an accent that the move does not hit, there and back."""
BLOW_IN, BLOW_DOWN, BLOW_ELBOWS = 0.10, 0.045, -0.3
"""How far it goes: hands that touch nothing, in (share of their distance from the shoulder) and
down (metres); elbows, radians."""
BLOW_CHEST, BLOW_LEAN, BLOW_HIPS = 0.02, 0.09, 0.024
"""Metres that the chest slides to the front, radians that it leans, metres that the knees give."""


@dataclass(frozen=True, eq=False)
class Played:
    """A body dancing a score at 30 fps; frame 0 lies ``score.lead_in`` counts before count 0."""

    motion: Motion
    count: Float[np.ndarray, " T"]
    """Count (with fraction) at each frame; 0, 8, 16, ... start eights."""
    accents: tuple[float, ...]
    """Counts that are hit."""
    parts: tuple[Part, ...]


def play(score: Score, tail: float = 1.0) -> Played:
    """The score as motion; the same score gives the same motion.

    Args:
        tail: counts after the last part.
    """
    rng = np.random.default_rng(score.seed)
    channels = read_channels(score, rng)
    beat = 60.0 / score.tempo
    seconds = (score.lead_in + score.counts + tail) * beat
    frames = int(seconds * FPS) * FINE + 1
    counts = np.arange(frames) / (FPS * FINE) / beat - score.lead_in
    stage = _Stage(score, channels, counts, beat, rng)
    motion = stage.body(np.zeros((frames, 2)))
    motion = stage.body(stage.balance(motion))
    quats = limit_joints(motion.local_quats)[::FINE]
    played = motion_of(quat_unroll(quats), motion.root_positions[::FINE])
    return Played(played, counts[::FINE], tuple(sorted(set(channels.accents))), score.parts)


class _Stage:
    """Everything of one score that is the same in both passes."""

    def __init__(
        self,
        score: Score,
        channels: Channels,
        counts: Float[np.ndarray, " T"],
        beat: float,
        rng: np.random.Generator,
    ) -> None:
        self.score, self.counts, self.beat, self.channels = score, counts, beat, channels
        self.fps = FPS * FINE
        dancer, size = score.dancer, len(counts)
        self.accents = sorted(set(channels.accents))
        self.blows = {name: self._blows(hits) for name, hits in channels.hits.items()}
        self.facing = self._numbers("facing", None)[:, 0]
        self.weight = self._numbers("weight", "weight")[:, 0]
        left, right = channels.feet["left"], channels.feet["right"]
        # On a tie the left foot goes first.
        self.feet = {
            "left": foot_path(left, right, counts, beat, self.weight - 1e-3),
            "right": foot_path(right, left, counts, beat, 1.0 - self.weight + 1e-3),
        }
        self.hips = self._numbers("hips", "hips")
        self.chest = self._numbers("chest", "chest")
        self.head = self._numbers("head", "head")
        calm = gaussian_filter1d(self.hips[:, 2], LEVEL_SECONDS * self.fps, mode="nearest")
        self.hips[:, 2] += dancer.drop + dancer.level * (calm - self.hips[:, 2])
        self.chest[:, 3] += dancer.lean
        wander = drift(rng, size, 16, self.fps, 0.45) * dancer.noise
        self.hips += wander[:, 0:6] * [0.006, 0.006, 0.003, 0.03, 0.012, 0.012]
        self.chest[:, 2:] += wander[:, 6:9] * 0.022
        self.head[:, :3] += wander[:, 9:12] * 0.03
        self.shake = {"left": wander[:, 12:14], "right": wander[:, 14:16]}
        # What both passes need of the arms.
        self.arms = {
            f"{side}_{part}": self._numbers(f"{side}_{part}", spring)
            for side in ("left", "right")
            for part, spring in (("elbow", "elbow"), ("wrist", "elbow"), ("shoulder", "chest"))
        }
        frequency, damping = SPRINGS["hand"]
        self.hand_spring = frequency / (0.6 + 0.4 * dancer.looseness), damping
        ahead = (lag(*self.hand_spring) + SETTLES) / beat
        self.hands = {
            side: key_weights(
                paced(track, side), self._lilted(counts + ahead), beat, dancer.sharpness
            )
            for side, track in channels.hands.items()
        }
        self._groove()
        self.flight = self._jumps()

    def _numbers(self, name: str, spring: str | None) -> Float[np.ndarray, "T C"]:
        track = self.channels.numbers[name]
        part = spring or "hips"
        frequency, damping = SPRINGS[part]
        counts = self.counts + lag(frequency, damping) / self.beat
        if spring in ("chest", "elbow"):
            counts = self._lilted(counts)
        weights = key_weights(track.keys, counts, self.beat, self.score.dancer.sharpness)
        targets = weights @ np.stack(track.values)
        return follow(targets, self.fps, frequency, damping)

    def _lilted(self, counts: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
        """Counts for arms and chest, which linger on counts that no key of the hands hits."""
        low, high = (way * (0.6 + 0.8 * self.score.dancer.sharpness) for way in LILT)
        hit, accents = self.channels.hits["hands"], self.accents

        def strength(numbers: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
            asked = np.where(np.isin(numbers, np.rint(accents)), high, low)
            return np.where(np.isin(numbers, np.rint(hit)), 0.0, np.minimum(asked, 0.8))

        return lilt(counts, strength)

    def _blows(self, hits: list[float]) -> Float[np.ndarray, " T"]:
        """The blows on accents that are not among ``hits``."""
        missing = [c for c in self.accents if not np.any(np.abs(np.array(hits) - c) < 0.1)]
        there, back = (min(0.48, most / self.beat) for most in BLOW)
        return pulses(self.counts, missing, there, back)

    def _groove(self) -> None:
        """Lays each part's groove under its moves, fading where it changes."""
        drop, give, sway = (np.zeros(len(self.counts)) for _ in range(3))
        for part in self.score.parts:
            here = (self.counts >= part.start - 0.5) & (
                self.counts < part.start + part.move.counts - 0.5
            )
            groove = part.move.groove
            extent = (part.dancer or self.score.dancer).groove
            values = np.array(GROOVES[groove]) * extent
            values[0] += np.copysign(DEEPER * max(0.0, extent - 1.0), values[0])
            if groove == "none" and part.move.rests:
                values *= 0.0
            rate = 2.0 if groove == "double" and self.score.tempo < DOUBLE_UNTIL else 1.0
            phase = (0.5 + 0.5 * np.cos(2 * np.pi * self.counts * rate)) ** 1.3
            drop += here * values[0] * phase
            give += here * values[1] * phase
            sway += here * values[2] * np.cos(np.pi * self.counts)
        smooth = 0.05 * self.fps
        self.hips[:, 2] += gaussian_filter1d(drop, smooth) + BLOW_HIPS * self.blows["hips"]
        self.chest[:, 1] += BLOW_CHEST * self.blows["hands"]
        self.chest[:, 3] += BLOW_LEAN * self.blows["hands"]
        self.chest[:, 3] += gaussian_filter1d(np.roll(give, round(0.04 * self.fps)), smooth)
        self.hips[:, 0] += gaussian_filter1d(sway, 2 * smooth)

    def _on_counts(self, height: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
        """The pelvis's height, turning on counts and halves only, at rest on accents."""
        step = 0.25 if self.score.tempo < DOUBLE_UNTIL else 0.5
        nodes = np.arange(np.ceil(self.counts[0]), self.counts[-1], step)
        rests = np.isin(nodes, np.rint(np.array(self.accents) / step) * step)
        return turning_at(self.counts, height, nodes, np.where(rests, 0.0, 1.0))

    def _jumps(self) -> Float[np.ndarray, " T"]:
        """Height of the flight, metres; below zero where the body gathers and lands."""
        height = np.zeros(len(self.counts))
        for count, rise in self.channels.jumps:
            flight = flight_seconds(rise) / self.beat
            s = (self.counts - count + flight) / max(flight, 1e-6)
            air = (s > 0) & (s < 1)
            height[air] = 4 * rise * (s * (1 - s))[air]
            effort = min(1.0, rise / 0.15)
            for middle, depth in ((count - flight - 0.28, 0.09), (count + 0.25, 0.10)):
                height -= effort * depth * np.exp(-(((self.counts - middle) / 0.2) ** 2)) * ~air
        return gaussian_filter1d(height, 0.012 * self.fps)

    def balance(self, motion: Motion) -> Float[np.ndarray, "T 2"]:
        """Metres (x, z) that bring the centre of mass over the support, in the long run."""
        positions = motion.positions()
        masses = np.array([MASSES.get(name.split("_")[-1], 0.0) for name in BODY.names])
        centre = (positions * masses[:, None]).sum(axis=1) / masses.sum()
        ball = {s: positions[:, BODY.index[f"{s}_foot"]] for s in ("left", "right")}
        ankle = {s: positions[:, BODY.index[f"{s}_ankle"]] for s in ("left", "right")}
        middle = {s: 0.5 * (ball[s] + ankle[s]) for s in ("left", "right")}
        share = self._share()[:, None]
        support = share * middle["left"] + (1 - share) * middle["right"]
        away = (support - centre)[:, [0, 2]]
        return 0.85 * gaussian_filter1d(away, 0.30 * self.fps, axis=0, mode="nearest")

    def _share(self) -> Float[np.ndarray, " T"]:
        """Share of the weight on the left foot: none on a foot in the air."""
        left, right = self.feet["left"].swing, self.feet["right"].swing
        share = (1 - left) * (self.weight + (1 - self.weight) * right)
        both = left * right
        share = share * (1 - both) + 0.5 * both
        return np.clip(gaussian_filter1d(share, 0.07 * self.fps, mode="nearest"), 0.0, 1.0)

    def body(self, shift: Float[np.ndarray, "T 2"]) -> Motion:
        """The whole body, its pelvis moved by ``shift``."""
        size = len(self.counts)
        turn = quat_yaw(self.facing)
        quats = quat_identity(size, len(BODY))
        left, front, drop, twist, tip, rise = self.hips.T
        quats[:, 0] = quat_multiply(turn, _euler(twist, tip, rise))
        share = self._share()[:, None]
        feet = {s: self.feet[s].ankle[:, [0, 2]] for s in ("left", "right")}
        middle = 0.5 * (feet["left"] + feet["right"])
        support = share * feet["left"] + (1 - share) * feet["right"]
        ground = gaussian_filter1d(
            middle + 0.8 * (support - middle), 0.06 * self.fps, axis=0, mode="nearest"
        )
        offset = quat_rotate(turn, np.stack([left, np.zeros(size), front], axis=-1))
        root = np.zeros((size, 3))
        root[:, [0, 2]] = ground + offset[:, [0, 2]] + shift
        root[:, 1] = STANDING_HEIGHT - SOFT_KNEES - drop + self.flight
        self._spine(quats)
        ankles = {side: self._ankle(foot) for side, foot in self.feet.items()}
        root = within_reach(quats, root, ankles, self.fps)
        root[:, 1] = self._on_counts(root[:, 1] - self.flight) + self.flight
        root = within_reach(quats, root, ankles, self.fps)
        for side, foot in self.feet.items():
            limb = LIMBS[f"{side}_leg"]
            rotation = quat_multiply(quat_yaw(foot.yaw), _euler(0 * foot.pitch, foot.pitch, 0.0))
            knees = 0.7 * foot.yaw + 0.3 * self.facing
            ahead = np.stack([np.sin(knees), 0 * knees, np.cos(knees)], axis=-1)
            # The knee of a leg that is lifted in front points up, of one behind it down.
            aim = normalize(ankles[side] - root)
            ahead[:, 1] = np.clip(2 * np.sum(aim * ahead, axis=-1), -1.0, 1.0)
            pole = 0.5 * (root + ankles[side]) + ahead
            quats = solve_limb(quats, root, limb, ankles[side], rotation, pole)
            toes = -np.maximum(foot.pitch, 0.0) * 0.8
            quats[:, BODY.index[f"{side}_foot"]] = _euler(0 * toes, toes, 0.0)
        for side in ("left", "right"):
            quats = self._arm(quats, root, side)
        return Motion(quats, root, np.zeros((size, 4)), self.fps)

    def _ankle(self, foot: FootPath) -> Float[np.ndarray, "T 3"]:
        """In a jump the feet rise with the body."""
        ankle = foot.ankle.copy()
        ankle[:, 1] += np.maximum(self.flight, 0.0)
        return ankle

    def _spine(self, quats: Float[np.ndarray, "T J 4"]) -> None:
        left, front, twist, lean, tilt = self.chest.T
        for joint, share in SPINE:
            way = ISOLATION[joint]
            quats[:, BODY.index[joint]] = _euler(
                share * twist,
                share * lean + way * front / 0.20,
                share * -tilt - way * left / 0.20,
            )
        own = self.head
        # Eyes stay on the audience while the body turns under the head.
        look = own[:, 0] - 0.65 * (twist + self.hips[:, 3])
        nod = own[:, 1] - 0.55 * (lean + self.hips[:, 4])
        level = -own[:, 2] + 0.5 * (tilt - self.hips[:, 5])
        for joint, share, way in (("neck", 0.45, 1.0), ("head", 0.55, -1.0)):
            # The head slides as the neck leans and the head stays level.
            ahead, aside = way * own[:, 4] / NECK, way * own[:, 3] / NECK
            quats[:, BODY.index[joint]] = _euler(
                share * look, share * nod + ahead, share * level - aside
            )
        limit_spine(quats, ("spine1", "spine2", "spine3", "neck", "head"))

    def _arm(
        self, quats: Float[np.ndarray, "T J 4"], root: Float[np.ndarray, "T 3"], side: str
    ) -> Float[np.ndarray, "T J 4"]:
        sign = 1.0 if side == "left" else -1.0
        pose = forward_kinematics(BODY, quats, root)
        chest = BODY.index["spine3"]
        to_chest = quat_conjugate(pose.rotations[:, chest])
        shoulder = pose.positions[:, BODY.index[f"{side}_shoulder"]]

        def point(place: Place, at: slice) -> Float[np.ndarray, "N 3"]:
            """The place in the chest's frame, from the shoulder."""
            if place.part == "chest":
                fixed = np.array(place.point) * [sign * ARM, ARM, ARM]
                return np.broadcast_to(fixed, shoulder[at].shape)
            world = self._world(place, side, sign, pose, at)
            return quat_rotate(to_chest[at], world - shoulder[at])

        track = self.channels.hands[side]
        weights = self.hands[side]
        straight, radius = np.zeros_like(shoulder), np.zeros(len(shoulder))
        for column, place in enumerate(track.values):
            entries = slice(*weights.indptr[column : column + 2])
            frames = weights.indices[entries]
            if len(frames):
                at = slice(int(frames.min()), int(frames.max()) + 1)
                share = np.zeros(at.stop - at.start)
                np.add.at(share, frames - at.start, weights.data[entries])
                points = point(place, at)
                straight[at] += share[:, None] * points
                radius[at] += share * np.linalg.norm(points, axis=-1)
        # Hands travel on arcs about the shoulder, in front of it where the way would lead through.
        through = np.clip(1.0 - np.linalg.norm(straight, axis=-1) / (0.7 * radius + 1e-6), 0.0, 1.0)
        straight = straight + (through * radius)[:, None] * np.array([sign * 0.6, 0.0, 0.6])
        length = np.linalg.norm(straight, axis=-1)
        arc = np.clip(radius / np.maximum(length, 1e-3), 1.0, 1.8)
        target = follow(straight * arc[:, None], self.fps, *self.hand_spring)
        free = weights @ np.array([float(place.part == "chest") for place in track.values])
        blow = self.blows["hands"]
        target *= 1.0 - BLOW_IN * (free * blow)[:, None]
        target[:, 1] -= BLOW_DOWN * free * blow
        target[:, :2] += self.shake[side] * 0.012
        target = outside(target, sign)
        quats = quats.copy()
        collar = BODY.index[f"{side}_collar"]
        quats[:, collar] = quat_multiply(self._shrug(side, sign), collar_turn(target / ARM, side))
        # A place in the chest's frame is counted from the shoulder where the arm has lifted it.
        hangs = BODY.offsets[BODY.index[f"{side}_shoulder"]]
        lifted = quat_rotate(quats[:, collar], np.broadcast_to(hangs, target.shape)) - hangs
        swivel = self.arms[f"{side}_elbow"][:, 0] + self.score.dancer.elbows
        swivel = swivel + BLOW_ELBOWS * blow
        local = gaussian_filter1d(
            normalize(elbow_pole(target, swivel, sign)), ELBOW_SMOOTHING * self.fps, axis=0
        )
        early = round(0.5 * ELBOW_SMOOTHING * self.fps)
        local = np.concatenate([local[early:], np.repeat(local[-1:], early, axis=0)])
        world = pose.rotations[:, chest]
        goal = shoulder + quat_rotate(world, target + free[:, None] * lifted)
        pole = shoulder + quat_rotate(world, lifted + 0.5 * target + local)
        quats = solve_limb(quats, root, LIMBS[f"{side}_arm"], goal, None, pole)
        bend = self.arms[f"{side}_wrist"]
        quats[:, BODY.index[f"{side}_wrist"]] = quat_exp(bend * [0.0, 0.0, sign])
        return quats

    def _shrug(self, side: str, sign: float) -> Float[np.ndarray, "T 4"]:
        """What the shoulder does by itself, as the collar's rotation."""
        up, front = self.arms[f"{side}_shoulder"].T / COLLAR
        return quat_exp(np.stack([0 * up, -sign * front, sign * up], axis=-1))

    def _world(
        self, place: Place, side: str, sign: float, pose: Pose, at: slice
    ) -> Float[np.ndarray, "N 3"]:
        """A place in the frame of a part of the body, as points of the world."""
        positions, rotations = pose.positions[at], pose.rotations[at]
        local = np.broadcast_to(np.array(place.point) * [sign, 1.0, 1.0], positions[:, 0].shape)
        if place.part == "floor":
            below = positions[:, 0] * [1.0, 0.0, 1.0]
            return quat_rotate(quat_yaw(self.facing[at]), local) + below
        if place.part in ("knee", "other_knee"):
            other = "right" if side == "left" else "left"
            joint = BODY.index[f"{side if place.part == 'knee' else other}_knee"]
            return positions[:, joint] + quat_rotate(quat_yaw(self.facing[at]), local)
        joint = BODY.index[{"head": "head", "hips": "pelvis"}[place.part]]
        return positions[:, joint] + quat_rotate(rotations[:, joint], local)


def _euler(yaw: np.ndarray, pitch: np.ndarray, roll: np.ndarray | float) -> np.ndarray:
    """Turn to the left, then forward, then roll (left side up); radians."""
    roll = np.broadcast_to(np.asarray(roll, dtype=float), np.shape(yaw))
    zero = np.zeros_like(yaw)
    return quat_multiply(
        quat_exp(np.stack([zero, yaw, zero], axis=-1)),
        quat_multiply(
            quat_exp(np.stack([pitch, zero, zero], axis=-1)),
            quat_exp(np.stack([zero, zero, roll], axis=-1)),
        ),
    )
