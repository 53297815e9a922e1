"""Prints how well feet stand and hands stay out of the body after retargeting.

    python -m tools.bench_contact CLIP.npz [CLIP.npz ...]

Every clip is put on dancers of several proportions. All figures are those of a body whose legs and
trunk are scaled to 1.7 m, and are taken from where the bones are, not from what was asked of them.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import ANKLE_HEIGHT, JOINTS, PARENTS, rest_positions
from kpop_choreo_addon.core.body_capsules import keep_hands_out
from kpop_choreo_addon.core.capsules import CROWN, clip_figure, deepest, rig_figure, to_points
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.clip_body import clip_body
from kpop_choreo_addon.core.contact import ground
from kpop_choreo_addon.core.easing import runs
from kpop_choreo_addon.core.humanoid import best_match
from kpop_choreo_addon.core.posed import PosedRig
from kpop_choreo_addon.core.retarget import pose
from kpop_choreo_addon.core.rig import Rig

LOW, SLOW = 0.025, 0.15
"""Metres above standing height, and m/s, under which a heel or ball of the raw clip stands."""
STILL = 0.010
"""m/s that a standing point may move."""
BALL_HEIGHT = 0.02
TALL = 1.7
"""Metres to which all figures are scaled."""
TOUCH, KEPT = 0.05, 0.03
"""Metres from a part of the body within which a wrist touches it, and that this may change."""
NEAR = 10
"""Frames around a lock's begin and end with which its acceleration is compared."""

PROPORTIONS: dict[str, dict[str, float]] = {
    "our dancer": {},
    "long shins": {"ankle": 1.25, "knee": 0.85},
    "short shins": {"ankle": 0.75, "knee": 1.15},
    "big feet": {"foot": 1.5},
    "wide hips": {"hip": 1.7, "shoulder": 0.9},
    "broad, long arms": {"collar": 1.4, "elbow": 1.2, "wrist": 1.2},
    "child": {"spine1": 0.7, "spine2": 0.7, "knee": 0.55, "ankle": 0.6, "elbow": 0.6, "wrist": 0.6},
}
"""Factors on the length of the bone that ends in a joint of either side."""


def shaped(factors: dict[str, float], scale: float = 1.0, y_up: bool = False) -> Rig:
    """Our dancer with some of its bones longer or shorter, its soles on the floor at 0."""
    rest = rest_positions()
    places = np.zeros_like(rest)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            factor = factors.get(JOINTS[joint].split("_")[-1], 1.0)
            stretch = np.full(3, factor)
            if JOINTS[joint].endswith("foot"):
                stretch = np.array([factor, 1.0, factor])
            places[joint] = places[parent] + stretch * (rest[joint] - rest[parent])
    places[:, 1] += ANKLE_HEIGHT - places[JOINTS.index("left_ankle"), 1]
    places = (places if y_up else to_blender(places)) * scale
    up = np.eye(3)[1 if y_up else 2] * scale
    tails = places + 0.1 * up
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            tails[parent] = places[joint]
    count = len(JOINTS)
    return Rig(
        name="Bench",
        bones=JOINTS,
        parents=np.array(PARENTS),
        rotations=np.tile([1.0, 0.0, 0.0, 0.0], (count, 1)),
        heads=places,
        tails=tails,
        inherits_rotation=np.ones(count, dtype=bool),
        local_location=np.ones(count, dtype=bool),
        connected=np.zeros(count, dtype=bool),
    )


@dataclass(frozen=True)
class FeetFigures:
    """How the feet stand."""

    locked: float
    """Share of independently found contact frames of heels and balls to whose end they are still:
    moves from one frame of a contact to its next are counted."""
    found: int
    """How many there are."""
    penetration: float
    """Millimetres that a sole is under the floor at most."""
    reach: float
    """Share of its length that a leg reaches at most."""
    pop: float
    """Knee acceleration (RMS) around locks and unlocks, as a multiple of that beside them."""
    within: float
    """The same as a multiple of that inside the locks."""
    added: float
    """What was added to it since ``raw``, as a multiple of that inside the locks."""


def feet_figures(
    posed: PosedRig, clip: Clip, member: int = 0, raw: PosedRig | None = None
) -> FeetFigures:
    """Measured on the bones of ``posed``; contacts are found on the raw clip.

    Args:
        raw: the same before its feet were locked, to tell what that added.
    """
    rig, up, fps = posed.rig, posed.stage.up, clip.fps
    height = _height(rig, posed.joints, up)
    metre = height / TALL
    body = clip_body(clip, member)
    still, found, depth, reach = 0, 0, 0.0, 0.0
    pops, beside, inside, added = [], [], [], []
    for side in ("left", "right"):
        parts = ("hip", "knee", "ankle", "foot")
        bones = {p: posed.joints[f"{side}_{p}"] for p in parts if f"{side}_{p}" in posed.joints}
        stands = np.zeros(posed.frames, dtype=bool)
        for part, standing in (("ankle", ANKLE_HEIGHT), ("foot", BALL_HEIGHT)):
            if part not in bones:
                continue
            rest = rig.heads[bones[part]]
            sole = posed.place(bones[part], rest - (rest @ up) * up)
            place = body.places[f"{side}_{part}"]
            speed = _speed(place, fps)
            here = (place[:, 1] - standing < LOW) & (speed < SLOW)
            here = _long_enough(here, round(0.1 * fps))
            stands |= here
            lasting = here[1:] & here[:-1]
            moved = np.linalg.norm(np.diff(sole, axis=0), axis=-1) * fps / metre
            found += int(lasting.sum())
            still += int((lasting & (moved <= STILL)).sum())
            depth = max(depth, float(-(sole @ up).min() / metre))
        hip, knee, ankle = (posed.place(bones[part]) for part in ("hip", "knee", "ankle"))
        legs = [np.linalg.norm(b - a, axis=-1) for a, b in ((hip, knee), (knee, ankle))]
        reach = max(reach, float((np.linalg.norm(ankle - hip, axis=-1) / sum(legs)).max()))
        jolt = _jolt(knee, fps) / metre
        more = knee - (raw or posed).place(bones["knee"])
        edges = np.flatnonzero(np.diff(stands.astype(int)))
        at, near = np.zeros_like(stands), np.zeros_like(stands)
        for edge in edges:
            at[max(0, edge - 1) : edge + 3] = True
            near[max(0, edge - NEAR) : edge + NEAR + 2] = True
        pops.append(jolt[at])
        beside.append(jolt[near & ~at])
        inside.append(jolt[stands & ~at])
        added.append((_jolt(more, fps) / metre)[at])
    at_locks, near_locks, in_locks, more_at_locks = (
        _rms(np.concatenate(v)) for v in (pops, beside, inside, added)
    )
    return FeetFigures(
        still / max(found, 1),
        found,
        1000.0 * max(depth, 0.0),
        reach,
        at_locks / near_locks,
        at_locks / in_locks,
        more_at_locks / in_locks,
    )


@dataclass(frozen=True)
class HandFigures:
    """How hands and forearms keep off the body, and touch what the clip's touch."""

    kept: float
    """Share of touches (frames in which the clip's wrist is within 5 cm of a part of the body, or
    of the other hand or forearm) whose distance is within 3 cm of the clip's."""
    touches: int
    worst: float
    """Millimetres by which the distance differs, 99th percentile."""
    inside: float
    """Share of all frames in which a hand or forearm is deeper than 1 cm in the body."""
    deepest: float
    """Millimetres, 99.9th percentile."""


def hand_figures(posed: PosedRig, clip: Clip, member: int = 0) -> HandFigures:
    """Distances and depths in metres of the clip's dancer, on the rig's body scaled to hers."""
    dancer, figure = clip_figure(clip, clip_body(clip, member)), rig_figure(posed)
    apart, depths = [], []
    for side, other in (("left", "right"), ("right", "left")):
        gaps = []
        for body in (dancer, figure):
            solid = to_points(body.arms[side].wrist, body.solid).gap / body.unit
            arm = to_points(body.arms[side].wrist, body.arms[other].links()).gap / body.unit
            groups = [solid[:, :4], solid[:, 4:6], solid[:, 6:7], solid[:, 7:8], arm]
            gaps.append(np.stack([group.min(axis=1) for group in groups], axis=1))
        apart.append((gaps[1] - gaps[0])[gaps[0] <= TOUCH])
        depths.append(deepest(figure.arms[side], figure.solid) / figure.unit)
    off, deep = np.abs(np.concatenate(apart)), np.maximum(np.max(depths, axis=0), 0.0)
    off = off if len(off) else np.zeros(1)
    return HandFigures(
        float((off <= KEPT).mean()),
        len(off),
        1000.0 * float(np.quantile(off, 0.99)),
        float((deep > 0.01).mean()),
        1000.0 * float(np.quantile(deep, 0.999)),
    )


def _height(rig: Rig, joints: dict[str, int], up: np.ndarray) -> float:
    """Of the standing body, from the floor to the crown, by the height of its head joint."""
    head = rest_positions()[JOINTS.index("head"), 1]
    return float(rig.heads[joints["head"]] @ up) * (head + CROWN) / head


def _jolt(places: np.ndarray, fps: float) -> np.ndarray:
    """Size of the acceleration ``[T]`` of ``places[T, 3]``."""
    size = np.linalg.norm(np.diff(places, 2, axis=0), axis=-1) * fps**2
    return np.concatenate([size[:1], size, size[-1:]])


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else 1.0


def _speed(places: np.ndarray, fps: float) -> np.ndarray:
    return np.asarray(np.linalg.norm(np.gradient(places, 1.0 / fps, axis=0), axis=-1))


def _long_enough(mask: np.ndarray, shortest: int) -> np.ndarray:
    kept = np.zeros_like(mask)
    for run in runs(mask):
        kept[run] = run.stop - run.start >= shortest
    return kept


@dataclass(frozen=True)
class Row:
    """One clip on one body."""

    feet: FeetFigures
    hands: HandFigures


def main() -> None:
    """Prints the figures of every clip, and of all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP.npz")
    found: dict[tuple[str, str], list[Row]] = {}
    seconds = frames = 0.0
    for path in parser.parse_args().clips:
        clip = read_clip(path)
        prompt = clip.meta.get("request", {}).get("prompt", "")
        print(f"\n{path.name}: {clip.frames} frames, {prompt}")
        frames += len(PROPORTIONS) * clip.frames
        for name, factors in PROPORTIONS.items():
            rig = shaped(factors)
            raw = pose(clip, rig, best_match(rig.bones))
            start = time.process_time()
            done = keep_hands_out(ground(raw, clip), clip)
            seconds += time.process_time() - start
            for what, posed in (("before", raw), ("after", done)):
                row = Row(feet_figures(posed, clip, raw=raw), hand_figures(posed, clip))
                found.setdefault((name, what), []).append(row)
                print(f"  {name:17s} {what:7s} {_told([row])}")
    print("\nAll clips: shares over all frames, the worst of everything else")
    for (name, what), rows in found.items():
        print(f"  {name:17s} {what:7s} {_told(rows)}")
    print(f"{5400 * seconds / frames:.2f} s for three minutes at 30 fps")


def _told(rows: list[Row]) -> str:
    """Figures of some clips on one body."""
    feet, hands = [row.feet for row in rows], [row.hands for row in rows]
    still = np.average([f.locked for f in feet], weights=[max(f.found, 1) for f in feet])
    kept = np.average([h.kept for h in hands], weights=[h.touches for h in hands])
    inside = np.mean([h.inside for h in hands])
    return (
        f"still {100 * still:5.1f}% of {sum(f.found for f in feet):5d}"
        f" | under floor {max(f.penetration for f in feet):5.1f} mm"
        f" | reach {max(f.reach for f in feet):.4f}"
        f" | jolt {max(f.pop for f in feet):4.2f}"
        f" (of inside {max(f.within for f in feet):4.2f}, added {max(f.added for f in feet):4.2f})"
        f" | touches kept {100 * kept:5.1f}% of {sum(h.touches for h in hands):4d}"
        f" | in body {100 * inside:4.1f}%, {max(h.deepest for h in hands):3.0f} mm"
    )


if __name__ == "__main__":
    main()
