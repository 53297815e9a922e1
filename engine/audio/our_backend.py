"""The default ears: NumPy, SciPy and three small networks on ONNX Runtime."""

from __future__ import annotations

from engine.audio.activations import find_activations
from engine.audio.beats import find_beats
from engine.audio.decode import Song
from engine.audio.key import find_chroma
from engine.audio.onsets import find_onsets
from engine.audio.summary import SongAnalysis, summarize


def analyze_ours(song: Song) -> SongAnalysis:
    """An even grid from the whole song; tracked beats where the tempo changes."""
    onsets = find_onsets(song.samples, song.sample_rate)
    activations = find_activations(song.samples)
    chroma = find_chroma(song.samples, song.sample_rate)
    beats = find_beats(song, onsets, activations, chroma)
    return summarize(song, onsets, beats, "ours", activations, chroma=chroma)
