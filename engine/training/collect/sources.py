"""Where the takes of a data folder lie and how each dancer's are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from engine.training.collect.amc import read_amc, read_asf
from engine.training.collect.bvh import read_bvh
from engine.training.collect.calibrate import scale_of
from engine.training.collect.catalogue import (
    CMU_CREDIT,
    CMU_LICENCE,
    G1_CREDIT,
    G1_LICENCE,
    MESH2MOTION_CREDIT,
    MESH2MOTION_LICENCE,
)
from engine.training.collect.g1 import read_csv, read_mjcf
from engine.training.collect.glb import open_glb, read_clip
from engine.training.collect.kinds import ARMS_DOWN, ASF, CGSPEED, G1, INDIAN, Kind
from engine.training.collect.neutral import read_neutral
from engine.training.collect.recording import Recording, bridge_spikes, resample, smooth
from engine.training.collect.rigs import NEO, T_POSE, mannequin
from engine.training.collect.take import FPS

AMC_FPS = 60.0
"""The AMC files are thinned to this rate; the format itself tells none."""
FALSE_START = 3
"""Frames at the start of a file in which a leap of the root is no motion."""
MANNEQUINS = {"base": "f_middle.01", "addon": "f_middle01"}
"""Mesh2Motion's files, and the first bone of the middle finger in each."""
FINGERS = ("DEF-f_index", "DEF-f_ring", "DEF-f_pinky", "DEF-thumb")
IMPOSSIBLE = 15.0
"""m/s at which no root moves."""


@dataclass(frozen=True)
class Dancer:
    """The takes of one person in one folder, which are calibrated together."""

    source: str
    subject: str
    kind: Kind
    paths: dict[str, Path]
    """File of each take, by the take's name."""
    read: Callable[..., Recording]
    """Takes a file, and the clip's name where a file holds several."""
    licence: str = CMU_LICENCE
    credit: str = CMU_CREDIT
    clips: dict[str, str] = field(default_factory=dict)
    """Where a file holds several: the clip of each take, by the take's name."""
    skeletons: tuple[Path, ...] = ()
    """Files that reading needs besides those of the takes."""


def dancers_of(data: Path, neutral: Path | None = None) -> list[Dancer]:
    """Everybody in a data folder as ``docs/data.md`` lays it out; folders may be missing.

    Args:
        neutral: folder into which the FBX files were converted (:mod:`.neutral`).
    """
    dancers = []
    for source in ("cmu_amc", "cmu_amc_named"):
        for skeleton in sorted((data / source).glob("*.asf")):
            paths = _by_name((data / source).glob(f"{skeleton.stem}*.amc"))
            if source == "cmu_amc":
                paths = {
                    name: p for name, p in paths.items() if name.split("_")[0] == skeleton.stem
                }
            reader = partial(_read_acclaim, skeleton)
            dancers.append(Dancer(source, skeleton.stem, ASF, paths, reader, skeletons=(skeleton,)))
    subjects = sorted({path.stem.split("_")[0] for path in (data / "cmu_bvh").glob("*.bvh")})
    for subject in subjects:
        kind = ARMS_DOWN if subject == "131" else CGSPEED
        paths = _by_name((data / "cmu_bvh").glob(f"{subject}_*.bvh"))
        dancers.append(Dancer("cmu_bvh", subject, kind, paths, read_bvh))
    indian = _by_name((data / "cmu_indian_bvh").glob("*.bvh"), "indian_")
    if indian:
        dancers.append(Dancer("cmu_indian_bvh", "indian", INDIAN, indian, read_bvh))
    robot = _by_name((data / "g1_moves").glob("*/*.csv"))
    model = data / "g1_moves" / "model" / "g1.xml"
    for performer in sorted({name.split("_")[0] for name in robot}):
        paths = {name: path for name, path in robot.items() if name.split("_")[0] == performer}
        reader = partial(_read_robot, model)
        dancers.append(
            Dancer("g1", performer, G1, paths, reader, G1_LICENCE, G1_CREDIT, skeletons=(model,))
        )
    if neutral is not None:
        dancers += _characters(data, neutral)
    return dancers + _mannequins(data / "mesh2motion_cc0")


def fbx_files(data: Path) -> list[Path]:
    """The FBX files of a data folder."""
    return sorted((data / "cmu_fbx").glob("*.fbx"))


def _characters(data: Path, neutral: Path) -> list[Dancer]:
    """CMU's takes that came as FBX; converted files whose original is gone do not count."""
    files = {
        path.stem.removesuffix("_cmu"): neutral / f"{path.stem}.npz" for path in fbx_files(data)
    }
    return [
        Dancer("cmu_fbx", subject, kind, paths, read_neutral)
        for subject, kind in (("55", T_POSE), ("85", NEO))
        if (paths := {name: p for name, p in files.items() if name.startswith(f"{subject}_")})
    ]


def _mannequins(folder: Path) -> list[Dancer]:
    """Mesh2Motion's two files, each with a rig of its own and many clips."""
    dancers = []
    for stem, middle in MANNEQUINS.items():
        path = folder / f"human-{stem}-animations.glb"
        if path.exists():
            clips = {
                f"m2m_{re.sub('[^a-z0-9]+', '_', clip.lower())}": clip
                for clip in open_glb(path).clips
            }
            reader = partial(read_clip, root="DEF-hips", without=FINGERS)
            kind = mannequin(middle)
            paths = dict.fromkeys(clips, path)
            credits = (MESH2MOTION_LICENCE, MESH2MOTION_CREDIT)
            dancers.append(Dancer("mesh2motion", stem, kind, paths, reader, *credits, clips))
    return dancers


def read_raw(dancer: Dancer, name: str) -> Recording:
    """Reads a take at its own rate, without the T-pose or the leap that some files begin with."""
    clip = (dancer.clips[name],) if dancer.clips else ()
    recording = dancer.read(dancer.paths[name], *clip)
    first = 1 if dancer.kind.drop_first else 0
    steps = np.linalg.norm(np.diff(recording.root_positions[: FALSE_START + 2], axis=0), axis=1)
    scale = scale_of(recording.skeleton, dancer.kind)
    leaps = np.flatnonzero(steps * scale * recording.fps > IMPOSSIBLE)
    first = max(first, int(leaps[-1]) + 1) if len(leaps) else first
    return replace(
        recording,
        local_quats=recording.local_quats[first:],
        root_positions=recording.root_positions[first:],
    )


def prepared(recording: Recording) -> Recording:
    """Bridges spikes, takes out noise, and brings a take to 30 fps."""
    calm = bridge_spikes(recording.local_quats, recording.fps)
    return resample(smooth(replace(recording, local_quats=calm)), FPS)


def _by_name(paths: Iterable[Path], prefix: str = "") -> dict[str, Path]:
    return {prefix + path.stem: path for path in sorted(paths)}


def _read_acclaim(skeleton: Path, path: Path) -> Recording:
    return read_amc(path, read_asf(skeleton), AMC_FPS)


def _read_robot(model: Path, path: Path) -> Recording:
    return read_csv(path, read_mjcf(model))
