"""Makes the dances that are judged, as the pipeline does, each of them once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float

from engine.audio.summary import SongAnalysis
from engine.choreography.accents import accent_times
from engine.choreography.plan import Plan, make_plan
from engine.choreography.repertoire import EncodeText
from engine.cleanup import cleanup
from engine.conditioning import read_words
from engine.generate import generate
from engine.model.backends import MotionModel
from engine.motion.features import Motion
from engine.phrasing import bounce_on_counts, free_to_move
from engine.request import GenerateRequest
from engine.sync import SyncResult, sync


@dataclass(frozen=True, eq=False)
class Dance:
    """One dance in its three states; frame 0 lies at ``plan.start`` seconds of the song."""

    heard: SongAnalysis
    request: GenerateRequest
    plan: Plan
    raw: Motion

    @property
    def counts(self) -> Float[np.ndarray, " N"]:
        """Seconds of the plan's counts from the first frame."""
        times = self.plan.counts.times
        return times[(times >= self.plan.start) & (times <= self.plan.end)] - self.plan.start

    @property
    def accents(self) -> Float[np.ndarray, " A"]:
        """Seconds of the plan's accents from the first frame."""
        return accent_times(self.plan) - self.plan.start

    @cached_property
    def synced(self) -> SyncResult:
        """Accents moved onto the counts."""
        return sync(self.raw, self.counts, accents=self.accents)

    @cached_property
    def finished(self) -> Motion:
        """What the user gets."""
        clean = cleanup(self.synced.motion, smoothness=self.request.smoothness)
        return bounce_on_counts(clean, self.counts, free_to_move(len(clean), clean.fps, ()))


def plan_for(heard: SongAnalysis, request: GenerateRequest, encode_text: EncodeText) -> Plan:
    """The plan as the pipeline makes it: the one place where the evaluation asks for one."""
    return make_plan(heard, request, encode_text)


@dataclass(eq=False)
class Studio:
    """One model under measurement."""

    model: MotionModel
    text: EncodeText
    """The sentence encoder."""
    made: dict[tuple[float, float, GenerateRequest], Dance] = field(default_factory=dict)

    def dance(self, heard: SongAnalysis, request: GenerateRequest) -> Dance:
        """The dance to what is heard; a song without sound and the same request is danced once."""
        key = (heard.tempo, heard.duration, request)
        known = heard.backend == "none" and len(heard.sections) == 1
        if known and key in self.made:
            return self.made[key]
        plan = plan_for(heard, request, self.text)
        raw = generate(plan, read_words(plan, self.text), heard, request, self.model)
        dance = Dance(heard, request, plan, raw)
        if known:
            self.made[key] = dance
        return dance
