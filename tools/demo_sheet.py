"""Lays the demo's stills out as a contact sheet, bar and count written on each.

python tools/demo_sheet.py SHOTS.json SHEET.png
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLUMNS = 8


def main(shots_file: Path, sheet_file: Path) -> None:
    """``SHOTS.json`` is what ``demo_stage.Stage.stills`` returns."""
    shots = json.loads(shots_file.read_text())
    with Image.open(shots[0]["front"]) as first:
        width, height = first.size
    rows = -(-len(shots) // COLUMNS)
    sheet = Image.new("RGB", (width * min(COLUMNS, len(shots)), 2 * height * rows))
    draw = ImageDraw.Draw(sheet)
    font, small = ImageFont.load_default(size=20), ImageFont.load_default(size=13)
    for number, shot in enumerate(shots):
        x, y = number % COLUMNS * width, number // COLUMNS * 2 * height
        for row, side in enumerate(("front", "side")):
            with Image.open(shot[side]) as picture:
                sheet.paste(picture.convert("RGB"), (x, y + row * height))
        draw.text((x + 10, y + 6), shot["name"], fill=(255, 196, 84), font=font)
        draw.text((x + 10, y + 30), f"{shot['seconds']:.2f} s", fill=(200, 200, 210), font=small)
        draw.text((x + 10, y + height + 6), "side", fill=(200, 200, 210), font=small)
    sheet.save(sheet_file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
