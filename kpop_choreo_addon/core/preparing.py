"""From a clip to the keys of one armature: all the numeric work before Blender is touched.

It runs in a thread of its own on what was read from the armature beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from . import quaternions as quat
from .bars import beat_seconds
from .clip import Clip
from .control_bones import body_rig
from .controls import Switch, limb_controls, of_controls, on_controls, switches
from .errors import ChoreoError
from .expression import ExpressionOptions, expressive
from .humanoid import REQUIRED, Match, require_rig
from .keys import BoneKeys, KeyOptions, bone_keys, without_still
from .object_root import OBJECT, Stand, in_object_units, object_rig, with_object
from .pin_hold import held_to_pins, pin_seconds
from .posed import PosedRig
from .reshape import CLOSED
from .retarget import BoneMotion, basis, pose
from .rig import Rig
from .root_motion import IN_PLACE, ROOT, move_root, root_bone, root_track
from .settling import ContactOptions, settled
from .splice import round_again
from .takes import NewTake
from .timing import key_times
from .unseen import Unseen, unseen


@dataclass(frozen=True, eq=False)
class Target:
    """What is read from an armature that is to dance."""

    rig: Rig
    modes: Mapping[str, str]
    """Rotation mode by bone."""
    driven: frozenset[tuple[str, str]] = frozenset()
    """Bone and property, like ``rotation_quaternion``, of channels that a driver holds."""
    constrained: frozenset[str] = frozenset()
    """Bones with constraints at work."""
    match: Match | None = None
    """What its bones are; None to find out by the rig alone."""
    stand: Stand | None = None
    """Where its object stands; None if that is not to move."""

    def same(self, other: Target) -> bool:
        """Whether a dance that was prepared for ``other`` fits."""
        rigs = all(
            np.array_equal(getattr(self.rig, f.name), getattr(other.rig, f.name))
            for f in fields(Rig)
        )
        rest = ("modes", "driven", "constrained", "match", "stand")
        return rigs and all(getattr(self, name) == getattr(other, name) for name in rest)


@dataclass(frozen=True, eq=False)
class Dance:
    """What is to be keyed."""

    keys: tuple[BoneKeys, ...]
    unseen: Unseen
    """What the armature has no bone for."""
    notes: tuple[str, ...] = field(default=())
    """Sentences about what the armature does besides."""
    switches: tuple[Switch, ...] = ()
    """Properties of the rig that the keys rely on."""


@dataclass(frozen=True)
class FitOptions:
    """How a dance is fitted to an armature."""

    keys: KeyOptions = field(default_factory=KeyOptions)
    contact: ContactOptions | None = field(default_factory=ContactOptions)
    """What is put right after retargeting; nothing if it is None."""
    expression: ExpressionOptions | None = field(default_factory=ExpressionOptions)
    """What hands and head show; they keep to the clip's joints if it is None."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A dance that is ready to be written, and what it was made of."""

    clip: Clip
    target: Target
    options: FitOptions
    dance: Dance

    def fits(self, clip: Clip, target: Target, options: FitOptions) -> bool:
        """Whether preparing again would give the same."""
        return clip is self.clip and options == self.options and target.same(self.target)


@dataclass(frozen=True, eq=False)
class Ready:
    """Takes that can be stored and written: the first of them is fitted to its armature."""

    key: tuple[str, ...]
    """The clip files that they were, or the number of a take that is stored already."""
    takes: tuple[NewTake, ...]
    prepared: Prepared


def prepare(clip: Clip, target: Target, options: FitOptions) -> Dance:
    """The keys that make ``target`` dance ``clip``; beats get keys of their own.

    Raises:
        ChoreoError: those of :func:`require_rig` and :func:`pose`; ``rig_damaged`` when a bone
            is nowhere, ``channels_driven`` when drivers hold bones that a dance needs.
    """
    rig = target.rig
    match = target.match or require_rig(rig)
    _require_places(rig, match)
    posed = pose(clip, body_rig(rig, match), match)
    beyond = unseen(clip, posed, match)
    if options.contact is not None:
        posed = settled(posed, clip, 0, options.contact)
    if options.expression is not None:
        posed = expressive(posed, clip, match, 0, options.expression)
    posed = held_to_pins(posed, clip)
    stand = _travelling(posed, match, target, options)
    keys = _keys(posed, clip, target, match, stand, options)
    if match.loose:  # controls that the dance leaves alone
        keys = tuple(without_still(key) for key in keys)
    if clip.meta.get(CLOSED):
        half = beat_seconds(clip) / 2
        modes = {OBJECT: stand.mode if stand else "", **target.modes}
        keys = tuple(round_again(k, modes[k.bone], half, clip.fps) for k in keys)
    keys, driven = _without_driven(keys, target, match)
    held = [k.bone or rig.name for k in keys if k.bone in target.constrained]
    notes = list(match.notes)
    if stand is not None:
        notes.append(f"{rig.name} has no root bone above its hips, so the object travels.")
    elif options.keys.root_motion == ROOT and root_bone(posed, match) is None:
        notes.append(
            f"{rig.name} has no root bone above its hips, and its object is driven or "
            "stretched, so the hips travel."
        )
    if driven:
        notes.append(f"Drivers hold {listed(driven)}, so they were not keyed.")
    if held:
        notes.append(f"Constraints act on {listed(held)} on top of the dance.")
    return Dance(keys, beyond, tuple(notes), switches(match))


def _travelling(posed: PosedRig, match: Match, target: Target, options: FitOptions) -> Stand | None:
    """Where the object stands, if it is to carry path and heading."""
    stand = target.stand
    if options.keys.root_motion != ROOT or root_bone(posed, match) is not None:
        return None
    if stand is None or match.loose or stand.driven or not stand.carries(posed.stage.up):
        return None
    return stand


def _keys(
    posed: PosedRig,
    clip: Clip,
    target: Target,
    match: Match,
    stand: Stand | None,
    options: FitOptions,
) -> tuple[BoneKeys, ...]:
    """The keys of all bones, and of the object if it carries them."""
    beats, up = np.union1d(clip.beats, pin_seconds(clip)), posed.stage.up
    seconds = key_times(clip.frames, clip.fps, beats)
    mode = options.keys.root_motion if stand is None else IN_PLACE
    moved = on_controls(move_root(posed, match, mode, clip.fps), target.rig, match)
    motion, rig, modes = of_controls(basis(moved), match), moved.rig, target.modes
    if stand is not None:
        motion = with_object(motion, root_track(posed, clip.fps), stand, up)
        rig, modes = object_rig(rig), {OBJECT: stand.mode, **modes}
    motion, scale = _at(motion, seconds * clip.fps), posed.stage.scale
    keys = bone_keys(motion, seconds, beats, modes, rig, scale, options.keys)
    return keys if stand is None else in_object_units(keys, stand, up)


def listed(names: list[str], limit: int = 4) -> str:
    """``a, b and 3 more``."""
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"


def _require_places(rig: Rig, match: Match) -> None:
    """Numbers everywhere: one that is none would spread over the whole body."""
    numbers = np.concatenate([rig.heads, rig.tails, rig.rotations], axis=-1)
    lost = [rig.bones[bone] for bone in np.flatnonzero(~np.isfinite(numbers).all(axis=-1))]
    if set(lost) & set(match.bones.values()):
        raise ChoreoError(
            "rig_damaged",
            f"The armature {rig.name} has bones without a place: {listed(lost)}.",
            "Place them anew in Edit Mode, choose another armature, or press Add Dancer.",
        )


def _without_driven(
    keys: tuple[BoneKeys, ...], target: Target, match: Match
) -> tuple[tuple[BoneKeys, ...], list[str]]:
    """``keys`` of bones that no driver holds, and the names of the others."""
    driven = [
        key.bone
        for key in keys
        if any((key.bone, c.property_name) in target.driven for c in key.channels)
    ]
    vital = {bone for joint, bone in match.bones.items() if joint in REQUIRED}
    vital |= limb_controls(match)
    needed = [bone for bone in driven if bone in vital]
    if needed:
        raise ChoreoError(
            "channels_driven",
            f"Drivers hold bones of {target.rig.name} that have to dance: {listed(needed)}.",
            "Mute or delete the drivers of their rotation and location.",
        )
    return tuple(key for key in keys if key.bone not in driven), driven


def _at(motion: BoneMotion, positions: np.ndarray) -> BoneMotion:
    """``motion`` sampled at fractional frames ``positions[N]`` of the clip."""
    whole = np.arange(motion.frames)

    def sampled(values: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(positions, whole, column) for column in values.T], axis=-1)

    locations = {bone: sampled(values) for bone, values in motion.locations.items()}
    return BoneMotion(motion.bones, quat.resample(motion.quats, positions), locations)
