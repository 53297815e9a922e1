"""What ``make test-gui`` does inside a Blender with a window; tools/test_gui.py starts it.

Every step looks at evaluated bones and at data-blocks. The add-on is the installed extension.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import comparing
import dancing
import directing
import feeling
import taking
from looks import FOLDER
from window import Window

bpy.context.preferences.view.show_splash = False
Window(FOLDER).run(
    (
        dancing.installed,
        dancing.dancer_added,
        dancing.song_heard,
        dancing.cancelled,
        feeling.escaped,
        dancing.dance_generated,
        dancing.undone_and_redone,
        feeling.retimed,
        taking.mixamo_dances_on_a_strip,
        taking.nameless_dances_on_its_root,
        taking.bones_chosen,
        taking.exported,
        taking.reloaded,
        comparing.takes_made,
        comparing.takes_flipped,
        feeling.felt_idle,
        feeling.felt_first,
        feeling.felt_again,
        directing.begun_with_the_mouse,
        directing.takes_compared,
        directing.bars_danced_anew,
        directing.pose_pinned,
        directing.undone_thirty_times,
        directing.exported_with_the_mouse,
        taking.engine_stopped,
    )
)
