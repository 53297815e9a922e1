"""A stage for the demo's pictures: floor, lights, a camera that follows the dancer."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from kpop_choreo_addon.core.counts import moments

SIZE = (640, 480)
TILE = (240, 300)
SAMPLES = {"stills": 6, "movie": 2}
SUN = (0.45, 0.75, -1.0)
"""Direction of the only light. With one light without size, every sample of a pixel agrees."""
AMBIENT = 0.3
"""Share of its own colour that every surface gives off, in place of light from the sky."""
FOLLOW = 1.2
"""Seconds over which the camera smooths the dancer's way."""


class Stage:
    """Renders one dance: stills from two sides and a movie with sound."""

    def __init__(self, scene: Any, clip: Any) -> None:
        self.scene, self.clip = scene, clip
        self.rate = scene.render.fps / scene.render.fps_base
        self.first = scene.kpop_choreo.start_frame
        path = clip.root_positions[0]
        self.path = np.stack([path[:, 0], -path[:, 2]], axis=-1)

    def build(self) -> None:
        """Adds floor, lights and camera, and sets up the renderer."""
        floor = bpy.data.meshes.new("Floor")
        floor.from_pydata(
            [(-30, -30, 0), (30, -30, 0), (30, 30, 0), (-30, 30, 0)], [], [(0, 1, 2, 3)]
        )
        floor.materials.append(_floor_material())
        self._add("Floor", floor)
        lamp: Any = bpy.data.lights.new("Sun", "SUN")
        lamp.energy, lamp.angle = 2.3, 0.0
        sun = self._add(lamp.name, lamp)
        sun.rotation_euler = Vector(SUN).to_track_quat("-Z", "Y").to_euler()
        for material in bpy.data.materials:
            _add_ambient(material)
        world = bpy.data.worlds.new("Stage")
        world.use_nodes = True
        background: Any = world.node_tree.nodes["Background"]
        background.inputs["Color"].default_value = (0.055, 0.058, 0.085, 1.0)
        background.inputs["Strength"].default_value = 1.0
        self.scene.world = world
        self.camera = self._add("Camera", bpy.data.cameras.new("Camera"))
        self.scene.camera = self.camera
        render, cycles = self.scene.render, self.scene.cycles
        render.engine = "CYCLES"
        cycles.device, cycles.use_denoising = "CPU", False
        cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = 0
        cycles.use_adaptive_sampling = False
        render.use_persistent_data = True
        self.scene.view_settings.view_transform = "Standard"

    def stills(self, folder: Path, count: int) -> list[dict[str, Any]]:
        """Renders ``count`` beats, front and side; each with its second, and its bar and count."""
        clip, render = self.clip, self.scene.render
        beats = clip.beats[clip.beats * clip.fps < len(self.path) - 1]
        beats = beats if len(beats) >= count else np.linspace(0, len(self.path) / clip.fps, count)
        names = {m.seconds: m.name.split()[0] for m in moments(clip, with_beats=True)}
        chosen = beats[np.linspace(0, len(beats) - 1, count).round().astype(int)]
        self.scene.cycles.samples = SAMPLES["stills"]
        render.resolution_x, render.resolution_y = TILE
        render.image_settings.file_format = "PNG"
        self.camera.data.lens = 62.0
        shots = []
        progress = _Progress("Contact sheet", 2 * count)
        for number, time_of in enumerate(chosen.tolist()):
            self._go(time_of)
            x, y = self._at(self.path, time_of)
            shot = {"seconds": time_of + clip.song_start, "name": names.get(time_of, "")}
            for side, offset in (("front", (0.0, -5.2)), ("side", (-5.2, 0.0))):
                self._aim((x + offset[0], y + offset[1], 1.15), (x, y, 0.92))
                picture = folder / f"{side}_{number:02d}.png"
                render.filepath = str(picture)
                bpy.ops.render.render(write_still=True)
                shot[side] = str(picture)
                progress.step()
            shots.append(shot)
        return shots

    def movie(self, path: Path, seconds: float) -> None:
        """Renders the liveliest ``seconds`` of the dance with the song's sound."""
        scene, render = self.scene, self.scene.render
        scene.cycles.samples = SAMPLES["movie"]
        render.resolution_x, render.resolution_y = SIZE
        begin = self._best_start(seconds)
        self._follow(begin, seconds)
        whole = scene.frame_start, scene.frame_end
        scene.frame_start = self.first + round(begin * self.rate)
        last = self.first + round(len(self.path) / self.clip.fps * self.rate) - 1
        scene.frame_end = min(last, scene.frame_start + round(seconds * self.rate) - 1)
        settings = render.image_settings
        if hasattr(settings, "media_type"):
            settings.media_type = "VIDEO"
        settings.file_format = "FFMPEG"
        render.ffmpeg.format, render.ffmpeg.codec = "MPEG4", "H264"
        render.ffmpeg.constant_rate_factor = "HIGH"
        render.ffmpeg.audio_codec = "AAC"
        render.filepath = str(path)
        progress = _Progress("Movie", scene.frame_end - scene.frame_start + 1)

        def step(*_: Any) -> None:
            progress.step()

        bpy.app.handlers.render_write.append(step)
        bpy.ops.render.render(animation=True)
        bpy.app.handlers.render_write.remove(step)
        scene.frame_start, scene.frame_end = whole

    def _best_start(self, seconds: float) -> float:
        """A third of the movie before the first chorus, if there is one; else the beginning."""
        sections = self.clip.meta["analysis"]["sections"]
        chorus = [s["start"] for s in sections if s["label"] == "chorus"]
        begin = (chorus[0] if chorus else 0.0) - self.clip.song_start - seconds / 3
        latest = len(self.path) / self.clip.fps - seconds
        return float(np.clip(begin, 0.0, max(0.0, latest)))

    def _follow(self, begin: float, seconds: float) -> None:
        """Keys a camera that glides after the dancer, in front and a little to the side."""
        width = round(FOLLOW * self.clip.fps) * 2 + 1
        kernel = np.hanning(width)
        padded = np.pad(self.path, ((width // 2, width // 2), (0, 0)), mode="edge")
        smooth = np.stack(
            [np.convolve(padded[:, axis], kernel / kernel.sum(), "valid") for axis in (0, 1)], -1
        )
        self.camera.data.lens = 50.0
        for time_of in np.arange(begin, begin + seconds + 0.5, 0.5):
            x, y = self._at(smooth, time_of)
            self._aim((x * 0.9 - 0.9, y - 4.6, 1.3), (x, y, 0.9))
            frame = self.first + time_of * self.rate
            self.camera.keyframe_insert("location", frame=frame)
            self.camera.keyframe_insert("rotation_euler", frame=frame)

    def _aim(self, place: tuple[float, float, float], target: tuple[float, float, float]) -> None:
        self.camera.location = place
        direction = Vector(target) - Vector(place)
        self.camera.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()

    def _at(self, path: np.ndarray, seconds: float) -> tuple[float, float]:
        x, y = path[int(np.clip(round(seconds * self.clip.fps), 0, len(path) - 1))]
        return float(x), float(y)

    def _go(self, seconds: float) -> None:
        frame = self.first + seconds * self.rate
        self.scene.frame_set(int(frame), subframe=frame - int(frame))

    def _add(self, name: str, data: Any) -> Any:
        added = bpy.data.objects.new(name, data)
        self.scene.collection.objects.link(added)
        return added


def _floor_material() -> bpy.types.Material:
    """Dark boards with a line every half metre, so that sliding feet would show."""
    material: Any = bpy.data.materials.new("Floor")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = nodes["Principled BSDF"]
    surface.inputs["Roughness"].default_value = 0.9
    checker = nodes.new("ShaderNodeTexChecker")
    checker.inputs["Scale"].default_value = 2.0
    checker.inputs["Color1"].default_value = (0.105, 0.108, 0.13, 1.0)
    checker.inputs["Color2"].default_value = (0.075, 0.078, 0.098, 1.0)
    geometry = nodes.new("ShaderNodeNewGeometry")
    links.new(geometry.outputs["Position"], checker.inputs["Vector"])
    links.new(checker.outputs["Color"], surface.inputs["Base Color"])
    return material


def _add_ambient(material: Any) -> None:
    """Lets a material shine a little in its own colour, so that shadows are not black."""
    if not material.use_nodes:
        return
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Specular IOR Level"].default_value = 0.15
    colour, glow = surface.inputs["Base Color"], surface.inputs["Emission Color"]
    if colour.is_linked:
        material.node_tree.links.new(colour.links[0].from_socket, glow)
    else:
        glow.default_value = colour.default_value
    surface.inputs["Emission Strength"].default_value = AMBIENT


class _Progress:
    """Says how far a row of renders is and how long the rest will take."""

    def __init__(self, name: str, total: int) -> None:
        self.name, self.total, self.done = name, total, 0
        self.began = self.spoken = time.monotonic()

    def step(self) -> None:
        self.done += 1
        now = time.monotonic()
        if now - self.spoken > 3.0 or self.done == self.total:
            self.spoken = now
            left = (now - self.began) / self.done * (self.total - self.done)
            sys.stderr.write(f"{self.name} {self.done}/{self.total}, about {left:.0f} s left\n")
