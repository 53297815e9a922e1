"""Dances a part of a clip anew: the rest stays bit for bit, and the seams do not show."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from engine.clip import Clip, read_clip
from engine.directing.asked import SHORTEST_RANGE, invalid
from engine.directing.curves import bridge, ease, turn_between, turned, unrolled_from
from engine.directing.seams import softened
from engine.errors import ChoreoError
from engine.motion.contacts import foot_contacts
from engine.motion.features import FPS, Motion, body_yaw, encode
from engine.motion.ik import LIMBS, nudge_limb
from engine.motion.rotations import quat_multiply, quat_unroll, quat_yaw
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, FOOT_HEIGHT, forward_kinematics


@dataclass(frozen=True, eq=False)
class Source:
    """A clip, and the frames ``first`` to ``last`` of it that are danced anew."""

    clip: Clip
    first: int
    last: int
    blend: int
    """Frames inside the range, at each end, in which the old dance hands over to the new one."""
    sha256: str

    @property
    def motion(self) -> Motion:
        """The old dance, float64."""
        clip = self.clip
        return Motion(
            clip.local_quats[0].astype(np.float64),
            clip.root_positions[0].astype(np.float64),
            clip.foot_contacts[0].astype(np.float64),
            clip.fps,
        )

    @property
    def frames(self) -> int:
        return self.clip.local_quats.shape[1]

    @property
    def kept(self) -> Bool[np.ndarray, " T"]:
        """True for the frames that stay as they are."""
        numbers = np.arange(self.frames)
        return (numbers < self.first) | (numbers > self.last)

    @property
    def walls(self) -> tuple[int, int]:
        """The nearest frames that stay; far away on a side where none do."""
        before = self.first - 1 if self.first > 0 else -(10**6)
        return before, self.last + 1 if self.last < self.frames - 1 else 10**6

    @property
    def still(self) -> tuple[tuple[float, float], ...]:
        """The seconds that must not be warped."""
        before, after = self.walls
        edges = []
        if before >= 0:
            edges.append((0.0, before / self.clip.fps))
        if after < self.frames:
            edges.append((after / self.clip.fps, (self.frames - 1) / self.clip.fps))
        return tuple(edges)

    def rows(self) -> Float[np.ndarray, "T F"]:
        """The old dance in features, on the stage where it is."""
        return encode(self.motion, 0.0, np.zeros(2))

    def mask(self) -> Float[np.ndarray, " T"]:
        """1 where the old dance stays, falling to 0 over the blends."""
        numbers = np.arange(self.frames, dtype=float)
        result = np.zeros(self.frames)
        before, after = self.walls
        for inside in (numbers - before, after - numbers):
            result = np.maximum(result, 1.0 - ease(inside / (self.blend + 1.0)))
        return result


def read_source(
    path: Path, part: tuple[float, float], beat: float, song_sha256: str | None = None
) -> Source:
    """Reads the clip of which ``part`` (seconds from its start) is to be danced anew.

    Args:
        beat: seconds between two counts; half of it is blended at each end.
        song_sha256: the song that is danced to now.

    Raises:
        ChoreoError: the clip cannot be read, is of another kind or song, or has no such part.
    """
    clip = read_clip(path)
    same_body = clip.skeleton.names == BODY.names and np.allclose(
        clip.skeleton.offsets, BODY.offsets, atol=1e-3
    )
    one = len(clip.local_quats) == 1 and abs(clip.fps / FPS - 1.0) < 0.02
    if not (same_body and one):
        raise ChoreoError(
            "source_unsuitable",
            f"{path.name} is not a dance of one dancer as this engine makes it.",
            "Send a clip that this engine made, not a retargeted or combined one.",
        )
    song = clip.meta.get("song")
    theirs = song.get("sha256") if isinstance(song, dict) else None
    if song_sha256 and theirs and theirs != song_sha256:
        raise ChoreoError(
            "source_of_another_song",
            f"{path.name} was danced to another song.",
            "Send the song that the clip was made for.",
        )
    frames = clip.local_quats.shape[1]
    first = int(np.ceil(part[0] * clip.fps - 1e-6))
    last = int(np.floor(part[1] * clip.fps + 1e-6))
    if first >= frames - 1 or part[1] > clip.duration + 1.0 / clip.fps:
        raise invalid(
            f"'regenerate' ends at {part[1]:.2f} seconds; the clip lasts {clip.duration:.2f}.",
            "Choose a part of the clip, in seconds from its start.",
        )
    last = min(last, frames - 1)
    if (last - first) / clip.fps < SHORTEST_RANGE - 2.0 / clip.fps:
        raise invalid("The part to dance anew is too short.", "Choose at least a second.")
    blend = int(np.clip(round(0.5 * beat * clip.fps), 4, (last - first) // 3))
    return Source(clip, first, last, blend, hashlib.sha256(path.read_bytes()).hexdigest())


def join_root(motion: Motion, source: Source) -> Motion:
    """The new dance between the old places: it starts and ends where, and facing as, the old did.

    What the new path misses on the floor is spread over the whole part; what is left at the seams,
    speed and height among it, is for :func:`join_pose`.
    """
    old = source.motion
    yaw_off = body_yaw(old.positions()) - body_yaw(motion.positions())
    yaw_off = (yaw_off + np.pi) % (2.0 * np.pi) - np.pi
    turn = _spread(yaw_off[:, None], source)[:, 0]
    quats = motion.local_quats.copy()
    quats[:, 0] = quat_multiply(quat_yaw(turn), quats[:, 0])
    missing = old.root_positions - motion.root_positions
    way = _spread(missing, source)
    way[:, 1] = np.where(source.kept, missing[:, 1], 0.0)
    return replace(motion, local_quats=quats, root_positions=motion.root_positions + way)


def join_pose(motion: Motion, source: Source) -> Motion:
    """The old dance outside, the new one inside, which takes up the old one's pose and speed.

    What differs at a seam fades out over the blend, starting with its own speed and acceleration.
    """
    old = source.motion
    off = turn_between(motion.local_quats, old.local_quats)
    quats = turned(motion.local_quats, _between(off, source, source.blend))
    way = _between(old.root_positions - motion.root_positions, source, source.blend)
    root = motion.root_positions + way
    outside = source.kept
    quats[outside], root[outside] = old.local_quats[outside], old.root_positions[outside]
    return replace(motion, local_quats=quats, root_positions=root)


def soften_seams(motion: Motion, source: Source) -> Motion:
    """A softer way out of the old dance and back into it, where one of them is hard."""
    before, after = source.walls
    if before >= 0:
        motion = softened(motion, source.first, before=False, after=True)
    if after < len(motion):
        motion = softened(motion, source.last + 1, before=True, after=False)
    return motion


def above_floor(motion: Motion, source: Source) -> Motion:
    """Legs bend where a foot would be under the floor, which a blend into a jump can ask for."""
    quats, positions = motion.local_quats, motion.positions()
    for side in ("left", "right"):
        ankle, ball = positions[:, BODY.index[f"{side}_ankle"]], BODY.index[f"{side}_foot"]
        lack = np.maximum(ANKLE_HEIGHT - ankle[:, 1], FOOT_HEIGHT - positions[:, ball, 1])
        lack = np.where(source.kept, 0.0, np.maximum(lack, 0.0))
        if lack.max() < 1e-4:
            continue
        limb = LIMBS[f"{side}_leg"]
        turns = forward_kinematics(BODY, quats, motion.root_positions).rotations
        raised = ankle + lack[:, None] * np.array([0.0, 1.0, 0.0])
        bent = nudge_limb(
            quats, motion.root_positions, limb, raised, turns[:, BODY.index[limb.end]]
        )
        quats = np.where((lack > 0.0)[:, None, None], bent, quats)
    return replace(motion, local_quats=quat_unroll(quats))


def _spread(off: Float[np.ndarray, "T C"], source: Source) -> Float[np.ndarray, "T C"]:
    """What is missing outside the part; inside, an even way from one seam's to the other's."""
    result = off.copy()
    first, last = source.first, source.last
    before = off[first - 1] if first > 0 else None
    after = off[last + 1] if last + 1 < len(off) else None
    if before is None or after is None:  # a side that is free takes what the other needs
        known = [edge for edge in (before, after) if edge is not None]
        result[first : last + 1] = known[0] if known else 0.0
        return result
    share = ease(np.arange(1, last - first + 2) / (last - first + 2.0))[:, None]
    result[first : last + 1] = before + share * (after - before)
    return result


def _between(
    off: Float[np.ndarray, "T ..."], source: Source, fade: int
) -> Float[np.ndarray, "T ..."]:
    """What to add inside the part, given what is missing outside; outside it is what is missing.

    Args:
        fade: frames after which a seam is forgotten.
    """
    flat = off.reshape(len(off), -1)
    result = flat.copy()
    first, last = source.first, source.last
    before, after = flat[max(0, first - 3) : first], flat[last + 1 : last + 4]
    inside = np.zeros((last - first + 1, flat.shape[1]))
    span = min(fade, len(inside))
    if len(before):
        inside[:span] += bridge(before, None, span)
    if len(after):
        inside[len(inside) - span :] += bridge(after[::-1], None, span)[::-1]
    result[first : last + 1] = inside
    return result.reshape(off.shape)


def put_back(danced: Clip, motion: Motion, source: Source) -> Clip:
    """The source clip with the new part; every other frame is the source's, bit for bit.

    Args:
        danced: the whole clip anew, of which the part's hands are taken.
        motion: its motion.
    """
    clip, part = source.clip, slice(source.first, source.last + 1)
    quats, roots = clip.local_quats.copy(), clip.root_positions.copy()
    contacts = clip.foot_contacts.copy()
    new = motion.local_quats[part]
    if source.first > 0:
        new = unrolled_from(new, motion.local_quats[source.first - 1])
    quats[0, part], roots[0, part] = new, motion.root_positions[part]
    contacts[0, part] = foot_contacts(motion.positions(), motion.fps)[part]
    hands = None if clip.hand_pose is None else clip.hand_pose.copy()
    if hands is not None and danced.hand_pose is not None:
        hands[0, part] = danced.hand_pose[0, part]
    return replace(
        clip, local_quats=quats, root_positions=roots, foot_contacts=contacts, hand_pose=hands
    )
