"""Pictures for the report: how much there is of what, how it moves, and what cleaning changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from engine.motion.measures import limb_speed
from engine.motion.skeleton import BODY, forward_kinematics
from engine.training.collect.quality import Figures
from engine.training.collect.take import Take, read_take, take_file
from engine.training.limits import AUTHORED, JointLimits, measure_limits

SPLITS = {"train": "#3b78c2", "validation": "#e0a030", "test": "#c04a4a"}
COLOURS = ("#3b78c2", "#e07b39", "#4a9c5d", "#c04a4a", "#8a63b0", "#8c6d52", "#666666")
DPI = 100


def draw_plots(figures: Sequence[Figures], takes_folder: Path, out: Path) -> list[Path]:
    """Writes the plots as PNG into ``out`` and returns their paths, in the order of the report."""
    used = [row for row in figures if row.left_out is None]
    out.mkdir(parents=True, exist_ok=True)
    paths = [
        _plot(out / "minutes.png", lambda axes: _minutes(axes, used), 2),
        _plot(out / "cleaning.png", lambda axes: _cleaning(axes, used), 2),
    ]
    takes = [read_take(takes_folder / take_file(row.source, row.name)) for row in used]
    if takes:
        paths.append(_plot(out / "movement.png", lambda axes: _movement(axes, takes), 2))
    learned = [take for take in takes if take.split == "train" and take.source not in AUTHORED]
    if learned:
        paths.append(_plot(out / "joints.png", lambda axes: _joints(axes, learned), 2))
    return paths


def _plot(path: Path, draw: Callable[[Sequence[Axes]], None], columns: int) -> Path:
    figure, axes = plt.subplots(1, columns, figsize=(5.2 * columns, 4.0), layout="constrained")
    draw(list(axes))
    figure.savefig(path, dpi=DPI)
    plt.close(figure)
    return path


def _minutes(axes: Sequence[Axes], figures: Sequence[Figures]) -> None:
    """Stacked bars: minutes of each source by split, dance and other."""
    sources = _sources(row.source for row in figures)
    for axis, kind in zip(axes, ("dance", "other"), strict=True):
        left = np.zeros(len(sources))
        for split, colour in SPLITS.items():
            minutes = np.array(
                [
                    sum(
                        row.seconds / 60
                        for row in figures
                        if (row.source, row.kind, row.split) == (source, kind, split)
                    )
                    for source in sources
                ]
            )
            axis.barh(sources, minutes, left=left, color=colour, label=split)
            left += minutes
        axis.invert_yaxis()
        axis.set_title(kind)
        axis.set_xlabel("minutes")
    axes[0].legend()


def _cleaning(axes: Sequence[Axes], figures: Sequence[Figures]) -> None:
    """Foot slide on our body against the recording's; spikes bridged a minute."""
    sources = _sources(row.source for row in figures)
    for number, source in enumerate(sources):
        slides = [
            (row.source_slide, row.slide)
            for row in figures
            if row.source == source and row.slide is not None and row.source_slide is not None
        ]
        before, after = np.array(slides).reshape(-1, 2).T
        axes[0].scatter(before, after, s=8, color=COLOURS[number % 7], label=source)
    largest = max([row.source_slide or 0.0 for row in figures], default=0.0) * 1.05
    axes[0].plot([0, largest], [0, largest], color="#bbbbbb", linewidth=1, zorder=0)
    axes[0].set(title="slide of planted feet, a take each", xlabel="recording, m/s")
    axes[0].set_ylabel("our body, m/s")
    axes[0].legend(fontsize=8)
    rates = [
        sum(row.spikes for row in figures if row.source == source)
        / max(sum(row.seconds for row in figures if row.source == source) / 60, 1e-6)
        for source in sources
    ]
    axes[1].barh(sources, rates, color=COLOURS[0])
    axes[1].invert_yaxis()
    axes[1].set(title="spikes over 25 rad/s that were bridged", xlabel="joint-frames a minute")


def _movement(axes: Sequence[Axes], takes: Sequence[Take]) -> None:
    """Densities of limb speed and pelvis height, a line for each source and kind."""
    speeds: dict[str, list[np.ndarray]] = {}
    heights: dict[str, list[np.ndarray]] = {}
    for take in takes:
        positions = forward_kinematics(
            BODY, take.local_quats.astype(float), take.root_positions.astype(float)
        ).positions
        if len(positions) > 1:
            label = f"{take.source}, {take.kind}"
            speeds.setdefault(label, []).append(limb_speed(positions, take.fps))
            heights.setdefault(label, []).append(positions[:, 0, 1])
    for axis, values, edges in (
        (axes[0], speeds, np.linspace(0, 3, 61)),
        (axes[1], heights, np.linspace(0, 1.4, 71)),
    ):
        for number, label in enumerate(sorted(values)):
            style = "-" if label.endswith("dance") else ":"
            colour = COLOURS[_sources(k.split(",")[0] for k in values).index(label.split(",")[0])]
            density, _ = np.histogram(np.concatenate(values[label]), edges, density=True)
            middles = 0.5 * (edges[1:] + edges[:-1])
            axis.plot(middles, density, style, color=colour, label=label, zorder=-number)
        axis.set_ylabel("density")
    axes[0].set(title="mean limb speed against the pelvis", xlabel="m/s")
    axes[1].set(title="pelvis height", xlabel="m")
    axes[0].legend(fontsize=7)


def _joints(axes: Sequence[Axes], takes: Sequence[Take]) -> None:
    """Ranges of swing vector and twist, and angular speed, of the left and middle joints."""
    limits = measure_limits(takes)
    shown = [name for name in BODY.names if not name.startswith("right")]
    known = [(name, limits.joints[name]) for name in shown]
    rows: list[tuple[str, JointLimits]] = [(name, row) for name, row in known if row is not None]
    names = [name.removeprefix("left_") for name, _ in rows]
    places = np.arange(len(rows))
    for number, part in enumerate(("x", "y", "z")):
        ranges = np.degrees([row.swing_vector[number] for _, row in rows])
        _bars(axes[0], places - 0.3 + 0.2 * number, ranges, COLOURS[number], f"swing about {part}")
    twists = np.degrees([row.twist or (0.0, 0.0) for _, row in rows])
    _bars(axes[0], places + 0.3, twists, COLOURS[3], "twist")
    axes[0].set(title="0.5th to 99.5th percentile, training takes", xlabel="degrees")
    axes[0].set_yticks(places, names, fontsize=8)
    axes[0].invert_yaxis()
    axes[0].legend(fontsize=7)
    axes[1].barh(places, [row.speed for _, row in rows], color=COLOURS[0])
    axes[1].set_yticks(places, names, fontsize=8)
    axes[1].invert_yaxis()
    axes[1].set(title="99.5th percentile of angular speed", xlabel="rad/s")


def _bars(
    axis: Axes,
    places: Float[np.ndarray, " N"],
    ranges: Float[np.ndarray, "N 2"],
    colour: str,
    label: str,
) -> None:
    axis.barh(places, ranges[:, 1] - ranges[:, 0], 0.18, ranges[:, 0], color=colour, label=label)


def _sources(names: Iterable[str]) -> list[str]:
    return sorted(set(names))
