"""The Unitree G1 robot: joint angles in CSV files, kinematics from its MuJoCo model (MJCF).

The model is Z-up and looks along +X; here everything is turned to Y-up and +Z at once. Each link is
a joint of the :class:`~.recording.Recording`, aligned to the world in the model's zero pose: with Q
the rest rotation of a link in the world, a hinge about ``axis`` in the link's frame becomes the
same hinge about Q axis. ``NAME_toe`` is the middle of the front contact points of a foot,
``NAME_end`` the place of a hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from jaxtyping import Float

from engine.errors import ChoreoError
from engine.motion.rotations import (
    quat_conjugate,
    quat_from_axis_angle,
    quat_identity,
    quat_multiply,
    quat_rotate,
)
from engine.motion.skeleton import Skeleton
from engine.training.collect.recording import Recording

FPS = 60.0
TO_Y_UP = np.array([0.5, -0.5, -0.5, -0.5])
"""Takes the robot's x (ahead), y (left), z (up) to our z, x, y."""


@dataclass(frozen=True, eq=False)
class RobotModel:
    """The links of an MJCF file, parents first."""

    skeleton: Skeleton
    hinges: tuple[str, ...]
    """Names of the hinge joints in the order of the file, which is that of the CSV columns."""
    links: tuple[int, ...]
    """The link that each hinge turns."""
    axes: Float[np.ndarray, "H 3"]


def read_mjcf(path: Path) -> RobotModel:
    """Reads links and hinges.

    Raises:
        ChoreoError: ``mocap_unreadable`` if the file is no such model.
    """
    try:
        world = ElementTree.parse(path).getroot().find("worldbody")
    except ElementTree.ParseError as error:
        raise _unreadable(path) from error
    body = world.find("body") if world is not None else None
    if body is None:
        raise _unreadable(path)
    names: list[str] = []
    parents: list[int] = []
    offsets: list[np.ndarray] = []
    hinges: list[tuple[str, int, np.ndarray]] = []

    def add(name: str, parent: int, offset: np.ndarray) -> int:
        names.append(name)
        parents.append(parent)
        offsets.append(offset)
        return len(names) - 1

    def visit(body: ElementTree.Element, parent: int, above: np.ndarray) -> None:
        place = _numbers(body.get("pos", "0 0 0")) if parent >= 0 else np.zeros(3)
        link = add(body.attrib["name"], parent, quat_rotate(above, place))
        rest = quat_multiply(above, _numbers(body.get("quat", "1 0 0 0")))
        for joint in body.findall("joint"):
            axis = quat_rotate(rest, _numbers(joint.get("axis", "0 0 1")))
            hinges.append((joint.attrib["name"], link, axis))
        soles = [_numbers(geom.attrib["pos"]) for geom in body.findall("geom[@class='foot']")]
        front = [sole for sole in soles if sole[0] > 0]
        if front:
            add(f"{body.attrib['name']}_toe", link, quat_rotate(rest, np.mean(front, axis=0)))
        geoms = [_numbers(geom.get("pos", "0 0 0")) for geom in body.findall("geom")]
        children = body.findall("body")
        if not children and not front and geoms:
            add(f"{body.attrib['name']}_end", link, quat_rotate(rest, geoms[-1]))
        for child in children:
            visit(child, link, rest)

    visit(body, -1, TO_Y_UP)
    return RobotModel(
        Skeleton(tuple(names), np.array(parents), np.array(offsets)),
        tuple(hinge[0] for hinge in hinges),
        tuple(hinge[1] for hinge in hinges),
        np.array([hinge[2] for hinge in hinges]),
    )


def read_csv(path: Path, model: RobotModel) -> Recording:
    """Reads a take: root place (m), root rotation (xyzw), then the hinges' angles (radians).

    Raises:
        ChoreoError: ``mocap_unreadable`` if the columns do not fit the model.
    """
    try:
        table = np.loadtxt(path, delimiter=",", ndmin=2)
    except ValueError as error:
        raise _unreadable(path) from error
    if table.shape[1] != 7 + len(model.hinges):
        raise _unreadable(path)
    root = table[:, [6, 3, 4, 5]]
    root /= np.linalg.norm(root, axis=1, keepdims=True)
    quats = quat_identity(len(table), len(model.skeleton))
    quats[:, 0] = quat_multiply(quat_multiply(TO_Y_UP, root), quat_conjugate(TO_Y_UP))
    for column, (link, axis) in enumerate(zip(model.links, model.axes, strict=True)):
        turn = quat_from_axis_angle(np.broadcast_to(axis, (len(table), 3)), table[:, 7 + column])
        quats[:, link] = quat_multiply(quats[:, link], turn)
    return Recording(model.skeleton, quats, quat_rotate(TO_Y_UP, table[:, :3]), FPS)


def _numbers(text: str) -> Float[np.ndarray, " N"]:
    return np.array(text.split(), dtype=float)


def _unreadable(path: Path) -> ChoreoError:
    return ChoreoError(
        "mocap_unreadable",
        f"{path.name} could not be read as motion capture of the robot.",
        "Unpack the data again.",
    )
