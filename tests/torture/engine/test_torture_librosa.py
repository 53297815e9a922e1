"""The real librosa as a back end and as a judge; it compiles itself for more than a minute."""

from __future__ import annotations

import numpy as np
import pytest

from engine.audio.analysis import analyze
from engine.audio.decode import ANALYSIS_RATE
from tests.engine.test_audio_analysis import as_song, lateness, whole_song
from tests.songs import Part, render_song


def test_librosa_as_back_end() -> None:
    pytest.importorskip("librosa")
    rendered = render_song(bpm=124.0, parts=(Part("verse", 12),))
    heard = analyze(as_song(rendered.samples), backend="librosa")
    assert heard.backend == "librosa"
    assert heard.tempo == pytest.approx(124.0, abs=1.0)
    assert np.mean(np.abs(lateness(heard.beats, rendered.beats)) < 0.03) > 0.85


def test_librosa_as_judge() -> None:
    """librosa's beats, 30 ms late on drums by its nature, fall beside ours and not between."""
    librosa = pytest.importorskip("librosa")
    rendered, heard = whole_song(124.0)
    judged = librosa.beat.beat_track(y=rendered.samples, sr=ANALYSIS_RATE, units="time")[1]
    late = lateness(heard.beats, judged)
    assert np.mean(np.abs(late) < 0.07) > 0.9
    assert -0.05 < np.median(late) < 0.0
