"""Songs that cannot be danced are refused in words by the command; odd ones are heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.audio import decode
from engine.audio.decode import load_song
from engine.cli import main
from engine.errors import ChoreoError
from tests.bad_songs import FINE, REFUSED, encoded, plain, two_tracks, wav, whole_numbers

LONG = {"15:01", "192000 Hz", "64 channels"}
"""Heard in tests/torture only."""


@pytest.mark.parametrize("name", sorted(REFUSED.keys() - LONG))
def test_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, code = REFUSED[name]
    song = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ChoreoError) as caught:
        load_song(song)
    assert caught.value.code == code
    assert main(["analyze", "--json", "--", str(song)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"kpop-choreo: {caught.value.message}\n  {caught.value.remedy}" in said.err
    assert "Traceback" not in said.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", sorted(FINE.keys() - LONG))
def test_heard(name: str, tmp_path: Path) -> None:
    song = load_song(FINE[name](tmp_path))
    truth = plain(22050).samples
    count = min(len(truth), len(song.samples))
    assert song.duration == pytest.approx(plain().duration, abs=0.2)
    if name != "rate and channels change":  # its second half is the other song's
        assert np.corrcoef(truth[:count], song.samples[:count])[0, 1] > 0.9


def test_a_song_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path := tmp_path / "mine.wav").write_bytes(wav(whole_numbers(), 22050))

    def refuse(*args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ChoreoError, match=r"mine.wav cannot be opened \(Permission denied\)"):
        load_song(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    with path.open("wb") as stream:
        stream.truncate(decode.LARGEST + 1)
    with pytest.raises(ChoreoError) as caught:
        load_song(path)
    assert caught.value.code == "song_too_large"


def test_a_stream_that_begins_on_the_way_ends_the_song(tmp_path: Path) -> None:
    """A transport stream of one track, then one of two: PyAV does not expect the second."""
    one = encoded(tmp_path, "one.ts", "mp2", 48000).read_bytes()
    path = tmp_path / "both.ts"
    path.write_bytes(one + two_tracks(tmp_path, "two.ts", "mp2").read_bytes())
    assert load_song(path).duration > plain().duration - 0.2
