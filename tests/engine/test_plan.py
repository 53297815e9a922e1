"""Counts and phrases follow the song; what is asked for is checked."""

import numpy as np
import pytest

from engine.audio.analysis import analyze
from engine.audio.decode import load_song
from engine.choreography.counts import count_song
from engine.choreography.plan import NOTHING_SAID, energy_at, make_plan
from engine.errors import ChoreoError
from engine.request import make_request
from tests.songs import Part, render_song, write_song

NONE = np.zeros(0)


def test_eights_begin_on_downbeats_and_cover_the_whole_song():
    beats = 0.3 + np.arange(64) * 0.5
    counts = count_song(beats, beats[1::4], beats[[1, 33]], 120.0, 34.0)
    np.testing.assert_allclose(counts.position(beats[1::8]) % 8, 0.0, atol=1e-9)
    assert counts.times[0] < 0.0
    assert counts.times[-1] > 34.0
    there = counts.seconds(counts.position(np.array([0.0, 7.7, 33.9])))
    np.testing.assert_allclose(there, [0.0, 7.7, 33.9], atol=1e-9)


def test_fast_songs_are_danced_in_half_time_on_the_ones():
    beats = np.arange(128) * 60 / 160
    counts = count_song(beats, beats[3::4], NONE, 160.0, 48.0)
    assert counts.every == 2
    np.testing.assert_allclose(counts.position(beats[3::4]) % 2, 0.0, atol=1e-9)
    assert counts.tempo(np.array([10.0]))[0] == pytest.approx(80.0)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    parts = (
        Part("verse", 8, level=0.4),
        Part("chorus", 8, lead=True),
        Part("verse", 8, level=0.4),
        Part("chorus", 8, lead=True),
    )
    song = render_song(120.0, parts)
    path = tmp_path_factory.mktemp("song") / "song.wav"
    return analyze(load_song(write_song(path, song.samples, song.sample_rate)))


def test_phrases_cover_the_song_without_gaps_on_counts_of_eight(analysis):
    plan = make_plan(analysis, make_request({}))
    assert plan.phrases[0].start == 0.0
    assert plan.phrases[-1].end == pytest.approx(analysis.duration)
    for phrase, following in zip(plan.phrases, plan.phrases[1:], strict=False):
        assert phrase.end == following.start
        assert following.first_count % 8 == 0
    assert {phrase.prompt for phrase in plan.phrases} == {NOTHING_SAID}


def test_words_of_a_section_hold_there_only(analysis):
    prompts = [{"start": 16, "end": 32, "prompt": "slow waves", "style": "ballad"}]
    request = make_request({"prompt": "sharp arms", "section_prompts": prompts})
    plan = make_plan(analysis, request)
    for phrase in plan.phrases:
        middle = (phrase.start + phrase.end) / 2
        assert ("slow waves" in phrase.prompt) == (16 <= middle < 32)


def test_the_song_moves_the_energy_around_the_slider(analysis):
    seconds = np.arange(0, analysis.duration, 0.1)
    energy = energy_at(analysis, 0.5, seconds)
    verse, chorus = energy[(seconds > 4) & (seconds < 12)], energy[(seconds > 20) & (seconds < 28)]
    assert chorus.mean() > verse.mean() + 0.15
    assert energy_at(analysis, 0.9, seconds).mean() > energy.mean() + 0.2
    assert 0 < energy.min() <= energy.max() < 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"energy": 1.2}, "parameter_invalid"),
        ({"bounce": -0.1}, "parameter_invalid"),
        ({"smoothness": "much"}, "parameter_invalid"),
        ({"creativity": "nan"}, "parameter_invalid"),
        ({"seed": -1}, "parameter_invalid"),
        ({"seed": 1.5}, "parameter_invalid"),
        ({"start": 10, "end": 5}, "parameter_invalid"),
        ({"section_prompts": "{"}, "parameter_invalid"),
        ({"section_prompts": '[{"start": 1}]'}, "parameter_invalid"),
        ({"members": 3}, "not_supported"),
    ],
)
def test_bad_parameters_are_refused_with_a_remedy(values, code):
    with pytest.raises(ChoreoError) as caught:
        make_request(values)
    assert caught.value.code == code
    assert caught.value.remedy


def test_unknown_styles_and_short_ranges_are_refused(analysis):
    for values, code in (({"style": "polka"}, "style_unknown"), ({"start": 62}, "range_too_short")):
        with pytest.raises(ChoreoError) as caught:
            make_plan(analysis, make_request(values))
        assert caught.value.code == code
