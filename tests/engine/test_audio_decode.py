"""Song files become the same samples whatever holds them, and bad files are told in plain words."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from engine.audio.decode import ANALYSIS_RATE, load_song
from engine.errors import ChoreoError
from tests.songs import CODECS, render_song, write_song

CLICKS = (0.5, 1.25, 3.0)


def click_track(rate: int) -> np.ndarray:
    track = np.zeros(5 * rate, dtype=np.float32)
    burst = 0.7 * np.sin(2 * np.pi * 1800 * np.arange(int(0.004 * rate)) / rate)
    for time in CLICKS:
        track[round(time * rate) :][: len(burst)] += burst
    return track


def click_times(samples: np.ndarray) -> list[float]:
    """Where the sound first rises to a third of its peak, after at least 0.2 s of quiet."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() / 3.0) / ANALYSIS_RATE
    return [t for k, t in enumerate(loud) if k == 0 or t - loud[k - 1] > 0.2]


def refusal(path: Path) -> ChoreoError:
    with pytest.raises(ChoreoError) as caught:
        load_song(path)
    assert caught.value.message.endswith(".")
    assert caught.value.remedy.endswith(".")
    return caught.value


@pytest.mark.parametrize("ending", CODECS)
@pytest.mark.parametrize("rate", [44100, 48000, 22050])
def test_clicks_lie_at_the_same_time_in_every_format(
    tmp_path: Path, ending: str, rate: int
) -> None:
    song = load_song(write_song(tmp_path / f"click{ending}", click_track(rate), rate))
    assert click_times(song.samples) == pytest.approx(CLICKS, abs=0.005)
    assert song.duration == pytest.approx(5.0, abs=0.05)
    assert len(song.samples) / song.sample_rate == pytest.approx(song.duration, abs=0.001)


@pytest.mark.parametrize("ending", CODECS)
def test_formats_decode_to_the_same_music(tmp_path: Path, ending: str) -> None:
    rendered = render_song(bpm=120, rate=44100)
    song = load_song(write_song(tmp_path / f"song{ending}", rendered.samples, 44100))
    plain = load_song(write_song(tmp_path / "plain.wav", rendered.samples, 44100))
    count = min(len(song.samples), len(plain.samples))
    likeness = np.corrcoef(song.samples[:count], plain.samples[:count])[0, 1]
    assert likeness > 0.98


@pytest.mark.parametrize("rate", [8000, 11025, 32000, 96000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_odd_rates_and_channels(tmp_path: Path, rate: int, channels: int) -> None:
    sides = np.tile(click_track(rate), (channels, 1))
    song = load_song(write_song(tmp_path / "odd.wav", sides, rate))
    assert song.samples.dtype == np.float32
    assert song.sample_rate == ANALYSIS_RATE
    assert song.duration == pytest.approx(5.0, abs=1e-9)
    assert click_times(song.samples) == pytest.approx(CLICKS, abs=0.005)


def test_name_and_digest_are_the_files(tmp_path: Path) -> None:
    path = write_song(tmp_path / "노래 1.wav", click_track(22050), 22050)
    song = load_song(path)
    assert song.name == "노래 1.wav"
    assert song.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert np.array_equal(load_song(path).samples, song.samples)


def test_not_a_number_is_taken_for_silence(tmp_path: Path) -> None:
    track = click_track(44100)
    track[80000:80100] = np.nan
    track[90000] = np.inf
    song = load_song(write_song(tmp_path / "nan.wav", track, 44100, codec="pcm_f32le"))
    assert np.all(np.isfinite(song.samples))
    assert click_times(song.samples) == pytest.approx(CLICKS, abs=0.005)


def test_channels_that_cancel_each_other_are_not_silent(tmp_path: Path) -> None:
    track = click_track(44100)
    song = load_song(write_song(tmp_path / "karaoke.wav", np.stack([track, -track]), 44100))
    assert click_times(song.samples) == pytest.approx(CLICKS, abs=0.005)


def test_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.mp3").code == "song_missing"


def test_folder(tmp_path: Path) -> None:
    error = refusal(tmp_path)
    assert error.code == "song_unreadable"
    assert "folder" in error.message


@pytest.mark.parametrize("ending", [".mp3", ".wav"])
def test_empty_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"empty{ending}"
    path.touch()
    assert refusal(path).code == "song_empty"


def test_wav_without_samples(tmp_path: Path) -> None:
    path = tmp_path / "header.wav"
    path.write_bytes(wav_bytes(tag=1, data=b""))
    assert refusal(path).code == "song_empty"


@pytest.mark.parametrize(
    "content", [b"Dear diary, today I danced.\n" * 500, bytes(range(256)) * 99]
)
def test_not_a_song(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "diary.mp3"
    path.write_bytes(content)
    assert refusal(path).code == "song_unreadable"


def test_playlist_cannot_make_us_read_other_files(tmp_path: Path) -> None:
    secret = write_song(tmp_path / "secret.wav", click_track(22050), 22050)
    for name, text in (
        ("list.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:5,\n{secret}\n#EXT-X-ENDLIST\n"),
        ("list.mp3", f"ffconcat version 1.0\nfile {secret}\n"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert refusal(tmp_path / name).code == "song_unreadable"


def test_unknown_codec_is_named_as_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "strange.wav"
    path.write_bytes(wav_bytes(tag=0x1234, data=bytes(200_000)))
    error = refusal(path)
    assert error.code == "song_codec"
    assert "WAV" in error.message


@pytest.mark.parametrize("ending", CODECS)
def test_truncated_file_gives_what_decodes_or_says_so(tmp_path: Path, ending: str) -> None:
    rendered = render_song(rate=44100)
    path = write_song(tmp_path / f"song{ending}", rendered.samples, 44100)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    if ending == ".m4a":  # its table of contents is at the end
        assert refusal(path).code == "song_unreadable"
    else:
        song = load_song(path)
        assert 4.0 < song.duration < 0.8 * rendered.duration
    path.write_bytes(whole[:60])
    assert refusal(path).code in {"song_unreadable", "song_empty"}


def test_damaged_middle_is_skipped(tmp_path: Path) -> None:
    path = write_song(tmp_path / "song.mp3", render_song(rate=44100).samples, 44100)
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 3000] = bytes(3000)
    path.write_bytes(bytes(whole))
    assert load_song(path).duration > 20.0


@pytest.mark.parametrize("level", [0.0, 1e-5])
def test_silence(tmp_path: Path, level: float) -> None:
    quiet = level * np.random.default_rng(0).standard_normal(6 * 22050)
    path = write_song(tmp_path / "quiet.wav", quiet, 22050, codec="pcm_f32le")
    assert refusal(path).code == "song_silent"


def test_quiet_music_is_not_silence(tmp_path: Path) -> None:
    song = 0.005 * render_song(bpm=120).samples
    assert load_song(write_song(tmp_path / "soft.wav", song, 22050)).duration > 4.0


def test_one_second(tmp_path: Path) -> None:
    error = refusal(write_song(tmp_path / "short.wav", click_track(22050)[:22050], 22050))
    assert error.code == "song_too_short"
    assert "1.0 s" in error.message


def test_sixteen_minutes(tmp_path: Path) -> None:
    long = np.tile(click_track(8000), 192)
    error = refusal(write_song(tmp_path / "long.flac", long, 8000))
    assert error.code == "song_too_long"
    assert error.status == 413


def wav_bytes(tag: int, data: bytes, rate: int = 44100) -> bytes:
    """A stereo 16-bit WAV file whose codec is ``tag``."""
    layout = struct.pack("<HHIIHH", tag, 2, rate, rate * 4, 4, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", len(data))
    return b"RIFF" + struct.pack("<I", len(body) + len(data)) + body + data
