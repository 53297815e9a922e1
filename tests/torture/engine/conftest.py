"""The long tests of the engine: without checks of shapes, as users run it."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
