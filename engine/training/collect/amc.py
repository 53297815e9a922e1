"""Acclaim motion capture: an ASF file with the skeleton, AMC files with its motion.

An ASF bone has a direction and a length in the world's axes, and an ``axis``: the frame C in which
its AMC angles M are told. Its turn relative to its parent is C M C^-1 in the world's axes of the
zero pose, so joints come out aligned to the world as :mod:`.recording` asks. Euler angles written
XYZ turn about X first. A bone's joint is where the bone begins; ``NAME_end`` is where a last bone
ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from engine.errors import ChoreoError
from engine.motion.rotations import quat_conjugate, quat_identity, quat_multiply
from engine.motion.skeleton import Skeleton
from engine.training.collect.euler import quat_from_euler
from engine.training.collect.recording import Recording


@dataclass(frozen=True, eq=False)
class AcclaimSkeleton:
    """What an ASF file says."""

    skeleton: Skeleton
    frames: Float[np.ndarray, "B 4"]
    """Each joint's ``axis``, the frame of its angles."""
    freedoms: dict[str, tuple[str, ...]]
    """The AMC columns of each bone, like ``("rx", "rz")``; the root's come first."""


def read_asf(path: Path) -> AcclaimSkeleton:
    """Reads a skeleton; lengths stay in the file's unit.

    Raises:
        ChoreoError: ``mocap_unreadable`` if the file is no ASF file.
    """
    try:
        return _parse_asf(path.read_text(errors="replace"))
    except (KeyError, ValueError, IndexError) as error:
        raise _unreadable(path) from error


def read_amc(path: Path, acclaim: AcclaimSkeleton, fps: float) -> Recording:
    """Reads a take of the skeleton ``acclaim``; the format does not tell its ``fps``.

    Raises:
        ChoreoError: ``mocap_unreadable`` if the file does not fit the skeleton.
    """
    try:
        channels = _channels(path.read_text(errors="replace"), acclaim.freedoms)
        names = acclaim.skeleton.names
        quats = quat_identity(len(channels["root"]), len(names))
        for bone, values in channels.items():
            order = acclaim.freedoms[bone]
            turns = [n for n, freedom in enumerate(order) if freedom.startswith("r")]
            axes = "".join(order[n][1] for n in turns)
            turn = quat_from_euler(np.radians(values[:, turns]), axes, first_turns_first=True)
            joint = names.index(bone)
            frame = acclaim.frames[joint]
            quats[:, joint] = quat_multiply(quat_multiply(frame, turn), quat_conjugate(frame))
        place = [acclaim.freedoms["root"].index(axis) for axis in ("tx", "ty", "tz")]
        return Recording(acclaim.skeleton, quats, channels["root"][:, place], fps)
    except (KeyError, ValueError, IndexError) as error:
        raise _unreadable(path) from error


def _parse_asf(text: str) -> AcclaimSkeleton:
    sections = {part.split(None, 1)[0]: part for part in text.split("\n:")[1:] if part.strip()}
    root = {line.split()[0]: line.split()[1:] for line in _lines(sections["root"])[1:]}
    bones: dict[str, dict[str, list[str]]] = {}
    for block in sections["bonedata"].split("begin")[1:]:
        fields = {line.split()[0]: line.split()[1:] for line in _lines(block.split("end\n")[0])}
        bones[fields["name"][0]] = fields
    names, parents = ["root"], [-1]
    for line in _lines(sections["hierarchy"])[1:]:
        parent, *children = line.split()
        if parent not in ("begin", "end"):
            names += children
            parents += [names.index(parent)] * len(children)
    tails = {
        name: np.array(fields["direction"][:3], dtype=float) * float(fields["length"][0])
        for name, fields in bones.items()
    }
    offsets = [np.zeros(3)] + [tails.get(names[parent], np.zeros(3)) for parent in parents[1:]]
    for name in [name for n, name in enumerate(names) if n not in parents]:
        parents.append(names.index(name))
        names.append(f"{name}_end")
        offsets.append(tails[name])
    frames = quat_identity(len(names))
    for name, fields in bones.items():
        angles = np.radians(np.array(fields["axis"][:3], dtype=float))
        order = fields["axis"][3].lower()
        frames[names.index(name)] = quat_from_euler(angles, order, first_turns_first=True)
    freedoms = {name: tuple(field["dof"]) for name, field in bones.items() if "dof" in field}
    freedoms["root"] = tuple(name.lower() for name in root["order"])
    return AcclaimSkeleton(
        Skeleton(tuple(names), np.array(parents), np.array(offsets)), frames, freedoms
    )


def _channels(
    text: str, freedoms: dict[str, tuple[str, ...]]
) -> dict[str, Float[np.ndarray, "T D"]]:
    """The values of every bone, frame after frame; a truncated last frame is left out."""
    words = [
        word for line in text.splitlines() if line and line[0] not in "#:" for word in line.split()
    ]
    columns: dict[str, tuple[int, int]] = {}
    place = 1
    while place < len(words) and words[place] in freedoms:
        bone = words[place]
        columns[bone] = (place + 1, place + 1 + len(freedoms[bone]))
        place = columns[bone][1]
    count = len(words) // place
    table = np.array(words[: count * place]).reshape(count, place)
    if any((table[:, first - 1] != bone).any() for bone, (first, _) in columns.items()):
        raise ValueError("the frames differ in their bones")
    return {bone: table[:, a:b].astype(float) for bone, (a, b) in columns.items()}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _unreadable(path: Path) -> ChoreoError:
    return ChoreoError(
        "mocap_unreadable",
        f"{path.name} could not be read as motion capture.",
        "Unpack the data again.",
    )
