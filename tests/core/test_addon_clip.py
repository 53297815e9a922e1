"""Reading the clip file: what the engine writes, and everything that is not a clip."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core import body
from kpop_choreo_addon.core.clip import read_clip
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.npz import MOST_BYTES
from kpop_choreo_addon.core.placement import mirrored
from tests.core.synthetic import clip_arrays, write_clip


def test_reads_what_was_written(tmp_path: Path) -> None:
    clip = read_clip(write_clip(tmp_path / "a.npz", song_start=3.5))
    arrays = clip_arrays()
    assert (clip.members, clip.frames, clip.fps, clip.song_start) == (1, 121, 30.0, 3.5)
    assert clip.duration == pytest.approx(4.0)
    assert clip.joint_names == body.JOINTS
    np.testing.assert_allclose(clip.local_quats, arrays["local_quats"])
    np.testing.assert_allclose(clip.root_positions, arrays["root_positions"])
    np.testing.assert_allclose(clip.beats, arrays["beats"])
    assert clip.meta["seed"] == 7


def test_unknown_arrays_are_ignored(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.npz", mood=np.zeros((1, 121, 2)), gaze=np.zeros(3))
    assert read_clip(path).frames == 121


def test_hand_poses_must_fit_the_motion(tmp_path: Path) -> None:
    hands = np.ones((1, 121, 2), dtype=np.uint8)
    assert read_clip(write_clip(tmp_path / "a.npz", hand_pose=hands)).hand_pose.sum() == 242
    for wrong in (hands[:, :-1], hands.astype(float)):
        with pytest.raises(ChoreoError, match="hand_pose"):
            read_clip(write_clip(tmp_path / "b.npz", hand_pose=wrong))


def test_truncated_at_every_length(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.npz").read_bytes()
    path = tmp_path / "cut.npz"
    for length in [0, 1, 4, 100, *np.linspace(200, len(whole) - 1, 25).astype(int)]:
        path.write_bytes(whole[:length])
        with pytest.raises(ChoreoError) as caught:
            read_clip(path)
        assert caught.value.code == "clip_unreadable"


def test_damaged_in_the_middle(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.npz")
    content = bytearray(path.read_bytes())
    content[5000:5400] = bytes(400)
    path.write_bytes(bytes(content))
    with pytest.raises(ChoreoError, match="damaged"):
        read_clip(path)


@pytest.mark.parametrize("content", [b"not a zip at all" * 20, b"\x93NUMPY\x01\x00v\x00"])
def test_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(ChoreoError) as caught:
        read_clip(path)
    assert caught.value.code == "clip_unreadable"


def test_a_bare_array_and_a_foreign_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(3))
    np.savez(tmp_path / "b.npz", poses=np.zeros(3))
    for name in ("a.npy", "b.npz"):
        with pytest.raises(ChoreoError, match="another kind of file"):
            read_clip(tmp_path / name)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ChoreoError) as caught:
        read_clip(tmp_path / "none.npz")
    assert caught.value.code == "clip_missing"


def test_newer_version(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.npz", format_version=np.array(2))
    with pytest.raises(ChoreoError) as caught:
        read_clip(path)
    assert caught.value.code == "clip_version"
    assert "Update" in caught.value.remedy


BROKEN = {
    "no motion": ("local_quats", None, "local_quats is missing"),
    "quaternions": ("local_quats", np.zeros((1, 121, 22, 3)), "local_quats has shape"),
    "joints": ("local_quats", np.zeros((1, 121, 21, 4)), "local_quats has shape"),
    "flat": ("local_quats", np.zeros(5), "has shape"),
    "frames": ("root_positions", np.zeros((1, 120, 3)), "root_positions has shape"),
    "members": ("foot_contacts", np.zeros((2, 121, 4)), "foot_contacts has shape"),
    "offsets": ("rest_offsets", np.zeros((21, 3)), "rest_offsets has shape"),
    "no frames": ("local_quats", np.zeros((1, 0, 22, 4)), "shape|no motion"),
    "order": ("parents", np.arange(22), "before its parent"),
    "not a number": ("root_positions", np.full((1, 121, 3), np.nan), "not numbers"),
    "rate": ("fps", np.array(0.0), "no motion"),
    "rate text": ("fps", np.array("fast"), "cannot be understood"),
    "meta": ("meta", np.array("{"), "cannot be understood"),
    "meta list": ("meta", np.array(json.dumps([1])), "cannot be understood"),
    "beats": ("beats", np.zeros((2, 2)), "beats are not a list"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_arrays_that_do_not_agree(tmp_path: Path, name: str) -> None:
    array, value, words = BROKEN[name]
    path = write_clip(tmp_path / "a.npz", **{array: value})
    with pytest.raises(ChoreoError, match=words) as caught:
        read_clip(path)
    assert caught.value.code == "clip_unreadable"


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.npz", meta=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ChoreoError):
        read_clip(path)


def test_both_directions_with_the_engine(tmp_path: Path) -> None:
    engine_clip = pytest.importorskip("engine.clip")
    skeleton = pytest.importorskip("engine.motion.skeleton")
    ours = write_clip(tmp_path / "ours.npz")
    theirs = tmp_path / "theirs.npz"
    engine_clip.write_clip(engine_clip.read_clip(ours), theirs)
    first, second = read_clip(ours), read_clip(theirs)
    np.testing.assert_array_equal(first.local_quats, second.local_quats)
    np.testing.assert_array_equal(first.downbeats, second.downbeats)
    assert first.meta == second.meta
    assert skeleton.BODY.names == body.JOINTS
    np.testing.assert_array_equal(skeleton.BODY.parents, body.PARENTS)
    np.testing.assert_allclose(skeleton.BODY.offsets, body.OFFSETS)
    assert skeleton.ANKLE_HEIGHT == body.ANKLE_HEIGHT
    assert pytest.approx(body.STANDING_HEIGHT) == skeleton.STANDING_HEIGHT


def npy(header: str, content: bytes = bytes(4000)) -> bytes:
    head = header.encode()
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + content


def with_member(path: Path, name: str, content: bytes, method: int = zipfile.ZIP_STORED) -> Path:
    """A clip whose array ``name`` is other bytes."""
    write_clip(path, **{name: None})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{name}.npy", content, method)
    return path


PLAIN = "{'descr': '<f4', 'fortran_order': False, 'shape': "
HEADERS = {
    "objects": "{'descr': '|O', 'fortran_order': False, 'shape': (3,)}",
    "terabytes": PLAIN + "(1000000, 1000000, 22, 4)}",
    "more than fits in a number": PLAIN + "(9223372036854775807, 2)}",
    "less than nothing": PLAIN + "(-1, -1000)}",
    "not closed": PLAIN + "(3,",
    "no end of a text": "{'descr': '''",
    "too deep": "(" * 5000,
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_lie(tmp_path: Path, name: str) -> None:
    path = with_member(tmp_path / "a.npz", "root_positions", npy(HEADERS[name]))
    with pytest.raises(ChoreoError, match="damaged"):
        read_clip(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packed_in_another_way(tmp_path: Path, method: int) -> None:
    path = with_member(tmp_path / "a.npz", "beats", npy(PLAIN + "(1000,)}"), method)
    with pytest.raises(ChoreoError, match="damaged"):
        read_clip(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = with_member(tmp_path / "a.npz", "more", bytes(1 << 20), zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02") + 24  # the last member's size, unpacked
    assert content[at : at + 4] == (1 << 20).to_bytes(4, "little")
    content[at : at + 4] = (MOST_BYTES + 1).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with pytest.raises(ChoreoError, match="damaged"):
        read_clip(path)


@pytest.mark.parametrize(
    "meta",
    [
        "[" * 100_000,
        '{"seed": 1e999}',
        '{"seed": null}',
        '{"request": 5}',
        '{"song": []}',
        '{"analysis": {"sections": [{"start": 0}]}}',
        '{"analysis": {"downbeats": ["one"]}}',
        '{"placement": {"time_scale": 0}}',
        '{"placement": {"sideways": true}}',
        '{"directing": {"source": {"frames": 3}}}',
    ],
)
def test_what_a_clip_tells_of_itself_is_checked(tmp_path: Path, meta: str) -> None:
    with pytest.raises(ChoreoError, match="cannot be understood"):
        read_clip(write_clip(tmp_path / "a.npz", meta=np.array(meta)))


@pytest.mark.parametrize("parents", [np.full(22, -1), np.full(22, -2), np.r_[-1, np.full(21, -5)]])
def test_more_than_one_root(tmp_path: Path, parents: np.ndarray) -> None:
    with pytest.raises(ChoreoError, match="before its parent"):
        read_clip(write_clip(tmp_path / "a.npz", parents=parents))


def test_a_joint_without_a_partner_mirrors_itself(tmp_path: Path) -> None:
    names = np.array([n.replace("right_knee", "peg") for n in body.JOINTS])
    clip = mirrored(read_clip(write_clip(tmp_path / "a.npz", joint_names=names)))
    assert clip.local_quats.shape == (1, 121, 22, 4)
