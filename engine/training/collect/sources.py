"""Where the takes of a data folder lie and how each dancer's are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from engine.training.collect.amc import read_amc, read_asf
from engine.training.collect.bvh import read_bvh
from engine.training.collect.catalogue import CMU_CREDIT, CMU_LICENCE, G1_CREDIT, G1_LICENCE
from engine.training.collect.g1 import read_csv, read_mjcf
from engine.training.collect.kinds import ARMS_DOWN, ASF, CGSPEED, G1, INDIAN, Kind
from engine.training.collect.recording import Recording, bridge_spikes, resample, smooth
from engine.training.collect.take import FPS

AMC_FPS = 60.0
"""The AMC files are thinned to this rate; the format itself tells none."""


@dataclass(frozen=True)
class Dancer:
    """The takes of one person in one folder, which are calibrated together."""

    source: str
    subject: str
    kind: Kind
    paths: dict[str, Path]
    """File of each take, by the take's name."""
    read: Callable[[Path], Recording]
    licence: str = CMU_LICENCE
    credit: str = CMU_CREDIT


def dancers_of(data: Path) -> list[Dancer]:
    """Everybody in a data folder laid out as ``docs/data.md`` says; missing folders are passed over."""
    dancers = []
    for source in ("cmu_amc", "cmu_amc_named"):
        for skeleton in sorted((data / source).glob("*.asf")):
            paths = _by_name((data / source).glob(f"{skeleton.stem}*.amc"))
            if source == "cmu_amc":
                paths = {
                    name: p for name, p in paths.items() if name.split("_")[0] == skeleton.stem
                }
            dancers.append(
                Dancer(source, skeleton.stem, ASF, paths, partial(_read_acclaim, skeleton))
            )
    subjects = sorted({path.stem.split("_")[0] for path in (data / "cmu_bvh").glob("*.bvh")})
    for subject in subjects:
        kind = ARMS_DOWN if subject == "131" else CGSPEED
        paths = _by_name((data / "cmu_bvh").glob(f"{subject}_*.bvh"))
        dancers.append(Dancer("cmu_bvh", subject, kind, paths, read_bvh))
    indian = _by_name((data / "cmu_indian_bvh").glob("*.bvh"), "indian_")
    if indian:
        dancers.append(Dancer("cmu_indian_bvh", "indian", INDIAN, indian, read_bvh))
    robot = _by_name((data / "g1_moves").glob("*/*.csv"))
    for performer in sorted({name.split("_")[0] for name in robot}):
        paths = {name: path for name, path in robot.items() if name.split("_")[0] == performer}
        reader = partial(_read_robot, data / "g1_moves" / "model" / "g1.xml")
        dancers.append(Dancer("g1", performer, G1, paths, reader, G1_LICENCE, G1_CREDIT))
    return dancers


def read_prepared(dancer: Dancer, name: str) -> Recording:
    """Reads a take, drops a T-pose, bridges spikes, takes out noise, and brings it to 30 fps."""
    recording = dancer.read(dancer.paths[name])
    if dancer.kind.drop_first:
        recording = replace(
            recording,
            local_quats=recording.local_quats[1:],
            root_positions=recording.root_positions[1:],
        )
    calm = bridge_spikes(recording.local_quats, recording.fps)
    return resample(smooth(replace(recording, local_quats=calm)), FPS)


def _by_name(paths: object, prefix: str = "") -> dict[str, Path]:
    return {prefix + path.stem: path for path in sorted(paths)}  # type: ignore[call-overload]


def _read_acclaim(skeleton: Path, path: Path) -> Recording:
    return read_amc(path, read_asf(skeleton), AMC_FPS)


def _read_robot(model: Path, path: Path) -> Recording:
    return read_csv(path, read_mjcf(model))
