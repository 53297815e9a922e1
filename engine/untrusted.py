"""Text and names that came from elsewhere, made harmless before anything is done with them."""

from __future__ import annotations

import json
import re
from typing import Any

RESERVED = re.compile(r"(con|prn|aux|nul|conin_|conout_|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
"""Names that are devices on Windows, whatever follows their first dot."""
LONGEST_NAME = 120
"""Bytes of UTF-8; file systems take 255, and names grow by suffixes."""


def read_json(text: str) -> Any:
    """JSON without NaN and infinity, without half characters, and not nested without end.

    Raises:
        ValueError: for all else.
    """
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def safe_name(name: str, otherwise: str) -> str:
    """A file name of one part that every system takes and that means nothing to any of them."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w.\- ]", "_", last).encode("utf-8", "ignore")[-LONGEST_NAME:]
    plain_text = plain.decode("utf-8", "ignore").strip(" .")
    if RESERVED.fullmatch(plain_text.split(".")[0].strip()):
        plain_text = f"_{plain_text}"
    return plain_text or otherwise
