"""Damaged song files of every common kind, for :mod:`tests.fuzzing`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from engine.audio.analysis import analyze
from engine.audio.decode import ANALYSIS_RATE, MAX_SECONDS, load_song
from engine.errors import ChoreoError
from tests.fuzzing import Random, damaged, told
from tests.songs import Part, render_song, write_song

KINDS = {
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".mp3": "libmp3lame",
    ".m4a": "aac",
    ".ogg": "vorbis",
    ".opus": "libopus",
    ".aiff": "pcm_s16be",
    ".webm": "libopus",
    ".mkv": "pcm_f32le",
    ".mov": "alac",
    ".avi": "ac3",
    ".ts": "mp2",
    ".au": "pcm_mulaw",
    ".caf": "alac",
}
"""The codec by the file's ending."""
ANALYSED = 20
"""One in so many files that can be read is also listened to."""


@lru_cache(maxsize=1)
def whole() -> tuple[tuple[str, bytes], ...]:
    """Ending and content of short songs that nothing is wrong with."""
    song = render_song(125.0, (Part("verse", 3),), rate=48000, offset=0.1, tail=0.1)
    with TemporaryDirectory() as folder:
        return tuple(
            (
                ending,
                write_song(Path(folder, f"song{ending}"), song.samples, 48000, codec).read_bytes(),
            )
            for ending, codec in KINDS.items()
        )


def hear(random: Random, folder: Path) -> str:
    """A damaged song is heard, or refused in words."""
    av.logging.set_level(None)
    ending, content = whole()[int(random.integers(len(KINDS)))]
    path = folder / f"song{ending}"
    path.write_bytes(damaged(content, random))
    try:
        song = load_song(path)
        assert song.samples.dtype == np.float32
        assert np.all(np.isfinite(song.samples))
        assert abs(len(song.samples) / ANALYSIS_RATE - song.duration) < 0.1
        assert song.duration <= MAX_SECONDS
        if random.integers(ANALYSED) == 0:
            assert np.all(np.isfinite(analyze(song).beats))
    except ChoreoError as error:
        return told(error)
    finally:
        path.unlink()
    return "heard"
