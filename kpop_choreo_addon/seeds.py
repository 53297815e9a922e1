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


def remember_seeds(parameters: dict[str, Any]) -> None:
    """The seeds of a request were danced, also if its takes are discarded or undone."""
    first, count = int(parameters["seed"]), int(parameters.get("n_takes", 1))
    session.seeds.update(range(first, first + count))
