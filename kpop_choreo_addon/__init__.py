"""K-Pop Choreo: a song and a sentence become a dancing armature.

Blender is imported inside :func:`register` only, so that ``core`` works without it.
"""

from __future__ import annotations

ADDON_ID = __package__
"""The name under which Blender knows this add-on; every path call and ``bl_idname`` uses it."""


def register() -> None:
    """Called by Blender when the add-on is switched on; calling it twice does no harm."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Called by Blender when the add-on is switched off or updated."""
    from . import registration

    registration.unregister()
