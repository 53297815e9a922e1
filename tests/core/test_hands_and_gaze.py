"""Fingers that show what the choreography says, and a head that stays toward the audience."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.expression import ExpressionOptions, expressive
from kpop_choreo_addon.core.gaze import MOST_HEAD
from kpop_choreo_addon.core.hand_poses import FINGERS, LEAVE, POSES
from kpop_choreo_addon.core.humanoid import require_rig
from kpop_choreo_addon.core.posed import PosedRig
from kpop_choreo_addon.core.retarget import pose
from tests.core.rig_systems import all_systems
from tests.core.rigs import angle_between
from tests.core.synthetic import clip_arrays, write_clip

NAMES = list(POSES)
STRAIGHT, CURLED = 20.0, 150.0
"""Degrees between a finger's last phalanx and the hand."""


@pytest.fixture(scope="module")
def rigs() -> dict:
    """Those with five fingers on each hand."""
    found = {
        name: rig
        for name, rig in all_systems().items()
        if all(len(require_rig(rig).parts.get(f"left_{f}", ())) >= 3 for f in FINGERS)
    }
    assert {"mixamo", "unreal-5", "vroid", "mmd", "character-creator"} <= set(found)
    return found


def clip_with(folder: Path, left: list[str], right: str = "relaxed") -> Clip:
    """Frames in as many equal stretches as ``left`` names."""
    arrays = clip_arrays()
    frames = arrays["local_quats"].shape[1]
    hands = np.full((1, frames, 2), NAMES.index(right), dtype=np.uint8)
    for number, name in enumerate(left):
        hands[0, number * frames // len(left) :, 0] = NAMES.index(name)
    meta = json.loads(str(arrays["meta"])) | {"hand_poses": NAMES}
    return read_clip(write_clip(folder / "h.npz", hand_pose=hands, meta=np.array(json.dumps(meta))))


def shown(clip: Clip, rig, options: ExpressionOptions | None = None) -> PosedRig:
    match = require_rig(rig)
    options = options or ExpressionOptions()
    return expressive(pose(clip, rig, match), clip, match, 0, options)


def curl(posed: PosedRig, match, side: str, finger: str) -> np.ndarray:
    """Degrees ``[T]`` between the hand (wrist to the finger's base) and the last phalanx."""
    rig = posed.rig
    chain = [rig.bones.index(name) for name in match.parts[f"{side}_{finger}"]][-3:]
    heads = [posed.place(bone) for bone in (posed.joints[f"{side}_wrist"], *chain)]
    return angle_between(heads[1] - heads[0], heads[-1] - heads[-2])


def test_fingers_follow_the_clip_on_every_rig_that_has_some(rigs, tmp_path: Path) -> None:
    clip = clip_with(tmp_path, ["open", "fist"], "point")
    half, late = clip.frames // 4, 3 * clip.frames // 4
    for name, rig in rigs.items():
        match, posed = require_rig(rig), shown(clip, rig)
        for finger in ("index", "middle", "ring", "little"):
            left, right = (curl(posed, match, side, finger) for side in ("left", "right"))
            assert left[half] < STRAIGHT, (name, finger, left[half])
            assert left[late] > CURLED, (name, finger, left[late])
            assert (right[late] < STRAIGHT) == (finger == "index"), (name, finger, right[late])


def test_a_closed_hand_closes_toward_the_palm(rigs, tmp_path: Path) -> None:
    """In the T-pose the tips of a fist are below the knuckles and not beyond them."""
    clip = clip_with(tmp_path, ["fist"])
    still = np.broadcast_to([1.0, 0.0, 0.0, 0.0], clip.local_quats.shape)
    clip = Clip(**{**clip.__dict__, "local_quats": still.copy()})
    for name, rig in rigs.items():
        match, posed = require_rig(rig), shown(clip, rig, ExpressionOptions("fist"))
        up, scale = posed.stage.up, posed.stage.scale
        for side in ("left", "right"):
            chain = [rig.bones.index(b) for b in match.parts[f"{side}_middle"]][-3:]
            base, tip = posed.place(chain[0])[0], posed.place(chain[-1])[0]
            wrist = posed.place(posed.joints[f"{side}_wrist"])[0]
            assert (tip - base) @ up < -0.02 * scale, (name, side)
            assert np.linalg.norm(tip - wrist) < 1.1 * np.linalg.norm(base - wrist), (name, side)


def test_hands_change_smoothly_and_can_be_left_alone(rigs, tmp_path: Path) -> None:
    clip = clip_with(tmp_path, ["open", "fist", "open"])
    rig = rigs["mixamo"]
    match = require_rig(rig)
    steps = np.abs(np.diff(curl(shown(clip, rig), match, "left", "index")))
    assert 5.0 < steps.max() < 75.0
    usual, alone = pose(clip, rig, match), shown(clip, rig, ExpressionOptions(LEAVE))
    assert set(alone.turns) == set(usual.turns)
    fingers = {rig.bones.index(b) for r, bs in match.parts.items() if "index" in r for b in bs}
    assert fingers & set(shown(clip, rig).turns)


def test_the_head_stays_toward_the_audience_as_far_as_a_neck_turns(rigs, tmp_path: Path) -> None:
    clip = clip_with(tmp_path, ["open"])
    rig = rigs["mixamo"]
    angle = np.linspace(0.0, np.deg2rad(100.0), clip.frames)
    turned = np.zeros_like(clip.local_quats)
    turned[..., 0] = 1.0
    turned[0, :, 0] = quat.about(np.array([0.0, 1.0, 0.0]), angle)
    clip = Clip(**{**clip.__dict__, "local_quats": turned})

    def looks(share: float) -> np.ndarray:
        posed = shown(clip, rig, ExpressionOptions(LEAVE, share))
        front = quat.rotate(posed.stage.rotation, np.array([0.0, -1.0, 0.0]))
        return angle_between(quat.rotate(posed.turn(posed.joints["head"]), front), front)

    free, half, held = looks(0.0), looks(0.5), looks(1.0)
    np.testing.assert_allclose(free, np.rad2deg(angle), atol=1e-3)
    at = int(np.argmin(np.abs(angle - np.deg2rad(60.0))))
    assert half[at] == pytest.approx(30.0, abs=1.0)
    assert held[at] < 1.0
    assert held[-1] == pytest.approx(100.0 - np.rad2deg(MOST_HEAD), abs=3.0)
    assert np.abs(np.diff(held)).max() < 3.0
