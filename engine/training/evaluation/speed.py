"""Speed: seconds of dance for a second of computing, beside an MDM of the original size."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from engine.audio.summary import SongAnalysis
from engine.choreography.repertoire import EncodeText
from engine.conditioning import read_words
from engine.generate import generate
from engine.model.backends import MotionModel
from engine.request import GenerateRequest
from engine.training.evaluation import original_mdm
from engine.training.evaluation.songs import silent_song
from engine.training.evaluation.studio import plan_for
from engine.training.evaluation.table import Row, at_least, informs

PART = "speed"
SONG = 180.0
"""Seconds."""
LEAST_REAL_TIME, LEAST_MDM = 40.0, 20.0
PROMPT = "a person dances to pop music"


def seconds_to_generate(
    model: MotionModel,
    text: EncodeText,
    song: SongAnalysis,
    request: GenerateRequest,
) -> float:
    """Generation only, from plan to raw motion, after one short dance to warm up."""
    warm = silent_song(song.tempo, 12.0)
    took = 0.0
    for heard in (warm, song):
        plan = plan_for(heard, request, text)
        words = read_words(plan, text)
        began = time.perf_counter()
        generate(plan, words, heard, request, model)
        took = time.perf_counter() - began
    return took


def speed_rows(
    models: dict[str, MotionModel],
    text: EncodeText,
    song_seconds: float = SONG,
    mdm_seconds: Callable[[int], float] = original_mdm.seconds_for,
) -> list[Row]:
    """Rows for one model on several back ends; the first is the default path and is judged.

    Args:
        models: by the name of the back end, such as "ONNX Runtime fp32" and "torch fp32".
        mdm_seconds: seconds that an MDM needs for a number of windows.
    """
    song, request = silent_song(120.0, song_seconds), GenerateRequest(prompt=PROMPT)
    # One window by itself and four at once: whichever suits the older model better counts.
    mdm = max(count * original_mdm.SECONDS / mdm_seconds(count) for count in (1, 4))
    controls = {"MDM of the original size, torch fp32": mdm}
    rows: list[Row] = []
    for name, model in models.items():
        rate = song_seconds / seconds_to_generate(model, text, song, request)
        what = f"times real time, {song_seconds:.0f} s, {name}"
        if rows:
            rows.append(informs(PART, what, rate, controls))
        else:
            note = f"{os.cpu_count()} cores"
            rows.append(at_least(PART, what, rate, LEAST_REAL_TIME, controls, note))
            rows.append(
                at_least(PART, f"times the MDM, {name}", rate / mdm, LEAST_MDM, {"MDM itself": 1.0})
            )
    return rows
