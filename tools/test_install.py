"""Installs zips into real Blenders that have no network, and makes a dance there.

    python tools/test_install.py /opt/blender-4.5/blender /var/blender-4.3
    python tools/test_install.py --zip dist/kpop_choreo-0.1.0-linux-x64-blender-5.1-up.zip BLENDER

Each argument is a Blender executable, or the folder of a chroot with one (needs root), as for
tools/test_gui.py. A zip that is not named is built for the Blender's Python. Every step runs in a
network of its own in which nothing is, with a fresh user folder: installing by Blender's command
line, a dance to the demo song by the bundled engine on Blender's own Python, and one picture of
it; then two Blenders at once, one that is killed while its engine works, the add-on installed over
itself meanwhile, and ``blender --command kpop_choreo``. Figures and pictures land in
out/install/VERSION; the exit code says whether all went well.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

from test_gui import Blender, ask_versions, build_zip, find_blender, start

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out" / "install"
SCRIPT = ROOT / "tests" / "gui" / "installed_dance.py"
FATES = ROOT / "tests" / "gui" / "installed_fates.py"


def main() -> int:
    """Tries every Blender; 0 when a dance was made in each, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("blenders", nargs="+", help="executables, or folders of chroots")
    parser.add_argument("--zip", type=Path, help="a zip to install instead of building one")
    parser.add_argument("--seconds", type=float, default=12.0, help="how much of the song")
    given = parser.parse_args()
    tried = [run(find_blender(name), given.zip, given.seconds) for name in given.blenders]
    return 0 if all(tried) else 1


def run(blender: Blender, archive: Path | None, seconds: float) -> bool:
    """Installs and dances in one Blender; prints what came of it."""
    version, python = ask_versions(blender)
    folder = OUT / version
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "given").mkdir(parents=True)
    stored = folder / "given" / "kpop_choreo.zip"
    if archive is None:
        archive = build_zip(python, folder / "given")
    shutil.copy(archive, stored)
    shutil.copy(ROOT / "assets" / "demo_song.ogg", folder / "given")
    shutil.copy(SCRIPT, folder / "given")
    shutil.copy(FATES, folder / "given")
    seen = blender.seen(folder)
    begun = time.monotonic()
    install = ["--command", "extension", "install-file", "-r", "user_default", "--enable"]
    installed = start(blender, folder, *install, str(seen / "given" / stored.name))
    took = time.monotonic() - begun
    script = ["--background", "--python-exit-code", "3", "--python"]
    dance = [str(seen / "given" / SCRIPT.name), "--", str(seen), str(seconds)]
    code = start(blender, folder, *script, *dance) if installed == 0 else installed
    fates = [str(seen / "given" / FATES.name), "--", str(seen)]
    after = start(blender, folder, *script, *fates) if code == 0 else code
    shutil.rmtree(folder / "user")
    shutil.rmtree(folder / "given")
    print(f"Blender {version}, Python {python}, {archive.name}")
    print(f"  {'ok' if installed == 0 else 'FAILED':7}installed without network ({took:.0f} s)")
    return _tell(folder, code) and _tell_fates(folder, after)


def _tell(folder: Path, code: int) -> bool:
    """Prints what the dance was like; False when there is none."""
    path = folder / "found.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if code != 0 or found.get("problem") or not found.get("keys"):
        print(f"  FAILED {found.get('problem') or 'no dance'}; see {folder / 'blender.log'}")
        return False
    print(f"  ok     network: {found['network']}")
    print(f"  ok     engine {found['engine']} on {found['python']}")
    print(f"  ok     {found['keys']} keys, frames {found['frames']}, in {found['seconds']:.0f} s")
    print(f"  picture and log: {folder}", flush=True)
    return True


def _tell_fates(folder: Path, code: int) -> bool:
    """Prints what became of the others; False when it was not well."""
    path = folder / "fates.json"
    fates = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name, words in fates.items():
        print(f"  {'ok' if words.startswith('well') else 'FAILED':7}{name}: {words}")
    if code != 0 or not fates:
        print(f"  FAILED ended with {code}; see {folder / 'blender.log'}")
    return code == 0 and bool(fates) and all(told.startswith("well") for told in fates.values())


if __name__ == "__main__":
    sys.exit(main())
