"""Reads a song file: mono samples at one rate, whatever the container, codec or channels.

Song time 0 is the first sample that a player plays. FFmpeg (through PyAV) drops the samples that
an encoder put before the music where the file says how many there are.
"""

from __future__ import annotations

import hashlib
import math
import os
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
ABSURD = 1e9
"""Size from which on a sample is damage and not sound."""
HEADROOM = 8.0
"""Times full scale from which on a file's numbers are taken for another scale than -1 to 1."""

_FORMATS = "wav, mp3, ogg, flac or m4a"


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
    """Decodes the first sound stream of a file.

    A file that breaks off or has damaged parts gives what decodes.

    Raises:
        ChoreoError: ``song_missing``, ``song_empty``, ``song_unreadable``, ``song_codec``,
            ``song_silent``, ``song_too_short`` (under 4 s), ``song_too_long`` (over 15 min).
    """
    file = Path(path)
    digest = song_digest(file)
    mix = _Mix(file.name)
    try:
        # Opened as a stream and with no protocol allowed, so that a playlist that calls itself
        # a song cannot make us read other files or the network.
        with (
            file.open("rb") as stream,
            av.open(stream, options={"protocol_whitelist": "none"}) as container,
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
    _resampler: Any = None

    @property
    def seconds(self) -> float:
        """Length of what was added so far."""
        return float(sum(count / rate for rate, count in self.counts.items()))

    def add(self, frame: Any) -> None:
        """Takes one decoded frame; the stream's rate or layout may change on the way."""
        if frame.samples == 0 or frame.sample_rate <= 0:
            return
        setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        if setup != self._setup:
            self.flush()
            self._resampler = av.AudioResampler(
                format="fltp", layout=frame.layout.name, rate=ANALYSIS_RATE
            )
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
        frame = _finite(frame)
        frame.pts = None
        self._keep(self._resampler.resample(frame))

    def flush(self) -> None:
        """Takes what the resampler still holds."""
        if self._resampler is not None:
            self._keep(self._resampler.resample(None))
            self._resampler = None
            self._setup = ()

    def samples(self) -> Float[np.ndarray, " N"]:
        """Everything so far as one float32 array, without offset and stray peaks."""
        if not self.mono:
            return np.zeros(0, dtype=np.float32)
        cancelled = _deviation(self.mono) < 0.03 * _deviation(self.first)
        return _evened(np.concatenate(self.first if cancelled else self.mono))

    def _keep(self, frames: list[Any]) -> None:
        for frame in frames:
            channels = frame.to_ndarray()
            self.mono.append(channels.mean(axis=0, dtype=np.float32))
            self.first.append(channels[0].copy())


def _finite(frame: Any) -> Any:
    """The frame without NaN and infinite samples, which would spoil all around them: 0 instead."""
    if not frame.format.name.startswith(("flt", "dbl")):
        return frame
    values = frame.to_ndarray()
    if np.all(np.abs(values) < ABSURD):
        return frame
    values = np.where(np.abs(values) < ABSURD, values, 0.0).astype(values.dtype)
    cleaned = av.AudioFrame.from_ndarray(values, frame.format.name, frame.layout.name)
    cleaned.sample_rate = frame.sample_rate
    return cleaned


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
    """Decodes the container's first sound stream into ``mix``."""
    if not container.streams.audio:
        raise ChoreoError(
            "song_unreadable",
            f"{mix.name} has no sound in it.",
            f"Choose a song as {_FORMATS}.",
        )
    stream = container.streams.audio[0]
    missing = ChoreoError(
        "song_codec",
        f"{mix.name} ({container.format.long_name}) uses a codec that this build cannot decode.",
        f"Convert it to {_FORMATS}.",
    )
    if stream.codec_context is None:
        raise missing
    damaged = False
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
    except av.error.FFmpegError:
        return


def song_digest(file: Path) -> str:
    """SHA-256 of the file's bytes, and the checks that come before decoding."""
    if not file.exists():
        raise ChoreoError(
            "song_missing", f"{file} does not exist.", "Check the path, or choose another file."
        )
    if not file.is_file():
        raise ChoreoError(
            "song_unreadable",
            f"{file} is a folder, not a song.",
            f"Choose a file as {_FORMATS}.",
        )
    digest = hashlib.sha256()
    size = 0
    try:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise ChoreoError(
            "song_unreadable",
            f"{file.name} cannot be opened ({error.strerror}).",
            "Check that you may read this file.",
        ) from error
    if size == 0:
        raise _empty(file.name)
    return digest.hexdigest()


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
