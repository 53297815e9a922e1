"""Directing with the model that ships: seams, loops and pins that an animator would not see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.clip import Clip, write_clip
from engine.figures import foot_slide
from engine.model.backends import load_motion_model
from engine.model.text import TextEncoder
from engine.motion.features import Motion
from engine.pipeline import Engine, make_clips
from engine.request import make_request
from tests.songs import song_file

PROMPT = "energetic pop dance, sharp arms"
SOURCE_SECONDS = 14.0


@pytest.fixture(scope="module")
def dance(tmp_path_factory):
    song = song_file(tmp_path_factory.mktemp("song") / "song.ogg")
    engine = Engine(load_motion_model(device="cpu"), TextEncoder.default())

    def make(source: Path | None = None, **values) -> list[Clip]:
        given = {"prompt": PROMPT, "creativity": 0.4} | values
        given |= {"source_clip": source} if source else {}
        return make_clips(song, make_request(given), engine, None, source)

    return make


@pytest.fixture(scope="module")
def source(dance, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "source.npz"
    write_clip(dance(seed=1, end=SOURCE_SECONDS)[0], path)
    return path


def positions(clip: Clip) -> np.ndarray:
    motion = Motion(
        clip.local_quats[0].astype(float),
        clip.root_positions[0].astype(float),
        clip.foot_contacts[0].astype(float),
        clip.fps,
    )
    return motion.positions()


def seam_quantiles(places: np.ndarray, seams: list[int]) -> list[float]:
    """Where the body's mean speed and acceleration at seams lie among the other frames, 0..1."""
    found = []
    for order in (1, 2):
        sizes = np.linalg.norm(np.diff(places, n=order, axis=0), axis=-1).mean(axis=-1)
        at = np.concatenate([np.arange(seam - order, seam) for seam in seams])
        rest = np.delete(sizes, at)
        found += [float(np.mean(rest < size)) for size in sizes[at]]
    return found


def test_a_part_danced_anew_cannot_be_heard_at_its_seams(dance, source):
    seams = []
    for part in ("4.1:8", "6:9.3"):
        takes = dance(source, regenerate=part, seed=20, n_takes=2, prompt="smooth waves")
        first, last = takes[0].meta["directing"]["source"]["frames"]
        for take in takes:
            seams += seam_quantiles(positions(take), [first, last + 1])
        inside = slice(first + 10, last - 10)
        apart = np.linalg.norm(positions(takes[0]) - positions(takes[1]), axis=-1)
        assert apart[inside].mean() > 0.05, "another seed, another dance"
        assert apart[:first].max() == 0.0
    assert max(seams) <= 0.99


def test_a_loop_flows_into_itself(dance):
    found = []
    for seed, start in ((3, 2.0), (4, 5.3)):
        clip = dance(seed=seed, start=start, end=start + 7.9, loop=1)[0]
        places = positions(clip)
        frames = len(places)
        middle = np.concatenate([places, places, places])[frames - 2 : 2 * frames + 2]
        found += seam_quantiles(middle, [2])
    assert max(found) <= 0.99


def test_pins_are_met_without_jerks_and_with_feet_on_the_floor(dance):
    pins = [
        {"time": 3.0, "hands": {"left": [0.4, 1.5, 0.35]}},
        {"time": 6.5, "root": {"position": [0.5, 0.88, 0.3], "facing": 0.6}, "hold": 0.4},
        {"time": 10.0, "joints": {"spine2": [0.98, 0.15, 0.1, 0.0], "head": [0.97, 0.0, 0.2, 0.0]}},
    ]
    free, pinned = (dance(seed=2, end=13.0, **more)[0] for more in ({}, {"pins": pins}))
    for told in pinned.meta["directing"]["pins"]:
        assert told["degrees"] < 2.0
        assert told["centimetres"] < 1.0
    hardest = [
        np.quantile(np.linalg.norm(np.diff(positions(clip), n=2, axis=0), axis=-1), 0.998)
        for clip in (free, pinned)
    ]
    assert hardest[1] < 1.5 * hardest[0]
    slides = [foot_slide(positions(clip), clip.fps) for clip in (free, pinned)]
    assert slides[1] < slides[0] + 0.08


def test_takes_of_one_batch_equal_single_takes(dance):
    pair = dance(seed=11, end=6.0, n_takes=2)
    alone = dance(seed=12, end=6.0)[0]
    np.testing.assert_allclose(positions(pair[1]), positions(alone), atol=2e-3)
    assert np.linalg.norm(positions(pair[0]) - positions(alone), axis=-1).mean() > 0.05
