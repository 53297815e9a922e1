"""A stage for pictures and movies of a dance: floor, light, a camera that follows the dancer.

It is rendered by Cycles on the processor, so that no window and no graphics card is needed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..core.clip import Clip
from ..core.counts import moments
from ..core.errors import ChoreoError
from ..scene.evaluation import evaluated_graph
from ..scene.recognition import require_recognised

SIZE = (640, 480)
TILE = (240, 300)
SAMPLES = {"stills": 6, "movie": 2}
SUN = (0.45, 0.75, -1.0)
"""Direction of the only light. With one light without size, every sample of a pixel agrees."""
AMBIENT = 0.3
"""Share of its own colour that every surface gives off, in place of light from the sky."""
FOLLOW = 1.2
"""Seconds over which the camera smooths the dancer's way."""
PATH_RATE = 4.0
"""Moments a second at which the dancer's place is looked up."""
OURS = "kpop_choreo_stage"
"""Custom property of what a stage adds; another stage in the same scene hides it."""
BODY = 1.7
"""Metres: height of the body for which the camera's distances are made."""


@dataclass(frozen=True)
class Shot:
    """Two pictures of one moment."""

    front: Path
    side: Path


class Stage:
    """Renders one dance: stills from two sides, and a movie with sound.

    It changes the scene for good, so what is to be saved is saved before.
    """

    def __init__(
        self,
        scene: Any,
        armature: bpy.types.Object,
        clip: Clip,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.scene, self.clip, self.tell = scene, clip, tell
        self.rate = scene.render.fps / scene.render.fps_base
        self.first = scene.kpop_choreo.start_frame
        self.unit = _height(armature) / BODY
        self.turn = _turn(armature)
        """From the stage's axes, whose front is -Y, to those in which the dancer faces forward."""
        self.path = self._walk(armature)
        self._build()

    def stills(self, folder: Path, count: int) -> list[Shot]:
        """Renders ``count`` beats, front and side, with second, bar and count written on them."""
        clip, render = self.clip, self.scene.render
        beats = clip.beats[clip.beats < clip.duration - 1 / clip.fps]
        beats = beats if len(beats) >= count else np.linspace(0, clip.duration, count)
        names = {m.seconds: m.name.split()[0] for m in moments(clip, with_beats=True)}
        chosen = beats[np.linspace(0, len(beats) - 1, count).round().astype(int)]
        self.scene.cycles.samples = SAMPLES["stills"]
        render.resolution_x, render.resolution_y = TILE
        render.image_settings.file_format = "PNG"
        self.camera.data.lens = 62.0
        shots = []
        progress = _Progress("Contact sheet", 2 * count, self.tell)
        for number, second in enumerate(chosen.tolist()):
            self._go(second)
            x, y, floor = self._at(self.path, second)
            label = f"{names.get(second, '')}\n{second + clip.song_start:.2f} s"
            made = {}
            for side, (right, front) in {"front": (0.0, -5.2), "side": (-5.2, 0.0)}.items():
                self._label(label if side == "front" else side)
                eye = (x + right * self.unit, y + front * self.unit, floor + 1.15 * self.unit)
                self._aim(eye, (x, y, floor + 0.92 * self.unit))
                made[side] = folder / f"{side}_{number:02d}.png"
                render.filepath = _render_path(made[side])
                bpy.ops.render.render(write_still=True)
                progress.step()
            shots.append(Shot(made["front"], made["side"]))
        self._label("")
        return shots

    def movie(self, path: Path, seconds: float) -> None:
        """Renders the liveliest ``seconds`` of the dance with the song's sound; 0 is all of it.

        Raises:
            ChoreoError: ``movie_failed``.
        """
        scene, render = self.scene, self.scene.render
        scene.cycles.samples = SAMPLES["movie"]
        render.resolution_x, render.resolution_y = SIZE
        begin = self._best_start(seconds) if seconds else 0.0
        last = self.first + round(self.clip.duration * self.rate)
        with self._range(begin, seconds or self.clip.duration, last) as frames:
            self._follow(begin, frames / self.rate)
            settings = render.image_settings
            if hasattr(settings, "media_type"):
                settings.media_type = "VIDEO"
            settings.file_format = "FFMPEG"
            render.ffmpeg.format, render.ffmpeg.codec = "MPEG4", "H264"
            render.ffmpeg.constant_rate_factor = "HIGH"
            render.ffmpeg.audio_codec = "AAC"
            render.filepath = _render_path(path)
            with _watched(_Progress("Movie", frames, self.tell)):
                bpy.ops.render.render(animation=True)
        if not path.is_file():
            raise ChoreoError(
                "movie_failed", "Blender wrote no movie.", "Ask for other outputs than mp4."
            )

    @contextmanager
    def _range(self, begin: float, seconds: float, last: int) -> Iterator[int]:
        """Lets the scene play that part; gives the number of its frames."""
        scene = self.scene
        whole = scene.frame_start, scene.frame_end
        scene.frame_start = self.first + round(begin * self.rate)
        end = scene.frame_start + round(seconds * self.rate) - 1
        scene.frame_end = max(scene.frame_start, min(last, end))
        yield scene.frame_end - scene.frame_start + 1
        scene.frame_start, scene.frame_end = whole

    def _build(self) -> None:
        """Adds floor, light, camera and label, and sets up the renderer."""
        reach = 30.0 * self.unit
        corners = [(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)]
        floor = bpy.data.meshes.new("Floor")
        height = self._at(self.path, 0.0)[2]
        floor.from_pydata([(x, y, height) for x, y in corners], [], [(0, 1, 2, 3)])
        floor.materials.append(_floor_material(2.0 / self.unit))
        for other in [o for o in self.scene.objects if o.type == "LIGHT" or o.get(OURS)]:
            other.hide_render = True
        for material in [m for m in bpy.data.materials if m.library is None]:
            _add_ambient(material)
        self._add("Floor", floor)
        lamp: Any = bpy.data.lights.new("Sun", "SUN")
        lamp.energy, lamp.angle = 2.3, 0.0
        sun = self._add(lamp.name, lamp)
        sun.rotation_euler = (self.turn @ Vector(SUN)).to_track_quat("-Z", "Y").to_euler()
        world = bpy.data.worlds.new("Stage")
        world.use_nodes = True
        background: Any = world.node_tree.nodes["Background"]
        background.inputs["Color"].default_value = (0.055, 0.058, 0.085, 1.0)
        background.inputs["Strength"].default_value = 1.0
        self.scene.world = world
        self.camera = self._add("Camera", bpy.data.cameras.new("Camera"))
        self.camera.data.clip_end = 100.0 * self.unit
        self.scene.camera = self.camera
        self._add_label()
        render, cycles = self.scene.render, self.scene.cycles
        render.engine = "CYCLES"
        cycles.device, cycles.use_denoising = "CPU", False
        cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = 0
        cycles.use_adaptive_sampling = False
        render.use_persistent_data, render.resolution_percentage = True, 100
        self.scene.view_settings.view_transform = "Standard"

    def _add_label(self) -> None:
        """Words in the upper left corner of the stills, hung before the camera."""
        data: Any = bpy.data.curves.new("Label", "FONT")
        data.size, data.space_line = 0.036, 0.9
        data.materials.append(_glowing((1.0, 0.55, 0.09)))
        self.label = self._add("Label", data)
        self.label.parent, self.label.location = self.camera, (-0.22, 0.25, -1.0)
        self.label.visible_shadow, self.label.hide_render = False, True

    def _label(self, text: str) -> None:
        self.label.data.body, self.label.hide_render = text, not text

    def _walk(self, armature: bpy.types.Object) -> np.ndarray:
        """Where the hips are over the floor, and how high that is: ``[N, 3]``, the stage's axes."""
        hips = require_recognised(armature).bones["pelvis"]
        ground = min(bone.head_local.z for bone in armature.data.bones)
        places = []
        for second in np.arange(0.0, self.clip.duration + 1 / PATH_RATE, 1 / PATH_RATE):
            self._go(float(second))
            posed = armature.evaluated_get(evaluated_graph())
            place = posed.matrix_world @ posed.pose.bones[hips].head
            x, y, _ = self.turn.transposed() @ place
            places.append((x, y, (posed.matrix_world @ Vector((0, 0, ground))).z))
        return np.array(places)

    def _best_start(self, seconds: float) -> float:
        """A third of the movie before the first chorus, if there is one; else the beginning."""
        sections = self.clip.meta.get("analysis", {}).get("sections", [])
        chorus = [s["start"] for s in sections if s["label"] == "chorus"]
        begin = (chorus[0] if chorus else 0.0) - self.clip.song_start - seconds / 3
        return float(np.clip(begin, 0.0, max(0.0, self.clip.duration - seconds)))

    def _follow(self, begin: float, seconds: float) -> None:
        """Keys a camera that glides after the dancer, in front and a little to the side."""
        width = round(FOLLOW * PATH_RATE) * 2 + 1
        kernel = np.hanning(width + 2)[1:-1]
        padded = np.pad(self.path, ((width // 2, width // 2), (0, 0)), mode="edge")
        smooth = np.stack(
            [np.convolve(axis, kernel / kernel.sum(), "valid") for axis in padded.T], axis=-1
        )
        self.camera.data.lens = 50.0
        for second in np.arange(begin, begin + seconds + 0.5, 0.5).tolist():
            x, y, floor = self._at(smooth, second)
            unit = self.unit
            eye = (x * 0.9 - 0.9 * unit, y - 4.6 * unit, floor + 1.3 * unit)
            self._aim(eye, (x, y, floor + 0.9 * unit))
            frame = self.first + second * self.rate
            self.camera.keyframe_insert("location", frame=frame)
            self.camera.keyframe_insert("rotation_euler", frame=frame)

    def _aim(self, place: tuple[float, ...], target: tuple[float, ...]) -> None:
        self.camera.location = self.turn @ Vector(place)
        direction = self.turn @ (Vector(target) - Vector(place))
        self.camera.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()

    def _at(self, path: np.ndarray, second: float) -> tuple[float, float, float]:
        x, y, z = path[int(np.clip(round(second * PATH_RATE), 0, len(path) - 1))].tolist()
        return x, y, z

    def _go(self, second: float) -> None:
        frame = self.first + second * self.rate
        self.scene.frame_set(int(frame), subframe=frame - int(frame))

    def _add(self, name: str, data: Any) -> Any:
        added: Any = bpy.data.objects.new(name, data)
        added[OURS] = True
        self.scene.collection.objects.link(added)
        return added


def _height(armature: bpy.types.Object) -> float:
    """From the lowest to the highest end of a bone at rest, in the world."""
    ends = [end.z for bone in armature.data.bones for end in (bone.head_local, bone.tail_local)]
    scale = armature.matrix_world.to_scale().z
    return max((max(ends) - min(ends)) * scale, 1e-3)


def _turn(armature: bpy.types.Object) -> Matrix:
    """The rotation about the vertical from the stage's front to where the dancer faces at rest."""
    bones = require_recognised(armature).bones
    left, right = (armature.data.bones[bones[f"{side}_hip"]] for side in ("left", "right"))
    across = armature.matrix_world.to_3x3() @ (left.head_local - right.head_local)
    return Matrix.Rotation(math.atan2(across.y, across.x), 3, "Z")


def _render_path(path: Path) -> str:
    """A path as the renderer takes it: since Blender 5.0 braces are templates."""
    text = str(path)
    return text.replace("{", "{{").replace("}", "}}") if bpy.app.version >= (5, 0) else text


def _floor_material(scale: float) -> bpy.types.Material:
    """Dark boards with a line every half metre, so that sliding feet would show."""
    material: Any = bpy.data.materials.new("Floor")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = nodes["Principled BSDF"]
    surface.inputs["Roughness"].default_value = 0.9
    checker = nodes.new("ShaderNodeTexChecker")
    checker.inputs["Scale"].default_value = scale
    checker.inputs["Color1"].default_value = (0.105, 0.108, 0.13, 1.0)
    checker.inputs["Color2"].default_value = (0.075, 0.078, 0.098, 1.0)
    geometry = nodes.new("ShaderNodeNewGeometry")
    links.new(geometry.outputs["Position"], checker.inputs["Vector"])
    links.new(checker.outputs["Color"], surface.inputs["Base Color"])
    _add_ambient(material)
    return material


def _glowing(colour: tuple[float, float, float]) -> bpy.types.Material:
    """Light of that colour, whatever falls on it."""
    material: Any = bpy.data.materials.new("Label")
    material.use_nodes = True
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (0.0, 0.0, 0.0, 1.0)
    surface.inputs["Specular IOR Level"].default_value = 0.0
    surface.inputs["Emission Color"].default_value = (*colour, 1.0)
    surface.inputs["Emission Strength"].default_value = 1.0
    return material


def _add_ambient(material: Any) -> None:
    """Lets a material shine a little in its own colour, so that shadows are not black."""
    material.cycles.emission_sampling = "NONE"  # it lights nothing else, so there is no noise
    nodes = material.node_tree.nodes if material.node_tree else ()
    for surface in [node for node in nodes if node.type == "BSDF_PRINCIPLED"]:
        surface.inputs["Specular IOR Level"].default_value = 0.15
        colour, glow = surface.inputs["Base Color"], surface.inputs["Emission Color"]
        if colour.is_linked:
            material.node_tree.links.new(colour.links[0].from_socket, glow)
        else:
            glow.default_value = colour.default_value
        surface.inputs["Emission Strength"].default_value = AMBIENT


@contextmanager
def _watched(progress: _Progress) -> Iterator[None]:
    """Counts the frames that are written."""

    def step(*_: Any) -> None:
        progress.step()

    bpy.app.handlers.render_write.append(step)
    try:
        yield
    finally:
        bpy.app.handlers.render_write.remove(step)


class _Progress:
    """Says how far a row of renders is and how long the rest will take."""

    def __init__(self, name: str, total: int, tell: Callable[[str], None]) -> None:
        self.name, self.total, self.done, self.tell = name, total, 0, tell
        self.began = self.spoken = time.monotonic()

    def step(self) -> None:
        self.done += 1
        now = time.monotonic()
        if now - self.spoken > 3.0 or self.done == self.total:
            self.spoken = now
            left = (now - self.began) / self.done * (self.total - self.done)
            self.tell(f"{self.name} {self.done}/{self.total}, {left:.0f} s left")
