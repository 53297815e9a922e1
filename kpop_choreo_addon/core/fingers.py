"""Fingers found without their names: chains of bones below the wrist."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .body_shape import Tree

_FINGERS = ("index", "middle", "ring", "little")


def fingers_by_shape(tree: Tree, bones: Mapping[str, int]) -> dict[str, list[int]]:
    """The fingers of both hands by role, if they look like fingers: proximal to distal.

    The thumb begins nearest to the wrist; the others follow in their distance from it.
    """
    heads = tree.rig.heads
    found: dict[str, list[int]] = {}
    for side in ("left", "right"):
        wrist = bones.get(f"{side}_wrist")
        if wrist is None:
            continue
        chains = [phalanges(tree, wrist, chain) for chain in finger_chains(tree, wrist)]
        if not 3 <= len(chains) <= 5:
            continue
        start = heads[wrist]
        thumb = min(chains, key=lambda c: _length(heads[c[0]] - start))
        others = [chain for chain in chains if chain is not thumb]
        others.sort(key=lambda c: _length(heads[c[0]] - heads[thumb[0]]))
        found[f"{side}_thumb"] = thumb
        for name, chain in zip(_FINGERS, others, strict=False):
            found[f"{side}_{name}"] = chain
    return found


def finger_chains(tree: Tree, wrist: int) -> list[list[int]]:
    """Unbranched chains of at least two bones below ``wrist``."""
    chains = []
    for leaf in (bone for bone in tree.below(wrist) if not tree.children[bone]):
        chain = [leaf]
        while (above := int(tree.rig.parents[chain[0]])) != wrist:
            if len(tree.children[above]) > 1:
                break
            chain.insert(0, above)
        if len(chain) >= 2:
            chains.append(chain)
    return chains


def phalanges(tree: Tree, wrist: int, chain: list[int]) -> list[int]:
    """``chain`` without a bone of the palm before it and a tip after it."""
    heads = tree.rig.heads
    if len(chain) > 3:
        palm = _length(heads[chain[0]] - heads[wrist])
        if palm < _length(heads[chain[1]] - heads[chain[0]]):
            chain = chain[1:]
    return chain[:3]


def _length(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))
