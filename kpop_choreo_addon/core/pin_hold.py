"""The last word on a fitted dance: where it was pinned, the armature is as it was pinned.

The engine meets a pin on our own body. What is done on the armature afterwards - feet, hands,
fingers, gaze - and what our body lacks of it may take it away from there again. So what a pin still
lacks is added: all of it in the pinned frames, with a share w that eases to nothing before and
after. For whole poses that is, for each bone b with the nearest driven bone p above it,
L_b = D_p^-1 D_b and L* as pinned,

    L_b'(t) = exp(w(t) m(t0) + r(t) (m(t) - m(t0))) L_b(t),    m(t) = log(L* L_b(t)^-1),

where t0 is the pinned frame nearest to t. A moment lies between two frames of the clip as a rule,
and both are pinned: by r the dance comes to rest there, as a dancer does who hits a pose. Hands and
feet come back through knee and elbow, a place by moving and turning the whole body while the feet
stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from . import quaternions as quat
from .clip import Clip
from .easing import smootherstep
from .limb_ik import bent_to, limb_of, put
from .pin_request import Held, held_of
from .pins import FEET, HANDS, PLACE, POSE, ROOT
from .placement import placement_of
from .posed import PosedRig
from .retarget import twisted

EASE = 0.5
"""Seconds in which a correction comes and goes, and in which the dance gives up its speed and takes
it up again, where the next pin leaves it so long."""
STOP = 0.5
"""Share of them in which it gives up its speed; in the others it makes up for the way lost."""
LONGEST = 0.999
"""Share of its length to which a limb is stretched at most."""
SAME_SIZE = 1e-3
"""Share by which an armature may be larger than the pinned one."""
LIMBS = {
    HANDS: [(f"{s}_shoulder", f"{s}_elbow", f"{s}_wrist") for s in ("left", "right")],
    FEET: [(f"{s}_hip", f"{s}_knee", f"{s}_ankle") for s in ("left", "right")],
}
ACROSS = ("left_hip", "right_hip", "left_shoulder", "right_shoulder")


@dataclass(frozen=True, eq=False)
class Window:
    """Where a pin works on a dance."""

    held: Held
    frames: np.ndarray
    """``[K]``"""
    core: np.ndarray
    """``[K]`` the pinned frame nearest to each."""
    share: np.ndarray
    """``[K]`` w: how much of what is lacking is added, 1 in the pinned frames."""
    rest: np.ndarray
    """``[K]`` r: how much the dance is at rest."""

    def added(self, lack: np.ndarray) -> np.ndarray:
        """What is to be added ``[K, C]`` in the frames, of what is lacking ``[T, C]``."""
        here, core = lack[self.frames], lack[self.core]
        return self.share[:, None] * core + self.rest[:, None] * (here - core)


def held_to_pins(posed: PosedRig, clip: Clip) -> PosedRig:
    """``posed`` as it was fitted, meeting the pins to which ``clip`` was danced.

    Pins of less than full weight are left to the engine, and those of an armature of another
    size or with other bones.
    """
    windows = pin_windows(clip, _fitting(posed, held_of(clip)))
    for window in (w for w in windows if w.held.kind == PLACE):
        posed = _placed(posed, window)
    for kind, limbs in LIMBS.items():
        for window in (w for w in windows if w.held.kind == kind):
            for names in limbs:
                posed = _reached(posed, window, names)
    whole = [w for w in windows if w.held.kind == POSE]
    return _posed(twisted(posed), whole) if whole else posed


def pin_seconds(clip: Clip) -> np.ndarray:
    """Seconds of ``clip`` ``[N]`` at which pins begin and end to hold."""
    scale = placement_of(clip).time_scale
    edges = [edge * scale - clip.song_start for h in held_of(clip) for edge in (h.first, h.last)]
    return np.unique(np.array(edges))


def pin_windows(clip: Clip, pins: Iterable[Held]) -> list[Window]:
    """The frames of ``clip`` in which each of ``pins`` works."""
    pins = list(pins)
    scale, last = placement_of(clip).time_scale, clip.frames - 1
    seconds = np.array([(held.first, held.last) for held in pins]).reshape(-1, 2)
    at = np.rint((seconds * scale - clip.song_start) * clip.fps).astype(int)
    edges = np.clip(at, 0, last).tolist()
    found = []
    for number, held in enumerate(pins):
        start, end = edges[number]
        others = [e for h, e in zip(pins, edges, strict=True) if h.parts & held.parts]
        before = max((stop for _, stop in others if stop < start), default=-last - 1)
        after = min((begin for begin, _ in others if begin > end), default=2 * last + 1)
        wide = EASE * clip.fps
        left, right = max(1.0, min(wide, start - before)), max(1.0, min(wide, after - end))
        frames = np.arange(max(0, int(start - left)), min(last, int(end + right)) + 1)
        away = np.maximum(np.maximum((start - frames) / left, (frames - end) / right), 0.0)
        core = np.clip(frames, start, end)
        found.append(Window(held, frames, core, 1.0 - smootherstep(away), resting(away)))
    return found


def resting(away: np.ndarray) -> np.ndarray:
    """r of times ``away`` from a pin, 1 at it and 0 from 1 on.

    What passed through at an even speed would be at ``away``; with a speed that rises from 0 to
    1 + h in h = :data:`STOP` and falls to 1 until 1, it is at f(away), and r = 1 - f / away.
    """
    u = np.clip(away, 1e-9, 1.0)
    way = (1.0 + STOP) * STOP * _risen(u / STOP)
    way -= STOP * (1.0 - STOP) * _risen((u - STOP) / (1.0 - STOP))
    return np.asarray(1.0 - way / u)


def _risen(x: np.ndarray) -> np.ndarray:
    """The way made by a speed that rises by :func:`.smootherstep` and then stays 1."""
    rising = np.clip(x, 0.0, 1.0)
    return rising**4 * (rising * (rising - 3.0) + 2.5) + np.maximum(x - 1.0, 0.0)


def _fitting(posed: PosedRig, pins: Iterable[Held]) -> list[Held]:
    """Those of ``pins`` that were set on an armature like this one."""
    bones = {posed.rig.bones[bone] for bone in posed.joints.values()}
    return [
        held
        for held in pins
        if held.weight >= 1.0
        and bones <= held.turns.keys()
        and abs(held.scale / posed.stage.scale - 1.0) < SAME_SIZE
    ]


def _posed(posed: PosedRig, windows: list[Window]) -> PosedRig:
    """Every bone as it was pinned."""
    rig, places = posed.rig, posed.root_places.copy()
    above = {
        bone: next((b for b in rig.turning_ancestors(bone) if b in posed.turns), -1)
        for bone in posed.turns
    }
    goals = [{b: w.held.turns.get(rig.bones[b]) for b in posed.turns} for w in windows]
    turns: dict[int, np.ndarray] = {}
    for bone, turn in posed.turns.items():
        up = above[bone]
        own = turn if up < 0 else quat.multiply(quat.conjugate(posed.turns[up]), turn)
        local = own.copy()
        for window, wanted in zip(windows, goals, strict=True):
            goal, base = wanted[bone], wanted.get(up)
            if goal is None or (up >= 0 and base is None):
                continue
            target = np.array(goal)
            if base is not None:
                target = quat.multiply(quat.conjugate(np.array(base)), target)
            lack = quat.to_vectors(quat.multiply(target, quat.conjugate(own)))
            added = quat.from_vectors(window.added(lack))
            local[window.frames] = quat.multiply(added, local[window.frames])
        turns[bone] = local if up < 0 else quat.multiply(turns[up], local)
    for window in windows:
        lack = np.array(window.held.places[ROOT]) - posed.root_places
        places[window.frames] += window.added(lack)
    return replace(posed, turns=turns, root_places=places)


def _reached(posed: PosedRig, window: Window, names: tuple[str, str, str]) -> PosedRig:
    """A hand or a foot where it was pinned, and turned as it was."""
    end = posed.joints.get(names[2])
    if end is None or names[2] not in window.held.places:
        return posed
    posed = _limb_to(posed, window, names, np.array(window.held.places[names[2]]))
    goal = np.array(window.held.turns[posed.rig.bones[end]])
    lack = quat.to_vectors(quat.multiply(goal, quat.conjugate(posed.turn(end))))
    added = quat.from_vectors(window.added(lack))
    turns = dict(posed.turns)
    for bone in posed.below(end):
        turns[bone] = turns[bone].copy()
        turns[bone][window.frames] = quat.multiply(added, turns[bone][window.frames])
    return replace(posed, turns=turns)


def _limb_to(
    posed: PosedRig, window: Window, names: tuple[str, str, str], goal: np.ndarray
) -> PosedRig:
    """The end of a limb at ``goal[3]`` in the pinned frames."""
    limb = limb_of(posed, names)
    path = limb.end.copy()
    path[window.frames] += window.added(goal - limb.end)
    return _along(posed, names, path, window.frames)


def _along(
    posed: PosedRig, names: tuple[str, str, str], path: np.ndarray, frames: np.ndarray
) -> PosedRig:
    """The end of a limb on ``path[T, 3]`` in ``frames``; elsewhere nothing changes."""
    limb = limb_of(posed, names)
    forward = quat.rotate(posed.stage.rotation, np.array([1.0, 0.0, 0.0]))
    side = quat.rotate(posed.turn(posed.joints[names[0]]), forward)
    new = bent_to(limb, path, side, np.maximum(LONGEST, np.minimum(limb.reach, 1.0)))
    moved = put(posed, limb, new)
    turns = {}
    for bone, turn in moved.turns.items():
        turns[bone] = posed.turn(bone).copy()
        turns[bone][frames] = turn[frames]
    return replace(moved, turns=turns)


def _placed(posed: PosedRig, window: Window) -> PosedRig:
    """The body where it was pinned and facing as it did, on the feet that it has."""
    at, up = window.held.places, posed.stage.up
    if any(joint not in at for joint in (ROOT, *ACROSS)):
        return posed
    now = np.stack([posed.place(posed.joints[joint]) for joint in ACROSS])
    goal = np.stack([np.array(at[joint]) for joint in ACROSS])[:, None]
    faces = quat.wrapped(_facing(goal, posed) - _facing(now, posed))
    yaw = quat.about(up, window.added(faces[:, None])[:, 0])
    feet = {names: limb_of(posed, names).end for names in LIMBS[FEET]}
    soles = {names[2]: posed.turn(posed.joints[names[2]]) for names in LIMBS[FEET]}
    hips = posed.place(posed.root, posed.stage.hips)
    wanted = (np.array(at["left_hip"]) + np.array(at["right_hip"])) / 2.0
    away = hips - posed.root_places
    places, turns = posed.root_places.copy(), {}
    hips[window.frames] += window.added(wanted - hips)
    places[window.frames] = hips[window.frames] - quat.rotate(yaw, away[window.frames])
    for bone, turn in posed.turns.items():
        turns[bone] = turn.copy()
        turns[bone][window.frames] = quat.multiply(yaw, turn[window.frames])
    moved = replace(posed, turns=turns, root_places=places)
    for names, path in feet.items():
        moved = _along(moved, names, path, window.frames)
        turns, ankle = dict(moved.turns), moved.joints[names[2]]
        back = quat.multiply(soles[names[2]], quat.conjugate(turns[ankle]))
        for bone in moved.below(ankle):
            turns[bone] = quat.multiply(back, turns[bone])
        moved = replace(moved, turns=turns)
    return moved


def _facing(places: np.ndarray, posed: PosedRig) -> np.ndarray:
    """Radians about the stage's up of what is square to :data:`ACROSS`, ``[4, ..., 3]``."""
    across = places[0] - places[1] + places[2] - places[3]
    seen = quat.rotate(quat.conjugate(posed.stage.rotation), across)
    return np.asarray(np.arctan2(seen[..., 1], seen[..., 0]))
