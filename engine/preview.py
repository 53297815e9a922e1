"""Stick-figure pictures and movies of a clip: front and side, beats marked, with the song.

Orthographic views; the dancer's left is drawn warm, the right cool. Drawn with Pillow, encoded with
PyAV (H.264 and AAC). This is how the project looks at its own motion.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from engine.clip import Clip
from engine.errors import ChoreoError
from engine.motion.rotations import quat_rotate
from engine.motion.skeleton import CONTACT_JOINTS, forward_kinematics

BACKGROUND = (24, 25, 30)
FLOOR = (70, 74, 86)
TEXT = (214, 216, 222)
BEAT = (255, 196, 84)
LEFT, RIGHT, MIDDLE = (255, 138, 101), (100, 181, 246), (224, 224, 230)
SUPERSAMPLE = 2
VIEWS = {"front": np.array([1.0, 0.0, 0.0]), "side": np.array([0.0, 0.0, 1.0])}
"""What runs to the right in each view: seen from the audience, +X is the picture's right."""
WIDTHS = {"hip": 14, "knee": 15, "ankle": 11, "foot": 8, "shoulder": 10, "elbow": 9, "wrist": 7}


@dataclass(frozen=True, eq=False)
class Figure:
    """One member of a clip as points to draw, metres."""

    points: Float[np.ndarray, "T P 3"]
    """The joints, then the top of the head and the two hands."""
    bones: tuple[tuple[int, int, tuple[int, int, int], int], ...]
    """Start point, end point, colour, width in pixels at 200 pixels a metre."""
    contacts: Float[np.ndarray, "T 4"]
    feet: tuple[int, ...]
    """The points that the contacts belong to."""


def figure_of(clip: Clip, member: int = 0) -> Figure:
    """The drawable points and bones of one member."""
    skeleton = clip.skeleton
    pose = forward_kinematics(
        skeleton,
        clip.local_quats[member].astype(float),
        clip.root_positions[member].astype(float),
    )
    index = skeleton.index
    tips = {"head": (0.0, 0.19, 0.02), "left_wrist": (0.16, 0.0, 0.0), "right_wrist": (-0.16, 0, 0)}
    extra = [
        pose.positions[:, index[name]] + quat_rotate(pose.rotations[:, index[name]], np.array(tip))
        for name, tip in tips.items()
        if name in index
    ]
    points = np.concatenate([pose.positions, np.stack(extra, axis=1)], axis=1)
    bones = []
    for joint, parent in enumerate(skeleton.parents.tolist()):
        if parent >= 0:
            name = skeleton.names[joint]
            bones.append((parent, joint, _colour(name), WIDTHS.get(name.split("_")[-1], 17)))
    for number, name in enumerate(name for name in tips if name in index):
        width = 24 if name == "head" else 6
        bones.append((index[name], len(skeleton) + number, _colour(name), width))
    feet = tuple(index[name] for name in CONTACT_JOINTS)
    return Figure(points, tuple(bones), clip.foot_contacts[member], feet)


def draw_frame(
    figure: Figure, frame: int, view: str, size: tuple[int, int], caption: str, on_beat: bool
) -> Image.Image:
    """One picture of ``size`` pixels; the camera follows the dancer along the floor only."""
    width, height = size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE
    image = Image.new("RGB", (width, height), BACKGROUND)
    draw = ImageDraw.Draw(image)
    scale = height / 2.45
    floor = height - 0.22 * scale
    centre = figure.points[frame, 0]
    points = figure.points[frame]
    across = (points - centre * [1, 0, 1]) @ VIEWS[view] * scale + width / 2
    up = floor - points[:, 1] * scale
    _draw_floor(draw, centre, view, scale, width, floor)
    depth = points @ (np.array([0.0, 0.0, 1.0]) if view == "front" else np.array([-1.0, 0.0, 0.0]))
    for start, end, colour, thickness in sorted(
        figure.bones, key=lambda bone: depth[bone[0]] + depth[bone[1]]
    ):
        stroke = max(2, round(thickness * scale / 200))
        ends = [(across[start], up[start]), (across[end], up[end])]
        draw.line(ends, fill=colour, width=stroke)
        for x, y in ends:
            r = stroke / 2
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    _draw_contacts(draw, figure, frame, across, up, scale)
    font = ImageFont.load_default(size=13 * SUPERSAMPLE)
    draw.text(
        (8 * SUPERSAMPLE, 6 * SUPERSAMPLE), caption, fill=BEAT if on_beat else TEXT, font=font
    )
    return image.resize(size, Image.Resampling.LANCZOS)


def contact_sheet(
    clip: Clip,
    path: str | os.PathLike[str],
    moments: int = 16,
    member: int = 0,
    frames: list[int] | None = None,
) -> None:
    """Writes a PNG of ``moments`` beats spread over the clip, front above side, beats numbered.

    Args:
        frames: shown instead, if given.
    """
    figure = figure_of(clip, member)
    frames = moments_to_show(clip, moments) if frames is None else frames
    columns = min(8, len(frames))
    tile = (190, 230)
    rows = -(-len(frames) // columns)
    sheet = Image.new("RGB", (columns * tile[0], rows * tile[1] * 2), BACKGROUND)
    for number, frame in enumerate(frames):
        label, on_beat = beat_label(clip, frame)
        x, y = number % columns * tile[0], number // columns * 2 * tile[1]
        sheet.paste(draw_frame(figure, frame, "front", tile, label, on_beat), (x, y))
        sheet.paste(draw_frame(figure, frame, "side", tile, "side", False), (x, y + tile[1]))
    sheet.save(path)


def moments_to_show(clip: Clip, moments: int) -> list[int]:
    """Frames of ``moments`` beats spread over the clip, or of even times where it has no beats."""
    last = clip.local_quats.shape[1] - 1
    beats = clip.beats[(clip.beats >= 0) & (clip.beats * clip.fps <= last)]
    times = beats if len(beats) >= moments else np.linspace(0, last / clip.fps, moments)
    chosen = times[np.linspace(0, len(times) - 1, moments).round().astype(int)]
    return [min(last, round(float(t) * clip.fps)) for t in chosen]


def beat_label(clip: Clip, frame: int) -> tuple[str, bool]:
    """What to write on a frame (``12.3 s  bar 4.2``) and whether a beat falls on it."""
    time = frame / clip.fps
    label = f"{time + clip.song_start:.1f} s"
    passed = np.flatnonzero(clip.beats <= time + 0.5 / clip.fps)
    if not len(passed):
        return label, False
    beat = clip.beats[passed[-1]]
    on_beat = bool(abs(beat - time) < 0.06)
    bars = np.flatnonzero(clip.downbeats <= beat + 1e-3)
    if not len(bars):
        return f"{label}  beat {passed[-1] + 1}", on_beat
    count = int(np.sum((clip.beats >= clip.downbeats[bars[-1]] - 1e-3) & (clip.beats <= beat)))
    return f"{label}  bar {bars[-1] + 1}.{count}", on_beat


def movie(
    clip: Clip,
    path: str | os.PathLike[str],
    song: str | os.PathLike[str] | None = None,
    member: int = 0,
    size: tuple[int, int] = (480, 480),
) -> None:
    """Writes an mp4, front beside side, with the ``song``'s sound from the clip's start.

    Raises:
        ChoreoError: ``song_unreadable`` if the song cannot be opened.
    """
    figure = figure_of(clip, member)
    frames = clip.local_quats.shape[1]

    def pictures() -> Iterator[Image.Image]:
        for frame in range(frames):
            label, on_beat = beat_label(clip, frame)
            pair = Image.new("RGB", (size[0] * 2, size[1]), BACKGROUND)
            pair.paste(draw_frame(figure, frame, "front", size, label, on_beat), (0, 0))
            pair.paste(draw_frame(figure, frame, "side", size, "side", False), (size[0], 0))
            yield pair

    write_movie(pictures(), path, clip.fps, song, clip.song_start, frames / clip.fps)


def write_movie(
    pictures: Iterator[Image.Image],
    path: str | os.PathLike[str],
    fps: float,
    song: str | os.PathLike[str] | None = None,
    song_start: float = 0.0,
    duration: float = 0.0,
) -> None:
    """Encodes ``pictures`` as H.264 at ``fps``, with ``duration`` seconds of the song as AAC."""
    rate = Fraction(fps).limit_denominator(1001)
    with av.open(os.fspath(path), "w") as output:
        video = None
        sound = output.add_stream("aac", rate=44100, layout="stereo") if song else None
        for number, picture in enumerate(pictures):
            if video is None:
                video = output.add_stream("libx264", rate=rate, options={"crf": "20"})
                video.width, video.height = picture.size
                video.pix_fmt = "yuv420p"
                video.time_base = 1 / rate
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = number, 1 / rate
            output.mux(video.encode(frame))
        if video is not None:
            output.mux(video.encode(None))
        if song and sound is not None:
            _mux_song(output, sound, Path(song), song_start, duration)


def _mux_song(
    output: av.container.OutputContainer,
    stream: av.AudioStream,
    song: Path,
    start: float,
    duration: float,
) -> None:
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=44100)
    first, last = round(start * 44100), round((start + duration) * 44100)
    written = position = 0
    try:
        with av.open(os.fspath(song)) as source:
            for decoded in source.decode(audio=0):
                for part in resampler.resample(decoded):
                    samples = part.to_ndarray()
                    keep = samples[:, max(0, first - position) : max(0, last - position)]
                    position += samples.shape[1]
                    if keep.shape[1]:
                        frame = av.AudioFrame.from_ndarray(
                            np.ascontiguousarray(keep, dtype=np.float32),
                            format="fltp",
                            layout="stereo",
                        )
                        frame.sample_rate, frame.pts = 44100, written
                        frame.time_base = Fraction(1, 44100)
                        written += keep.shape[1]
                        output.mux(stream.encode(frame))
                if position >= last:
                    break
    except av.FFmpegError as error:
        raise ChoreoError(
            "song_unreadable",
            f"{song.name} could not be read as audio.",
            "Choose a wav, mp3, ogg, flac or m4a file.",
        ) from error
    output.mux(stream.encode(None))


def _colour(name: str) -> tuple[int, int, int]:
    return LEFT if name.startswith("left") else RIGHT if name.startswith("right") else MIDDLE


def _draw_floor(
    draw: ImageDraw.ImageDraw,
    centre: Float[np.ndarray, " 3"],
    view: str,
    scale: float,
    width: int,
    floor: float,
) -> None:
    """A line with a tick every half metre of the stage, so that travel and sliding show."""
    draw.line([(0, floor), (width, floor)], fill=FLOOR, width=SUPERSAMPLE)
    place = float(centre @ VIEWS[view])
    reach = width / scale / 2
    for tick in np.arange(np.ceil((place - reach) * 2), (place + reach) * 2) / 2:
        x = (tick - place) * scale + width / 2
        length = (14 if abs(tick) < 1e-6 else 6) * SUPERSAMPLE
        draw.line([(x, floor), (x, floor + length)], fill=FLOOR, width=SUPERSAMPLE)


def _draw_contacts(
    draw: ImageDraw.ImageDraw,
    figure: Figure,
    frame: int,
    across: Float[np.ndarray, " P"],
    up: Float[np.ndarray, " P"],
    scale: float,
) -> None:
    """A dot under each ankle and foot that the clip says is planted."""
    for joint, contact in zip(figure.feet, figure.contacts[frame], strict=True):
        if contact > 0.5:
            r = 0.018 * scale
            x, y = across[joint], up[joint] + 0.03 * scale
            draw.ellipse((x - r, y - r, x + r, y + r), fill=BEAT)
