"""An engine ends with the program that started it, also while it is still starting."""

import os
import subprocess
import sys

import pytest

SCRIPT = (
    "import time; from engine import parent\n"
    "parent.GRACE = 0.2\n"
    "parent.end_with_parent()\n"
    "print('starting', flush=True)\n"
    "time.sleep(60)\n"
)


@pytest.mark.skipif(os.name == "nt", reason="Blender's job object does it there")
def test_a_start_does_not_outlive_its_parent():
    starting = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    starting.stdin.write(b"a token that nobody has read yet\n")
    starting.stdin.flush()
    assert starting.stdout.readline() == b"starting\n"
    with pytest.raises(subprocess.TimeoutExpired):
        starting.wait(timeout=1.0)
    starting.stdin.close()
    assert starting.wait(timeout=20) == 0
    starting.stdout.close()
