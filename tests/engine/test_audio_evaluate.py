"""The evaluation command gives marks for songs that are heard right, and none for wrong ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.songs import Part, render_song, write_song

pytest.importorskip("mir_eval")


def test_scores_of_a_right_and_a_wrong_song(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from engine.audio.evaluate import evaluate, main

    rendered = render_song(bpm=120.0, parts=(Part("verse", 12),))
    for name, shift in (("right", 0.0), ("wrong", 0.25)):
        (tmp_path / name).mkdir()
        write_song(tmp_path / name / "audio.wav", rendered.samples, rendered.sample_rate)
        np.savetxt(tmp_path / name / "beats.txt", rendered.beats + shift)
    right, wrong = evaluate(tmp_path)
    assert right.f_measure > 0.95  # one beat more, in the sound that rings on
    assert abs(right.lateness_ms) < 10.0
    assert abs(right.tempo_error) < 0.02
    assert wrong.f_measure == 0.0
    assert main([str(tmp_path)]) == 0
    assert "| right | 120.0" in capsys.readouterr().out
    assert main([str(tmp_path / "right")]) == 1
