"""The pictures of docs/start.md from a real Blender window: ``make pictures BLENDERS=...``.

    python tools/make_pictures.py /var/blender-5.2 [--from CHAPTER]

The window is driven as in tools/test_gui.py; what is done there is what the page says
(tests/gui/page.py, tests/gui/tutorial.py). ``--from`` goes on where an earlier run has ended.
Pictures land in docs/images/start as WebP, the raw ones and a report in out/pictures. The movie and
the contact sheet of ``make demo``, if they are there, become the site's and the README's.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import test_gui  # noqa: E402

from tests.gui.page import Picture, read_page  # noqa: E402

OUT = ROOT / "out" / "pictures"
PAGE = ROOT / "docs" / "start.md"
DEMO = ROOT / "out" / "demo.mp4"
"""What ``make demo SECONDS=10`` has rendered, for the first page of the site."""
SHEET = ROOT / "out" / "contact_sheet.png"
"""The same as stills, for the README."""
SIZE = (1600, 1000)
QUALITY = 82
MOVIE_WIDTH, MOVIE_QUALITY = 1100, 62
PROGRESS_MS, DANCE_MS = 400, 125
"""How long a picture of a movie is seen; the dance goes on by 3 frames of 24 a second in 125 ms."""


def main() -> int:
    """Drives the window and writes the pictures; 0 when every line of the page was followed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("blender", help="an executable, or the folder of a chroot")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="CHAPTER")
    parser.add_argument("--only-convert", action="store_true", help="use the pictures of last time")
    given = parser.parse_args()
    blender = test_gui.find_blender(given.blender)
    if given.only_convert or given.first > 1:
        folder = OUT / test_gui.ask_versions(blender)[0]
    else:
        folder = test_gui.prepare(blender, OUT)
    passed = True
    if not given.only_convert:
        shutil.copy(PAGE, folder / "given")
        (folder / "given" / "rigs.json").write_text("{}", encoding="utf-8")
        code = test_gui.drive(blender, folder, "tutorial.py", str(given.first), size=SIZE)
        passed = test_gui.tell(folder, code)
    convert(folder)
    return 0 if passed else 1


def convert(folder: Path) -> None:
    """Writes the newest raw picture of each of the page's as WebP beside the page."""
    path = folder / "boxes.json"
    boxes = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if DEMO.is_file():
        shutil.copy(DEMO, PAGE.parent / "images" / "dance.mp4")
    if SHEET.is_file():
        sheet = Image.open(SHEET).convert("RGB")
        sheet.thumbnail((MOVIE_WIDTH, MOVIE_WIDTH))
        sheet.save(PAGE.parent / "images" / "demo.webp", quality=QUALITY, method=6)
    total = 0
    for chapter in read_page(PAGE):
        for step in chapter.steps:
            if isinstance(step, Picture):
                target = PAGE.parent / step.path
                target.parent.mkdir(parents=True, exist_ok=True)
                (_movie if step.shows == "movie" else _still)(folder, target, boxes)
                total += target.stat().st_size if target.is_file() else 0
    print(f"{total / 1e6:.2f} MB of pictures in {PAGE.parent / 'images' / 'start'}")


def _newest(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime)


def _still(folder: Path, target: Path, boxes: dict[str, tuple[int, int, int, int]]) -> None:
    found = _newest(folder, f"[0-9]*_{target.stem}.png")
    if found:
        image = Image.open(found[-1]).convert("RGB")
        if target.stem in boxes:
            left, top, right, bottom = boxes[target.stem]
            image = image.crop((left, top, right, bottom))
        image.save(target, quality=QUALITY, method=6)


def _movie(folder: Path, target: Path, _: dict[str, tuple[int, int, int, int]]) -> None:
    shots = sorted(folder.glob(f"[0-9]*_{target.stem}-*.jpg"), key=lambda p: p.stem[-3:])
    if not shots:
        return
    images = [Image.open(shot).convert("RGB") for shot in shots]
    size = (MOVIE_WIDTH, round(MOVIE_WIDTH * images[0].height / images[0].width))
    images = [image.resize(size, Image.Resampling.LANCZOS) for image in images]
    times = [PROGRESS_MS] * len(images)
    dance = json.loads((folder / "movie.json").read_text(encoding="utf-8"))["dance"]
    times[-dance:] = [DANCE_MS] * dance
    images[0].save(
        target,
        save_all=True,
        append_images=images[1:],
        duration=times,
        loop=0,
        quality=MOVIE_QUALITY,
        method=4,
        minimize_size=False,
        kmax=30,
    )


if __name__ == "__main__":
    sys.exit(main())
