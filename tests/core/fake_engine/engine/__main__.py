"""`python -m engine serve` as CONTRACT.md describes it; FAKE_ENGINE chooses a misfortune."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from fake_server import FakeServer


def main() -> int:
    """Serves until stdin ends."""
    mood = os.environ.get("FAKE_ENGINE", "")
    if sys.argv[1] == "doctor":
        return doctor(mood)
    token = sys.stdin.readline().strip()
    print("engine: starting", file=sys.stderr, flush=True)
    for name in sorted(os.environ):
        if name.startswith(("PYTHON", "TMPDIR")):
            print(f"{name}={os.environ[name]}", file=sys.stderr, flush=True)
    if mood == "crash":
        raise RuntimeError("no such luck")
    if mood == "garbage":
        print("hello there", flush=True)
        time.sleep(60)
    if mood == "silent":
        time.sleep(60)
    if mood == "closed":
        os.close(1)
        time.sleep(60)
    if mood == "no port":
        print(json.dumps({"event": "ready", "contract_version": 1}), flush=True)
        time.sleep(60)
    if mood == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if mood == "error":
        error = {"code": "model_missing", "message": "No model.", "remedy": "Install one."}
        print(json.dumps({"event": "error", "error": error}), flush=True)
        return 2
    files = os.environ.get("FAKE_CLIP", "").split(os.pathsep)
    clip, *further = [Path(file).read_bytes() for file in files if file] or [b""]
    steps = int(os.environ.get("FAKE_STEPS", "3"))
    server = FakeServer(token, clip, tuple(further), steps=steps).start()
    ready = {
        "event": "ready",
        "contract_version": 2 if mood == "newer" else 1,
        "engine_version": "0.1.0",
        "host": "127.0.0.1",
        "port": server.port,
        "pid": os.getpid(),
    }
    print(json.dumps(ready), flush=True)
    if mood == "chatty":
        for number in range(20000):
            print(f"line {number} {'x' * 50}", file=sys.stderr)
            print("more on stdout than promised", flush=False)
    if mood == "stubborn":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        time.sleep(60)
    sys.stdin.read()
    return 0


def doctor(mood: str) -> int:
    """`python -m engine doctor --json` as CONTRACT.md describes it."""
    print("doctor: starting", file=sys.stderr, flush=True)
    if mood == "doctor exits":
        return 3
    if mood == "doctor closes":
        os.close(1)
        time.sleep(60)
    for check in ("python", "packages", "device"):
        print(json.dumps({"event": "checking", "check": check}), flush=True)
        if check == "packages" and mood == "doctor crashes":
            os.abort()
        if check == "packages" and mood == "doctor hangs":
            time.sleep(60)
        found = {"event": "finding", "check": check, "level": "ok", "message": "Well."}
        if mood == "doctor finds" and check == "packages":
            found |= {"level": "problem", "code": "package_missing", "remedy": "Install it."}
        print("a library that talks", flush=True)
        print(json.dumps(found), flush=True)
    print(json.dumps({"event": "done", "problems": 0}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
