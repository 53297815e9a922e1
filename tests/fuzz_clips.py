"""Damaged clip files, takes and texts as JSON, for :mod:`tests.fuzzing`."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.core.synthetic import clip_arrays
from tests.fuzzing import NUMBERS, Random, damaged, told

HEADERS = (
    "{'descr': '|O', 'fortran_order': False, 'shape': (3,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000, 22, 4)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -480)}",
    "{'descr': '<f4', 'fortran_order': True, 'shape': (121, 1, 3)}",
    "{'descr': ('<f4', (1099511627776,)), 'fortran_order': False, 'shape': (1,)}",
    "{'descr': [('a', '<f4'), ('a', '|O')], 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<U0', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (True,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3L,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,",
    "{'descr': '''",
    "(" * 5000,
    "[" * 200 + "]" * 200,
    "-" * 9000 + "1",
    "__import__('os').system('true')",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "9" * 5000 + ",)}",
)
"""What may stand where NumPy writes what an array is."""
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**31, 2**63, 10**400, 1e308, -1e308, float("nan"), float("inf"), 1e-320,
    "", "x", "1", "NaN", "\ud800", "\0", "노래", [], {}, [[]], [None], [1, 2], {"a": 1}, [{}],
    [[1]], {"start": 1}, [-1e9, 1e9], "9" * 5000,
)  # fmt: skip
"""What may stand where a value of JSON stood."""
TEXTS = (
    "[" * 100_000,
    '{"a":' * 100_000,
    "[" * 900 + "]" * 900,
    '{"seed": ' + "9" * 5000 + "}",
    '{"seed": 1e999, "request": {"seed": -1e999}}',
    '{"a": 1, "a": 2, "analysis": {}, "analysis": []}',
    "\ufeff{}",
    "{} {}",
    "nul",
    "",
)
ARRAYS: tuple[Callable[[np.ndarray], Any], ...] = (
    lambda a: a[..., None],
    lambda a: a.ravel(),
    lambda a: a[:0] if a.ndim else a,
    lambda a: a[::-1] if a.ndim else a,
    lambda a: a.T,
    lambda a: np.array(3),
    lambda a: np.array("words"),
    lambda a: np.array(b"\xff\xfe"),
    lambda a: np.zeros((0, 0, 0, 0)),
    lambda a: a.astype("U8"),
    lambda a: a.astype("S8"),
    lambda a: np.zeros(a.shape, complex),
    lambda a: np.zeros(a.shape, "M8[s]"),
    lambda a: np.zeros(a.shape, [("x", "f4")]),
    lambda a: np.zeros(a.shape, bool),
    lambda a: np.full(a.shape, np.nan),
    lambda a: np.full(a.shape, np.inf),
    lambda a: np.full(a.shape, -1e300),
    lambda a: np.full(a.shape, 1e-300),
    lambda a: np.full(a.shape, -1),
    lambda a: np.full(a.shape, 2**62),
    lambda a: np.full(a.shape, 255, np.uint8),
    lambda a: np.zeros(a.shape),
)
"""What an array may become."""


@lru_cache(maxsize=1)
def good() -> dict[str, Any]:
    """The arrays of a clip that nothing is wrong with and that has all there can be."""
    arrays = clip_arrays(seconds=6.0)
    meta = json.loads(str(arrays["meta"]))
    phrase = {"start": 0.0, "end": 6.0, "first_count": 0, "section": "verse", "prompt": "",
              "moves": [], "repeats": None, "accents": [1.0], "freeze": []}  # fmt: skip
    counts = {"first": 0, "every": 1, "times": np.arange(0.25, 6.0, 0.5).tolist()}
    pin = {"time": 1.0, "hold": 0.0, "weight": 1.0, "joints": {"head": [1, 0, 0, 0]}, "points": {},
           "position": None, "facing": None}  # fmt: skip
    meta["request"] |= {"energy": 0.5, "seed": 3, "loop": False, "pins": [pin], "section_prompts": [
        {"start": 0.0, "end": 3.0, "prompt": "wave"}]}  # fmt: skip
    meta["analysis"]["beats"] = arrays["beats"].tolist()
    meta |= {
        "plan": {"start": 0.0, "end": 6.0, "phrases": [phrase], "counts": counts},
        "hand_poses": ["relaxed", "fist"],
        "directing": {"loop": True, "source": {"frames": [30, 60]}},
        "placement": {"mirror": False, "time_scale": 1.0},
        "kept_pins": [{"name": "a", "kind": "POSE", "first": 1.0, "last": 1.0, "weight": 1.0,
                       "mirror": False}],
        "take": 1,
    }  # fmt: skip
    hands = np.zeros((*arrays["root_positions"].shape[:2], 2), np.uint8)
    return arrays | {"meta": np.array(json.dumps(meta)), "hand_pose": hands}


def broken(arrays: dict[str, Any], random: Random) -> bytes:
    """A file of ``arrays`` with something wrong."""
    kind = int(random.integers(9))
    if kind == 0:
        return damaged(_zipped(_members(arrays)), random)
    if kind == 1:
        members = _members(arrays)
        name = str(random.choice(list(members)))
        return _zipped(members | {name: damaged(members[name], random)})
    if kind == 2:
        members = _members(arrays)
        name = str(random.choice(list(members)))
        header = HEADERS[int(random.integers(len(HEADERS)))].encode()
        version = bytes([int(random.choice([1, 1, 1, 2, 3, 9])), 0])
        size = struct.pack("<H" if version[0] == 1 else "<I", len(header))
        return _zipped(members | {name: b"\x93NUMPY" + version + size + header + bytes(4000)})
    if kind in (3, 4):
        arrays = dict(arrays)
        for _ in range(int(random.integers(1, 3))):
            name = str(random.choice(list(arrays)))
            change = ARRAYS[int(random.integers(len(ARRAYS)))]
            try:
                arrays[name] = change(np.asarray(arrays[name]))
            except (ValueError, TypeError, OverflowError, RuntimeError):
                arrays.pop(name)
        return _zipped(_members(arrays))
    if kind == 5:
        return _odd_zip(_members(arrays), random)
    whole = json.loads(str(arrays["meta"]))
    if random.integers(2):
        del whole["directing"]["source"]
    meta = broken_json(whole, random)
    if random.integers(20) == 0:
        letters = damaged(meta.encode("utf-32-le", "replace"), random)[:4000]
        header = f"{{'descr': '<U{len(letters) // 4}', 'fortran_order': False, 'shape': ()}}"
        array = b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode() + letters
        return _zipped(_members(arrays) | {"meta.npy": array})
    return _zipped(_members(arrays | {"meta": np.array(meta)}))


def broken_json(value: Any, random: Random) -> str:
    """JSON in which one to three values are of another kind, or that is none at all."""
    if random.integers(8) == 0:
        return TEXTS[int(random.integers(len(TEXTS)))]
    whole = [value]
    for _ in range(int(random.integers(1, 4))):
        places = list(_places(whole))
        holder, key = places[int(random.integers(len(places)))]
        if random.integers(5) == 0:
            del holder[key]
        else:
            holder[key] = deepcopy(VALUES[int(random.integers(len(VALUES)))])
        if not whole:
            return ""
    text = json.dumps(whole[0], ensure_ascii=bool(random.integers(2)))
    if random.integers(10) == 0:
        text = damaged(text.encode("utf-8", "replace"), random).decode("utf-8", "replace")
    return text


def _places(value: Any) -> Any:
    """Every place in a tree of JSON at which a value stands."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _npy(array: Any) -> bytes:
    content = io.BytesIO()
    np.lib.format.write_array(content, np.asarray(array), allow_pickle=True)
    return content.getvalue()


def _members(arrays: dict[str, Any]) -> dict[str, bytes]:
    return {f"{name}.npy": _npy(array) for name, array in arrays.items()}


def _zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def _odd_zip(members: dict[str, bytes], random: Random) -> bytes:
    """A whole archive that is packed in an unusual way or says something wrong of a member."""
    kind = int(random.integers(6))
    if kind == 0:
        return _zipped(members, int(random.choice([8, 12, 14])))
    if kind == 1:
        names = ("../evil.npy", "/evil.npy", "format", "a/b.npy", "meta.npy.npy", "노래.npy")
        return _zipped(members | {names[int(random.integers(len(names)))]: b"x"})
    if kind == 2:
        content = io.BytesIO(_zipped(members))
        with zipfile.ZipFile(content, "a") as archive:
            archive.writestr("meta.npy", members["beats.npy"])
        return content.getvalue()
    if kind == 3:
        return _zipped(members | {"more.npy": bytes(1 << 24)}, zipfile.ZIP_DEFLATED)
    data = bytearray(_zipped(members, int(random.choice([0, 8]))))
    # The central directory: version, flags, method, time, check, packed and unpacked size.
    at, central = 0, []
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        central.append(at)
        at += 4
    at = central[int(random.integers(len(central)))]
    field, width = ((8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (42, 4))[
        int(random.integers(7))
    ]
    value = NUMBERS[int(random.integers(len(NUMBERS)))] % (1 << 8 * width)
    data[at + field : at + field + width] = value.to_bytes(width, "little")
    return bytes(data)


def addon_clip(random: Random, folder: Path) -> str:
    """The add-on reads a clip and works with it, or refuses it."""
    from kpop_choreo_addon.core.clip import read_clip
    from kpop_choreo_addon.core.errors import ChoreoError

    path = folder / "clip.npz"
    path.write_bytes(broken(good(), random))
    try:
        clip = read_clip(path)
    except ChoreoError as error:
        return told(error)
    finally:
        path.unlink()
    return use(clip)


def use(clip: Any) -> str:
    """Does with a clip of the add-on what Blender does when it is laid into a scene."""
    from kpop_choreo_addon.core import alike, counts, pin_request, placement, reshape, takes
    from kpop_choreo_addon.core.errors import ChoreoError

    take = takes.new_take(clip)
    listed = takes.TakeList((take.told("Take 1"),), take.uid)
    assert takes.read_list(takes.list_text(listed)) == listed
    clip = takes.take_clip(take.text)
    refused = ""
    for step in (
        lambda: counts.moments(clip, True),
        lambda: placement.placed(clip, placement.Placement(True, 1.5)),
        lambda: placement.placement_of(clip),
        lambda: pin_request.held_of(clip),
        lambda: reshape.closed(clip),
        lambda: reshape.lengthened(clip, 2),
        lambda: alike.alike_parameters(clip, alike.choreography([clip, clip]), 1, 1),
    ):
        try:
            step()
        except ChoreoError as error:
            refused = told(error)
    return refused or "read"


def engine_clip(random: Random, folder: Path) -> str:
    """The engine reads a clip of which a part is danced anew, or refuses it."""
    from engine.clip import read_clip
    from engine.directing.regenerate import read_source
    from engine.errors import ChoreoError

    path = folder / "clip.npz"
    path.write_bytes(broken(good(), random))
    try:
        read_clip(path)
        source = read_source(path, (1.0, 3.0), 0.5)
        assert np.all(np.isfinite(source.motion.positions()))
    except ChoreoError as error:
        return told(error)
    finally:
        path.unlink()
    return "read"


def stored_take(random: Random, folder: Path) -> str:
    """What a .blend file keeps of a dance, damaged."""
    from kpop_choreo_addon.core.errors import ChoreoError
    from kpop_choreo_addon.core.takes import take_clip

    data = zlib.compress(broken(_stored(), random))
    if random.integers(8) == 0:
        data = damaged(data, random)
    try:
        clip = take_clip(base64.b85encode(data).decode())
    except ChoreoError as error:
        return told(error)
    return use(clip)


@lru_cache(maxsize=1)
def _stored() -> dict[str, Any]:
    """The arrays that a .blend file keeps of a good clip."""
    from kpop_choreo_addon.core.clip import read_clip
    from kpop_choreo_addon.core.npz import read_npz
    from kpop_choreo_addon.core.take_codec import pack

    with TemporaryDirectory() as folder:
        path = Path(folder, "clip.npz")
        path.write_bytes(_zipped(_members(good())))
        return read_npz(io.BytesIO(zlib.decompress(pack(read_clip(path)))))
