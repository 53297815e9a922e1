"""Which side of a body without names is left: where toes, thumbs, face and knees point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .body import other_side
from .body_shape import Tree, front_of
from .fingers import finger_chains, phalanges
from .quaternions import normalize


def with_sides(tree: Tree, bones: Mapping[str, int]) -> dict[str, int] | None:
    """``bones`` with ``a_`` and ``b_`` as left and right."""
    heads = tree.rig.heads
    up = normalize(heads[bones["a_hip"]] - heads[bones["a_ankle"]])
    sided = {
        f"{'left' if joint[0] == 'a' else 'right'}{joint[1:]}" if joint[1] == "_" else joint: bone
        for joint, bone in bones.items()
    }
    at = {joint: heads[bone] for joint, bone in sided.items()}
    front = front_of(at, up)
    if front is None:
        front = _front_without_toes(tree, sided, up)
    if front is None:
        return None
    across = at["left_hip"] - at["right_hip"]
    if float(np.cross(up, front) @ across) > 0.0:
        return sided
    return {other_side(joint): bone for joint, bone in sided.items()}


def _front_without_toes(tree: Tree, bones: Mapping[str, int], up: np.ndarray) -> np.ndarray | None:
    """Where thumbs, face, knees and the backs of elbows say the front is."""
    heads, tails = tree.rig.heads, tree.rig.tails
    across = normalize(heads[bones["left_hip"]] - heads[bones["right_hip"]])
    ahead = np.cross(across, up)
    signs = 0.0
    for side in ("left", "right"):
        wrist = bones[f"{side}_wrist"]
        chains = [phalanges(tree, wrist, chain) for chain in finger_chains(tree, wrist)]
        if len(chains) >= 3:
            roots = sorted((heads[c[0]] for c in chains), key=lambda p: _length(p - heads[wrist]))
            hand = normalize(np.mean(roots[1:], axis=0) - heads[wrist])
            thumb = roots[0] - np.mean(roots[1:], axis=0)
            signs += 2.0 * float(normalize(thumb - (thumb @ hand) * hand) @ ahead)
        for first, mid, last, way in (
            ("hip", "knee", "ankle", 1.0),
            ("shoulder", "elbow", "wrist", -1.0),
        ):
            a, b, c = (heads[bones[f"{side}_{joint}"]] for joint in (first, mid, last))
            bow = float((b - (a + c) / 2) @ ahead)
            signs += way * np.sign(bow) * (abs(bow) > 0.01 * _length(c - a))
        ankle, hip, knee = (bones[f"{side}_{joint}"] for joint in ("ankle", "hip", "knee"))
        foot, thigh = normalize(tails[ankle] - heads[ankle]), normalize(tails[hip] - heads[hip])
        if float(thigh @ normalize(heads[knee] - heads[hip])) > 0.9:  # bones lie along limbs
            signs += 2.0 * float(foot @ ahead)
    if "head" in bones and (face := tree.children[bones["head"]]):
        offset = np.mean([heads[b] for b in face], axis=0) - heads[bones["head"]]
        signs += 0.5 * np.sign(offset @ ahead)
    return None if abs(signs) < 0.3 else ahead * np.sign(signs)


def _length(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))
