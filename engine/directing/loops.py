"""Dances without an end: the frame after the last one is the first one.

A loop is a whole number of bars. Its windows run past its end into its beginning while it is
denoised. Everything after that works on the loop laid several times end to end, and takes a copy
from the middle, whose past and future are the loop itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from engine.choreography.counts import Counts
from engine.directing.asked import invalid
from engine.directing.curves import ease
from engine.directing.seams import softened
from engine.motion.features import Motion
from engine.motion.rotations import quat_slerp, quat_unroll
from engine.motion.warping import warp
from engine.sync import GENTLE, arrival_strength, best_offsets, sync

SURROUND = 12.0
"""Seconds of loop before and after the copy that is kept: further than any filter reaches."""
SHORTEST_LOOP = 4.0
"""Seconds: no dance is shorter."""
CLOSE = 0.25
"""Seconds at the end of a loop over which what is left of a difference is taken out."""


def whole_bars(start: float, end: float, counts: Counts, beats_per_bar: int, last: float) -> float:
    """The second nearest to ``end`` at which a loop from ``start`` can end: a whole number of bars.

    Args:
        last: the loop must end by then.

    Raises:
        ChoreoError: ``parameter_invalid``: no whole bars of four seconds or more fit.
    """
    bar = beats_per_bar / counts.every
    low, high = counts.position(np.array([start, end]))
    ends = counts.seconds(low + bar * np.arange(1, (high - low) / bar + 8))
    fitting = ends[(ends <= last + 1e-6) & (ends - start >= SHORTEST_LOOP)]
    if not len(fitting):
        raise invalid(
            "No whole bars fit into the range of the loop.",
            "Choose at least four seconds that end a bar before the song does.",
        )
    return float(min(fitting[np.argmin(np.abs(fitting - end))], last))


def cyclic_starts(
    wanted: Int[np.ndarray, " N"], length: int, frames: int, overlap: int
) -> Int[np.ndarray, " B"]:
    """Starts of windows near the wanted ones that cover a loop and overlap throughout."""
    starts: list[int] = []
    longest = max(1, length - overlap)
    for start in sorted({int(w) % frames for w in wanted}):
        if not starts or start - starts[-1] >= min(overlap, frames):
            while starts and start - starts[-1] > longest:
                starts.append(starts[-1] + longest)
            starts.append(start)
    starts = starts or [0]
    while starts[0] + frames - starts[-1] > longest:
        starts.append(starts[-1] + longest)
    return np.array(sorted({start % frames for start in starts}))


def copies_of(frames: int, fps: float) -> int:
    """How many copies are laid end to end, an odd number."""
    return 2 * int(np.ceil(SURROUND * fps / frames)) + 1


def tiled(motion: Motion, copies: int) -> Motion:
    """The loop ``copies`` times end to end."""
    return replace(
        motion,
        local_quats=quat_unroll(np.tile(motion.local_quats, (copies, 1, 1))),
        root_positions=np.tile(motion.root_positions, (copies, 1)),
        contacts=np.tile(motion.contacts, (copies, 1)),
    )


def middle(motion: Motion, copies: int) -> Motion:
    """The middle copy, closed: over its last moments it becomes what comes before the copy."""
    frames = len(motion) // copies
    first = copies // 2 * frames
    here, past = slice(first, first + frames), slice(first - frames, first)
    fade = max(2, round(CLOSE * motion.fps))
    share = np.zeros(frames)
    share[-fade:] = ease(np.arange(1, fade + 1) / fade)
    every = np.broadcast_to(share[:, None], motion.local_quats[here].shape[:-1])
    quats = quat_slerp(motion.local_quats[here], motion.local_quats[past], every)
    root, before = motion.root_positions[here], motion.root_positions[past]
    return replace(
        motion,
        local_quats=quat_unroll(quats),
        root_positions=root + share[:, None] * (before - root),
        contacts=motion.contacts[here],
    )


def softly_closed(motion: Motion, copies: int) -> Motion:
    """One round of a loop that is laid end to end, with a softer seam if it needs one."""
    frames = len(motion) // copies
    seam, half = copies // 2 * frames, frames // 2
    soft = softened(motion, seam, before=True, after=True)
    # The frames around the seam, turned so that the seam comes first.
    order = np.roll(np.arange(seam - half, seam - half + frames), -half)
    return replace(
        soft,
        local_quats=soft.local_quats[order],
        root_positions=soft.root_positions[order],
        contacts=soft.contacts[order],
    )


def centred(motion: Motion) -> Motion:
    """The loop around the middle of the stage."""
    return replace(
        motion,
        root_positions=motion.root_positions
        - motion.root_positions.mean(axis=0) * np.array([1.0, 0.0, 1.0]),
    )


def around(motion: Motion, change: Callable[[Motion, int], Motion]) -> Motion:
    """The loop after ``change``, which gets the loop laid end to end and the number of copies."""
    copies = copies_of(len(motion), motion.fps)
    return middle(change(tiled(motion, copies), copies), copies)


def sync_loop(
    motion: Motion,
    beats: Float[np.ndarray, " B"],
    still: tuple[tuple[float, float], ...] = (),
    accents: Float[np.ndarray, " A"] | None = None,
) -> Motion:
    """:func:`engine.sync.sync` of a loop: what it does at the seam it does on both sides.

    Args:
        beats: seconds from the first frame, within one round.
        still: stretches of one round that must stay in place.
        accents: those of the beats that are to be hit.
    """
    copies, period = copies_of(len(motion), motion.fps), len(motion) / motion.fps
    rounds = np.arange(copies) * period
    every = (rounds[:, None] + beats).ravel()
    hit = None if accents is None else (rounds[:, None] + accents).ravel()
    if not still and len(beats) > 1:
        wide = tiled(motion, copies)
        strength = arrival_strength(wide.positions(), wide.fps)
        path = best_offsets(strength, wide.fps, every, GENTLE)
        motion = later(motion, float(np.interp(rounds[copies // 2], every, path)))
    seams = tuple((float(r), float(r)) for r in rounds)
    held = tuple((first + r, last + r) for first, last in still for r in rounds)
    return middle(sync(tiled(motion, copies), every, seams + held, hit).motion, copies)


def later(motion: Motion, seconds: float) -> Motion:
    """The loop, begun ``seconds`` later."""
    times = (np.arange(len(motion)) + len(motion)) / motion.fps + seconds
    return warp(tiled(motion, 3), times)
