"""The song beside an exported dance, so that both start at the same moment."""

from __future__ import annotations

import shutil
import wave
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import ChoreoError
from ..core.files import whole


@dataclass(frozen=True)
class SongFile:
    """The song as it lies beside the export."""

    path: Path
    offset: float
    """Second of this file at which the dance starts."""


def place_song(
    song: Path, beside: Path, start: float, duration: float, files: ExitStack
) -> SongFile:
    """Puts the part of ``song`` that is danced beside the file ``beside``.

    A dance that starts with its song gets the song's file as it is. One that starts later gets a
    WAV cut at that sample; where Blender has no sound library the whole song is copied and the
    offset says where the dance starts. The song itself is never written over.

    Args:
        files: what takes the files to their place when all are written.

    Raises:
        ChoreoError: ``song_unreadable``.
        OSError: the song cannot be copied.
    """
    if start > 0:
        cut = beside.with_suffix(".wav")
        if cut.exists() and cut.samefile(song):
            cut = beside.with_name(f"{beside.stem}_cut.wav")
        if _cut(song, cut, start, duration, files):
            return SongFile(cut, 0.0)
    target = beside.with_suffix(song.suffix)
    if not (target.exists() and target.samefile(song)):
        shutil.copyfile(song, files.enter_context(whole(target)))
    return SongFile(target, start)


def require_song(song: Path) -> None:
    """Raises ``song_missing`` when there is no such file."""
    if not song.is_file():
        raise ChoreoError(
            "song_missing",
            f"The song {song} is not there any more.",
            "Put it back, or choose it again under Song.",
        )


def _cut(song: Path, target: Path, start: float, duration: float, files: ExitStack) -> bool:
    """Writes ``duration`` seconds from ``start`` as 16-bit WAV; False without a sound library."""
    try:
        import aud  # not in every build of Blender
    except ImportError:
        return False
    try:
        sound = aud.Sound.file(str(song))
        rate, samples = round(sound.specs[0]), sound.data()
    except aud.error as error:  # type: ignore[misc]
        raise ChoreoError(
            "song_unreadable",
            f"Blender cannot read the song {song.name}.",
            "Convert it to WAV and choose it again under Song.",
        ) from error
    first = round(start * rate)
    part = samples[first : first + round(duration * rate)]
    with wave.open(str(files.enter_context(whole(target))), "wb") as out:
        out.setnchannels(part.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.round(np.clip(part, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return True
