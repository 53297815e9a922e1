"""Songs that were heard before: analyses are kept, and corrections of them for good.

Both lie in the user's cache folder under the digest of the song's file, so that a song may be moved
or renamed. A song is heard anew when the ears have changed; its correction is not lost by that.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import time
from functools import lru_cache
from pathlib import Path

from engine.audio.analysis import DEFAULT_BACKEND, SongAnalysis, analyze
from engine.audio.correction import Correction, correct, make_correction
from engine.audio.decode import Song
from engine.errors import ChoreoError
from engine.places import CACHE_VARIABLE, cache_folder
from engine.stored import read_json
from engine.whole_file import HALF, whole_file

log = logging.getLogger(__name__)

MOST_KEPT = 200
"""Analyses; the oldest make room."""
LEFT = 3600.0
"""Seconds after which a half file is taken for a killed engine's."""


def listen(song: Song, backend: str = DEFAULT_BACKEND) -> SongAnalysis:
    """What is heard of a song, from memory if it can be, with the user's correction.

    Raises:
        ChoreoError: as ``analyze`` does.
    """
    return correct(heard(song, backend), correction_of(song.sha256))


def heard(song: Song, backend: str = DEFAULT_BACKEND) -> SongAnalysis:
    """The same without corrections."""
    analysis = known(song.sha256, backend)
    if analysis is not None:
        return analysis
    analysis, path = analyze(song, backend), _analysis_path(song.sha256, backend)
    try:
        _write(path, json.dumps(analysis.to_dict()))
        _make_room(path.parent)
    except OSError as error:
        log.debug("the analysis is not kept: %s", error)
    return analysis


def known(sha256: str, backend: str = DEFAULT_BACKEND) -> SongAnalysis | None:
    """What is remembered of a song by the digest of its file; None if these ears never heard it."""
    path = _analysis_path(sha256, backend)
    try:
        analysis = SongAnalysis.from_dict(read_json(path.read_text(encoding="utf-8")))
        os.utime(path)
    except (OSError, ValueError, ChoreoError):
        return None
    return analysis


def correction_of(sha256: str) -> Correction:
    """The correction that is kept for a song; one that cannot be read is set aside, not deleted."""
    path = _correction_path(sha256)
    try:
        return make_correction(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Correction()
    except (OSError, ChoreoError) as error:
        log.warning("The correction in %s cannot be read and is not used (%s).", path, error)
        return Correction()


def keep_correction(sha256: str, correction: Correction) -> None:
    """Keeps a correction for every later generation; one that changes nothing forgets the old one.

    Raises:
        ChoreoError: ``correction_not_kept`` if the cache folder cannot be written.
    """
    path = _correction_path(sha256)
    try:
        if correction:
            _write(path, json.dumps(correction.to_dict(), indent=1))
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise ChoreoError(
            "correction_not_kept",
            f"The correction cannot be kept in {path.parent}: {error.strerror}.",
            f"Make that folder writable, or set {CACHE_VARIABLE} to another one.",
        ) from error


def _analysis_path(sha256: str, backend: str) -> Path:
    return cache_folder() / "analyses" / f"{sha256}-{backend}-{_ears()}.json"


def _correction_path(sha256: str) -> Path:
    return cache_folder() / "corrections" / f"{sha256}.json"


def _write(path: Path, text: str) -> None:
    """Also beside another process that writes the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    with whole_file(path) as stream:
        stream.write(text.encode())


def _sweep(folder: Path) -> None:
    """Removes what engines left that were killed while they wrote."""
    for half in folder.glob(f"*{HALF}"):
        with contextlib.suppress(OSError):  # another engine may have removed it
            if time.time() - half.stat().st_mtime > LEFT:
                half.unlink()


def _make_room(folder: Path) -> None:
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-MOST_KEPT]:
        path.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _ears() -> str:
    """A digest of everything that hears: another one, and songs are heard anew."""
    whole = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*")):
        if path.suffix in (".py", ".onnx"):
            whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()[:12]
