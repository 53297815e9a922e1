"""Reads a song file: mono samples at one rate, whatever the container, codec or channels.

Song time 0 is the first sample that a player plays. FFmpeg (through PyAV) drops the samples that
an encoder put before the music where the file says how many there are.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import stat
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from jaxtyping import Float

from engine.errors import ChoreoError

ANALYSIS_RATE = 22050
"""Samples a second of every :class:`Song`."""
MIN_SECONDS = 4.0
MAX_SECONDS = 15 * 60.0
SILENCE = 1e-4
"""Standard deviation of the samples (full scale 1) below which nothing can be heard: -80 dB."""
FASTEST = 6_144_000
"""Samples a second; a damaged header may claim hundreds of millions, which take gigabytes. DSD512,
the fastest that there is, decodes to half of this.
"""
ABSURD = 1e9
"""Size from which on a sample is damage and not sound."""
HEADROOM = 8.0
"""Times full scale from which on a file's numbers are taken for another scale than -1 to 1."""

LARGEST = 4 << 30
"""Bytes of a file: more than 15 minutes of what studios record."""

_FORMATS = "wav, mp3, ogg, flac or m4a"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_CONTAINERS = (
    "aac ac3 aiff amr ape asf au avi caf dsf dts dtshd eac3 flac flv loas matroska mlp mov mp3 mpc"
    " mpc8 mpeg mpegts nut ogg oma rm tak truehd tta voc w64 wav wv xwma"
)
"""FFmpeg's names for files with sound. Playlists, sessions and devices are not among them."""
_PROTECTED = ("enca", "drms", "aavd")
"""How MP4 calls encrypted sound, whatever its codec."""
_OPENING = {"protocol_whitelist": "none", "format_whitelist": _CONTAINERS.replace(" ", ",")}


@dataclass(frozen=True, eq=False)
class Song:
    """A decoded song."""

    samples: Float[np.ndarray, " N"]
    """Mono, float32, full scale 1, first sample at song time 0."""
    sample_rate: int
    duration: float
    """Seconds, counted from the decoded samples at the file's own rate."""
    sha256: str
    """Hexadecimal digest of the file's bytes."""
    name: str
    """The file's name, without its folder."""


def load_song(path: str | os.PathLike[str]) -> Song:
    """Decodes the first sound stream of a file that there is a codec for.

    A file that breaks off or has damaged parts gives what decodes.

    Raises:
        ChoreoError: ``song_missing``, ``song_address``, ``song_empty``, ``song_unreadable``,
            ``song_codec``, ``song_protected``, ``song_silent``, ``song_too_short`` (under
            4 s), ``song_too_long`` (over 15 min), ``song_too_large`` (over 4 GB).
    """
    file = Path(path)
    digest = song_digest(file)
    mix = _Mix(file.name)
    try:
        # Opened as a stream, with no protocol and no playlist allowed, so that what calls itself
        # a song cannot make us read other files or the network. Tags may be in any encoding.
        with (
            file.open("rb") as stream,
            av.open(stream, options=_OPENING, metadata_errors="replace") as container,
        ):
            _decode(container, mix)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _unreadable(file.name) from error
    samples = mix.samples()
    _check(file.name, samples, mix.seconds)
    return Song(samples, ANALYSIS_RATE, mix.seconds, digest, file.name)


@dataclass
class _Mix:
    """Collects decoded frames as mono blocks at :data:`ANALYSIS_RATE`.

    The mix is the mean of the channels. Where the channels cancel each other (as in some karaoke
    versions) the first channel is taken instead.
    """

    name: str
    counts: dict[int, int] = field(default_factory=dict)
    """Decoded samples by the rate that they came at."""
    mono: list[np.ndarray] = field(default_factory=list)
    first: list[np.ndarray] = field(default_factory=list)
    _setup: tuple[Any, ...] = ()
    _plain: Any = None
    """Makes interleaved floats of whatever comes: more than eight planes PyAV cannot read."""
    _resampler: Any = None

    @property
    def seconds(self) -> float:
        """Length of what was added so far."""
        return float(sum(count / rate for rate, count in self.counts.items()))

    def add(self, frame: Any) -> None:
        """Takes one decoded frame; the stream's rate or layout may change on the way."""
        if frame.samples == 0 or frame.sample_rate <= 0:
            return
        if frame.sample_rate > FASTEST:
            raise _unreadable(self.name)
        setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        if setup != self._setup:
            self.flush()
            self._plain = av.AudioResampler("flt", frame.layout.name, frame.sample_rate)
            self._resampler = av.AudioResampler("fltp", "stereo", ANALYSIS_RATE)
            self._setup = setup
        rate = frame.sample_rate
        self.counts[rate] = self.counts.get(rate, 0) + frame.samples
        if self.seconds > MAX_SECONDS:
            raise ChoreoError(
                "song_too_long",
                f"{self.name} is longer than {MAX_SECONDS / 60:.0f} minutes.",
                "Cut out the part that you want danced.",
                status=413,
            )
        frame.pts = None
        self._mix(self._plain.resample(frame))

    def flush(self) -> None:
        """Takes what the resamplers still hold."""
        if self._setup:
            self._mix(self._plain.resample(None))
            self._keep(self._resampler.resample(None))
            self._setup = ()

    def samples(self) -> Float[np.ndarray, " N"]:
        """Everything so far as one float32 array, without offset and stray peaks."""
        if not self.mono:
            return np.zeros(0, dtype=np.float32)
        cancelled = _deviation(self.mono) < 0.03 * _deviation(self.first)
        return _evened(np.concatenate(self.first if cancelled else self.mono))

    def _mix(self, frames: list[Any]) -> None:
        """NaN and infinite samples would spoil all around them: they are 0 from here on."""
        for frame in frames:
            values = frame.to_ndarray().reshape(frame.samples, -1)
            if not np.all(np.abs(values) < ABSURD):
                values = np.where(np.abs(values) < ABSURD, values, np.float32(0.0))
            both = np.stack([values.mean(axis=1), values[:, 0]])
            mixed = av.AudioFrame.from_ndarray(both, "fltp", "stereo")
            mixed.sample_rate = frame.sample_rate
            self._keep(self._resampler.resample(mixed))

    def _keep(self, frames: list[Any]) -> None:
        for frame in frames:
            mono, first = frame.to_ndarray()
            self.mono.append(mono.copy())
            self.first.append(first.copy())


def _evened(samples: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    """The samples, changed in place: no offset, no peaks far above all others, full scale about 1.

    The offset is that of the quietest of twenty blocks of 0.1 s: music may be lopsided, silence is
    not. Peaks are held against the loudest of nine in ten blocks that are not silent.
    """
    edges = np.arange(0, len(samples), ANALYSIS_RATE // 10)
    if not len(edges):
        return samples
    spans = np.maximum.reduceat(samples, edges) - np.minimum.reduceat(samples, edges)
    means = np.add.reduceat(samples.astype(np.float64), edges) / np.diff(edges, append=len(samples))
    samples -= np.float32(np.median(means[spans <= np.quantile(spans, 0.05)]))
    peaks = np.maximum(np.maximum.reduceat(samples, edges), -np.minimum.reduceat(samples, edges))
    loud = float(np.percentile(peaks[peaks > 0.0], 90)) if np.any(peaks > 0.0) else 0.0
    limit = max(1.0, 2.0 * loud)
    np.clip(samples, -limit, limit, out=samples)
    if loud > HEADROOM:
        samples /= np.float32(loud)
    return samples


def _deviation(blocks: list[np.ndarray]) -> float:
    """Standard deviation of all blocks' values."""
    count = sum(len(block) for block in blocks)
    mean = sum(float(np.sum(block, dtype=np.float64)) for block in blocks) / count
    square = sum(float(np.sum(np.square(block, dtype=np.float64))) for block in blocks) / count
    return float(np.sqrt(max(square - mean * mean, 0.0)))


def _decode(container: Any, mix: _Mix) -> None:
    """Decodes the container's first sound stream that there is a codec for into ``mix``."""
    if not container.streams.audio:
        raise ChoreoError(
            "song_unreadable",
            f"{mix.name} has no sound in it.",
            f"Choose a song as {_FORMATS}.",
        )
    known = [s for s in container.streams.audio if s.codec_context is not None]
    missing = ChoreoError(
        "song_codec",
        f"{mix.name} ({container.format.long_name}) uses a codec that this build cannot decode.",
        f"Convert it to {_FORMATS}.",
    )
    if not known:
        raise missing
    stream, damaged = known[0], False
    if stream.codec_context.codec_tag in _PROTECTED:
        raise ChoreoError(
            "song_protected",
            f"{mix.name} is protected against copying.",
            "Choose a song that you may copy.",
        )
    with closing(_packets(container, stream)) as packets:
        for packet in packets:
            try:
                frames = packet.decode()
            except (av.error.DecoderNotFoundError, av.error.PatchWelcomeError) as error:
                raise missing from error
            except av.error.FFmpegError:
                damaged = True  # a damaged packet: go on with the next one, as players do
                continue
            for frame in frames:
                mix.add(frame)
    mix.flush()
    if mix.seconds == 0.0 and damaged:
        raise _unreadable(mix.name)


def _packets(container: Any, stream: Any) -> Generator[Any]:
    """The stream's packets up to the end of the file or to where it breaks off."""
    try:
        yield from container.demux(stream)
    except (av.error.FFmpegError, IndexError):  # the latter at a stream that begins on the way
        return


def song_digest(file: Path) -> str:
    """SHA-256 of the file's bytes, and the checks that come before decoding."""
    _check_file(file)
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise _closed(file, error) from error
    return digest.hexdigest()


def _check_file(file: Path) -> None:
    """Refuses what is no file that can be read whole, without opening it: a pipe would wait."""
    if _ADDRESS.match(str(file)):
        raise ChoreoError(
            "song_address",
            f"{file} is an address, not a file.",
            "Save the song on this machine and choose the file.",
        )
    try:
        state = file.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ChoreoError(
            "song_missing", f"{file} does not exist.", "Check the path, or choose another file."
        ) from error
    except (OSError, ValueError) as error:
        raise _closed(file, error) from error
    if not stat.S_ISREG(state.st_mode):
        told = f"{file} is a device or a pipe, not a song."
        if stat.S_ISDIR(state.st_mode):
            told = f"{file} is a folder, not a song."
        raise ChoreoError("song_unreadable", told, f"Choose a file as {_FORMATS}.")
    if state.st_size == 0:
        raise _empty(file.name)
    if state.st_size > LARGEST:
        raise ChoreoError(
            "song_too_large",
            f"{file.name} is larger than 4 GB.",
            "Convert it to mp3, ogg or flac, or cut it.",
            413,
        )


def _closed(file: Path, error: Exception) -> ChoreoError:
    return ChoreoError(
        "song_unreadable",
        f"{file.name} cannot be opened ({getattr(error, 'strerror', None) or error}).",
        "Check that you may read this file, and that its path is not too long.",
    )


def _check(name: str, samples: Float[np.ndarray, " N"], seconds: float) -> None:
    """Refuses sound that cannot be danced to."""
    if seconds == 0.0:
        raise _empty(name)
    if seconds < MIN_SECONDS:
        raise ChoreoError(
            "song_too_short",
            f"{name} has only {math.floor(10.0 * seconds) / 10.0:.1f} s of sound.",
            f"Choose a song of at least {MIN_SECONDS:.0f} s.",
        )
    if float(np.std(samples)) < SILENCE:
        raise ChoreoError("song_silent", f"{name} is silent.", "Choose a file with audible music.")


def _empty(name: str) -> ChoreoError:
    return ChoreoError("song_empty", f"{name} is empty.", f"Choose a song as {_FORMATS}.")


def _unreadable(name: str) -> ChoreoError:
    return ChoreoError(
        "song_unreadable",
        f"{name} is not a song, or is damaged.",
        f"Choose a song as {_FORMATS}.",
    )
