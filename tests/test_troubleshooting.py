"""docs/troubleshooting.md has a heading for every code in the source, with what is said now."""

from __future__ import annotations

from tools.troubleshooting import PAGE, found, updated


def test_the_page_is_what_the_source_says():
    page = PAGE.read_text(encoding="utf-8")
    assert updated(page, found()) == page, "run python tools/troubleshooting.py"


def test_new_codes_get_a_heading_and_gone_ones_lose_it():
    page = PAGE.read_text(encoding="utf-8")
    codes = found()
    assert len(codes) > 120
    changed = {**codes, "brand_new": ("Song", ["> It is new. Do this."])}
    del changed["song_silent"]
    text = updated(page, changed)
    assert "### `brand_new`\n\n> It is new. Do this." in text
    assert "song_silent" not in text
    assert "converts nearly everything" in text
    back = updated(text, codes)
    assert "### `song_silent`\n\n> … is silent. Choose a file with audible music." in back
    assert "brand_new" not in back


def test_every_code_says_something():
    page = PAGE.read_text(encoding="utf-8")
    for part in page.split("\n### ")[1:]:
        heading, _, body = part.partition("\n")
        assert body.strip(), heading
