"""The seed of the next dance."""

from __future__ import annotations

from typing import Any

import bpy

from .core.seeds import fresh_seed
from .scene.takes import takes_of
from .session import session


def renew_seed(settings: Any, target: bpy.types.Object | None) -> None:
    """Another seed into the settings, unless theirs is locked or was not danced yet.

    Nothing changes without a window, so that a script does the same each time.
    """
    if not (settings.seed_lock or bpy.app.background):
        used = takes_of(target).seeds | session.seeds
        settings.seed = fresh_seed(settings.seed, used, settings.n_takes)
