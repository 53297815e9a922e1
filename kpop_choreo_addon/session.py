"""What this Blender knows while it runs; nothing of it is saved."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .core.dance_job import Progress
from .core.doctor import Examination
from .core.edits import Edit
from .core.engine_host import EngineHost
from .core.errors import Cancelled, ChoreoError
from .core.hearing import Wish
from .core.preparing import Ready
from .core.waiting_jobs import WaitingJob

GENERATE, LISTEN = "generate", "listen"
"""Kinds of tasks; the panel shows each where it belongs."""
BONES, PROMPT, PINS = "bones", "prompt", "pins"
"""Further parts of the panel that tell what is wrong."""


@dataclass
class Task:
    """Work in a thread of its own; Blender's data is never touched from there."""

    kind: str
    """:data:`GENERATE` or :data:`LISTEN`."""
    work: Callable[[Task], Any]
    scene_uid: int = 0
    target_uid: int = 0
    target_name: str = ""
    song: Path = field(default_factory=Path)
    wish: Wish | None = None
    """What a listening task asks for."""
    takes: tuple[Path, ...] = ()
    """The clip files of which the first is fitted to the armature, once there are some."""
    shown: str = ""
    """The stored take that is fitted to the armature."""
    replace_edits: bool = False
    """Whether the user agreed that keys edited by hand are replaced."""
    edit: Edit | None = None
    """How the take that is made comes from another one."""
    progress: Progress = field(default_factory=lambda: Progress("start"))
    moved: float = field(default_factory=time.monotonic)
    """When it last went forward."""
    drawn: tuple[str, float] = ("", -1.0)
    """What the panel showed last of it."""
    drawn_at: float = 0.0
    """When that was."""
    result: Any = None
    error: ChoreoError | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    leave: threading.Event = field(default_factory=threading.Event)
    """Set when Blender closes: a server goes on with the dance."""
    remote: WaitingJob | None = None
    """What is written down while a server makes the dance."""
    waiting: str = ""
    """Why a finished dance is not applied yet."""

    def start(self) -> None:
        """Begins the work."""
        self._thread = threading.Thread(target=self.run, name="K-Pop Choreo", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Does the work; afterwards ``result`` or ``error`` is set, or it was cancelled."""
        try:
            self.result = self.work(self)
        except Cancelled:
            self.cancel.set()
        except ChoreoError as error:
            self.error = error
        except Exception as error:
            self.error = ChoreoError(
                "internal",
                f"Something unforeseen happened: {type(error).__name__}: {error}.",
                "Try again, and report it if it happens again.",
            )
            raise

    def stopped(self) -> bool:
        """Whether the user cancelled.

        Raises:
            Cancelled: when Blender closes; what a server makes goes on.
        """
        if self.leave.is_set():
            raise Cancelled
        return self.cancel.is_set()

    @property
    def running(self) -> bool:
        """Whether the thread is still at work."""
        return self._thread.is_alive()

    def tell(self, progress: Progress) -> None:
        """Called from the thread with every step forward."""
        if (progress.stage, progress.fraction) != (self.progress.stage, self.progress.fraction):
            self.moved = time.monotonic()
        self.progress = progress

    @property
    def text(self) -> str:
        """How far it is; with the seconds that a step takes so far, where that is long."""
        still = int(time.monotonic() - self.moved)
        return f"{self.progress.text} ({still} s)" if still else self.progress.text


@dataclass
class Session:
    """The engine, the task under way, and what the user should read."""

    host: EngineHost = field(default_factory=EngineHost)
    task: Task | None = None
    error: ChoreoError | None = None
    notes: tuple[str, ...] = ()
    bundled_problem: ChoreoError | None = None
    """Why the bundled engine cannot start; looked up once, when the add-on is switched on."""
    kept_takes: tuple[Path, ...] = ()
    """Clip files whose armature was gone when they were finished."""
    kept_song: str = ""
    ready: Ready | None = None
    """Takes that are ready to be written, until they are."""
    seeds: set[int] = field(default_factory=set)
    """Those that were danced, whatever became of the takes."""
    styles: tuple[tuple[str, str, str], ...] = ()
    """Name, title and words of the engine's styles; empty until one was asked."""
    analysis: dict[str, Any] = field(default_factory=dict)
    """The SongAnalysis of ``analysed_song``, as it was corrected."""
    analysed_song: str = ""
    sought_song: str = ""
    """The song whose earlier hearing was looked for last."""
    next_correction: dict[str, Any] | None = None
    """What is to be sent when the correction under way has arrived."""
    taps: list[float] | None = None
    """Seconds of the song that were tapped so far, while the tempo is being tapped."""
    taps_end: str = ""
    """``send`` or ``cancel`` once tapping is to end."""
    waiting: tuple[WaitingJob, ...] = ()
    """Dances of this file that a server makes or has made, and nobody waits for."""
    doctor: Examination | None = None
    """What the Doctor found, or is about to find."""
    told_at: str = GENERATE
    """The part of the panel that shows error and notes."""

    def begin(self, task: Task) -> None:
        """Starts ``task`` and forgets what was said about the one before."""
        self.error, self.notes, self.task, self.told_at = None, (), task, task.kind
        self.next_correction = None
        task.start()

    @property
    def correcting(self) -> bool:
        """Whether a correction is on its way to the engine."""
        task = self.task
        if task is None or task.wish is None or task.cancel.is_set():
            return False
        return task.wish.correction is not None

    def shut_down(self) -> None:
        """Stops the task and the engine; a server of somebody else goes on."""
        if self.task is not None:
            self.task.leave.set()
            self.task.cancel.set()
            self.task = None
        if self.doctor is not None:
            self.doctor.cancel.set()
        self.host.stop()


session = Session()
"""The one session of this Blender."""
