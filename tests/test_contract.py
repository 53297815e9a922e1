"""engine/CONTRACT.md held from both sides: what one writes, the other reads."""

from __future__ import annotations

import io
import re
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from engine import clip as engine_clip
from engine.audio.correction import FACTORS, FEWEST_TAPS, MOST_NUDGE_MS, make_correction
from engine.errors import ChoreoError
from engine.model.backends import load_motion_model
from engine.model.text import TextEncoder
from engine.motion.features import motion_of
from engine.pipeline import Engine, make_clips
from engine.request import make_request
from engine.server import CONTRACT_VERSION
from kpop_choreo_addon.core import client as addon_client
from kpop_choreo_addon.core import clip as addon_clip
from kpop_choreo_addon.core import clip_writer, correction, inverse, song_sections
from kpop_choreo_addon.core.engine_command import EngineCommand
from kpop_choreo_addon.core.engine_process import EngineProcess
from kpop_choreo_addon.core.errors import EngineError
from tests.bodies import stepping
from tests.core import synthetic
from tests.songs import song_file

ROOT = Path(__file__).parents[1]
CONTRACT = (ROOT / "engine" / "CONTRACT.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    return song_file(tmp_path_factory.mktemp("song") / "노래 one.ogg")


@pytest.fixture(scope="module")
def running():
    """A real engine, started and spoken to by the add-on's own code."""
    process = EngineProcess(EngineCommand(Path(sys.executable), (ROOT,), "cpu", "debug"))
    yield process
    process.stop()
    assert not process.alive


def test_versions_agree_with_the_page():
    written = int(re.search(r"^Version (\d+)\.", CONTRACT, re.MULTILINE).group(1))
    assert written == CONTRACT_VERSION
    addon_client.require_contract(CONTRACT_VERSION)
    with pytest.raises(EngineError):
        addon_client.require_contract(CONTRACT_VERSION + 1)
    assert addon_clip.FORMAT == engine_clip.FORMAT
    assert addon_clip.FORMAT_VERSION == engine_clip.FORMAT_VERSION


def test_what_the_engine_writes_the_addon_reads(tmp_path):
    motion = motion_of(stepping(4.0).local_quats, stepping(4.0).root_positions)
    written = engine_clip.Clip(
        fps=30.0,
        local_quats=motion.local_quats[None],
        root_positions=motion.root_positions[None],
        foot_contacts=motion.contacts[None],
        beats=np.arange(0.1, 4, 0.5),
        downbeats=np.arange(0.1, 4, 2.0),
        song_start=12.5,
        meta={"seed": 3, "request": {"prompt": "춤"}},
    )
    engine_clip.write_clip(written, tmp_path / "clip.npz")
    read = addon_clip.read_clip(tmp_path / "clip.npz")
    assert read.joint_names == written.skeleton.names
    assert (read.members, read.frames, read.fps, read.song_start) == (1, 121, 30.0, 12.5)
    assert read.meta == written.meta
    for name in ("local_quats", "root_positions", "foot_contacts", "beats", "downbeats"):
        np.testing.assert_allclose(getattr(read, name), getattr(written, name), atol=1e-6)
    np.testing.assert_allclose(read.rest_offsets, written.skeleton.offsets, atol=1e-6)
    assert list(tmp_path.iterdir()) == [tmp_path / "clip.npz"]


def test_what_the_addon_writes_the_engine_reads_and_dances_on(song, tmp_path):
    """A dance that came back from an armature is a source clip like any other."""
    engine = Engine(load_motion_model("debug"), TextEncoder.default())
    (made,) = make_clips(song, make_request({"end": 9.0}), engine, None, None)
    engine_clip.write_clip(made, tmp_path / "made.npz")
    clip = addon_clip.read_clip(tmp_path / "made.npz")
    motion = inverse.BodyMotion(clip.local_quats[0], clip.root_positions[0])
    meta = {"song": clip.meta["song"], "edited": True}
    back = clip_writer.clip_of(motion, clip.fps, clip.beats, clip.downbeats, clip.song_start, meta)
    clip_writer.write_clip(back, tmp_path / "back.npz")
    read = engine_clip.read_clip(tmp_path / "back.npz")
    np.testing.assert_array_equal(read.local_quats, made.local_quats.astype(np.float32))
    np.testing.assert_array_equal(read.beats, made.beats)
    assert read.meta == meta
    agree = (read.foot_contacts > 0.5) == (made.foot_contacts > 0.5)
    assert agree.mean() > 0.95
    asked = make_request({"regenerate": "3:6", "source_clip": tmp_path / "back.npz"})
    (danced,) = make_clips(song, asked, engine, None, tmp_path / "back.npz")
    np.testing.assert_array_equal(danced.local_quats[:, :90], read.local_quats[:, :90])
    assert list(tmp_path.glob("*.part")) == []


def test_what_follows_the_page_the_engine_reads(tmp_path):
    path = synthetic.write_clip(tmp_path / "clip.npz")
    read, theirs = engine_clip.read_clip(path), addon_clip.read_clip(path)
    np.testing.assert_array_equal(read.local_quats, theirs.local_quats)
    assert read.skeleton.names == theirs.joint_names
    assert read.meta == theirs.meta


def test_every_array_of_the_page_is_written(tmp_path):
    motion = stepping(2.0)
    engine_clip.write_clip(
        engine_clip.Clip(
            30.0,
            motion.local_quats[None],
            motion.root_positions[None],
            motion.contacts[None],
            np.zeros(0),
            np.zeros(0),
        ),
        tmp_path / "clip.npz",
    )
    table = CONTRACT.split("## The clip file")[1].split("Optional")[0]
    named = {
        name
        for row in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    with np.load(tmp_path / "clip.npz", allow_pickle=False) as stored:
        assert set(stored.files) == named


def test_both_sides_refuse_the_same_damage(tmp_path):
    good = synthetic.write_clip(tmp_path / "good.npz").read_bytes()
    cases = {"half.npz": good[: len(good) // 2], "none.npz": b"", "text.npz": b"hello" * 50}
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ChoreoError):
            engine_clip.read_clip(tmp_path / name)
        with pytest.raises(Exception, match=r"\w") as caught:
            addon_clip.read_clip(tmp_path / name)
        assert caught.value.remedy


def test_the_addon_dances_with_a_real_engine(running, song, tmp_path):
    client = running.client()
    assert client.health()["contract_version"] == CONTRACT_VERSION
    styles = {style["name"] for style in client.models()["styles"]}
    assert {"girl-crush", "cute", "hip-hop", "ballad"} <= styles
    analysis = client.analyze(song)
    assert analysis["tempo"] == pytest.approx(124.0, abs=0.1)
    parameters = {"prompt": "sharp arms, 웨이브", "style": "cute", "energy": 0.4, "seed": 11}
    job_id = client.submit(song, parameters)
    end = time.monotonic() + 60
    while not (status := client.status(job_id)).finished:
        assert time.monotonic() < end
        time.sleep(0.05)
    client.fetch_clip(job_id, tmp_path / "clip.npz")
    clip = addon_clip.read_clip(tmp_path / "clip.npz")
    assert status.status == "completed"
    assert clip.meta["request"]["energy"] == 0.4
    assert clip.meta["request"]["prompt"] == "sharp arms, 웨이브"
    assert clip.meta["song"]["name"] == "노래 one.ogg"


def test_the_addon_corrects_and_checks_by_ear(running, song):
    client = running.client()
    before = client.analyze(song)
    assert before["correction"] == {}
    rows = song_sections.renamed(before, 0, "dance break")
    wanted = correction.nudged(correction.counted({"sections": rows}, 0.5), 20.0)
    try:
        after = client.analyze(song, correction=wanted)
        assert after["correction"] == wanted
        assert after["tempo"] == pytest.approx(before["tempo"] / 2, abs=0.1)
        late = np.array(before["beats"][:2]) + 0.02 - after["beats"][0]
        assert np.abs(late).min() < 1e-5
        assert after["sections"][0]["label"] == "dance break"
        with wave.open(io.BytesIO(client.clicks(song))) as wav:
            assert wav.getnframes() / wav.getframerate() == pytest.approx(after["duration"])
        with pytest.raises(EngineError, match="cannot be used"):
            client.analyze(song, correction={"factor": 3.0})
        assert client.analyze(song)["beats"] == after["beats"]
    finally:
        client.analyze(song, correction={})
    for number in correction.BARS:
        make_correction(correction.with_bars_of({}, number))
    assert max(correction.FACTORS) == max(FACTORS)
    assert min(correction.FACTORS) == min(FACTORS)
    assert correction.MOST_NUDGE_MS == MOST_NUDGE_MS
    assert correction.FEWEST_TAPS == FEWEST_TAPS


def test_both_sides_know_the_same_labels_and_bounds_of_a_correction():
    from engine.audio import correction as theirs
    from engine.audio.labels import LABELS
    from kpop_choreo_addon.core import correction as ours

    assert ours.LABELS == LABELS
    assert ours.FEWEST_TAPS == theirs.FEWEST_TAPS
    assert (min(theirs.FACTORS), max(theirs.FACTORS)) == ours.FACTORS
    assert ours.MOST_NUDGE_MS == theirs.MOST_NUDGE_MS
    assert ours.BARS == theirs.BARS


def test_directed_clips_are_clips_for_the_addon(song, tmp_path):
    engine = Engine(load_motion_model("debug"), TextEncoder.default())

    def make(name: str, source: Path | None = None, **values) -> list[addon_clip.Clip]:
        given = values | ({"source_clip": source} if source else {})
        clips = make_clips(song, make_request(given), engine, None, source)
        for number, clip in enumerate(clips):
            engine_clip.write_clip(clip, tmp_path / f"{name}{number}.npz")
        return [addon_clip.read_clip(tmp_path / f"{name}{n}.npz") for n in range(len(clips))]

    (whole,) = make("whole", end=9.0)
    pins = [{"time": 4.0, "joints": {"head": [0.9, 0.3, 0.0, 0.0]}}]
    takes = make("part", tmp_path / "whole0.npz", regenerate="3:6", n_takes=2, pins=pins)
    assert [take.meta["take"] for take in takes] == [1, 2]
    for take in takes:
        assert take.frames == whole.frames
        np.testing.assert_array_equal(take.local_quats[:, :90], whole.local_quats[:, :90])
    (loop,) = make("loop", end=8.0, loop=1)
    assert loop.frames / loop.fps == pytest.approx(loop.meta["directing"]["loop"]["period"])


def test_every_parameter_of_directing_is_on_the_page():
    asked = make_request({}).to_dict()
    for name in ("n_takes", "loop", "regenerate", "pins"):
        assert name in asked
        assert f"| `{name}` |" in CONTRACT


def test_the_engines_sentences_reach_the_addon(running, song):
    client = running.client()
    with pytest.raises(EngineError) as caught:
        client.submit(song, {"style": "polka"})
    assert caught.value.code == "style_unknown"
    assert "girl-crush" in caught.value.remedy
    with pytest.raises(EngineError) as caught:
        client.status("unknown")
    assert caught.value.code == "job_unknown"
