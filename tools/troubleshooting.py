"""Keeps docs/troubleshooting.md true: a heading for every code that a user can meet.

    python tools/troubleshooting.py

The lines that begin with ``>`` are what the program says, read from its source; all others are
written by hand and kept. A new code gets a heading in the section of its source, one that is gone
loses it. A test fails until this was run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "troubleshooting.md"
CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
HEADING = re.compile(r"^### `([a-z0-9_]+)`$")
AT = {"ChoreoError": (0, 1, 2), "EngineError": (0, 1, 2), "bad": (0, 1, 2), "doubt": (0, 1, 2)}
"""Where code, sentence and remedy stand among the arguments."""
ADDON_FINDING = (4, 2, 3)
SECTIONS = (
    ("What the Doctor finds", r"doctor"),
    (
        "Engine, server and models",
        r"engine_|client|addresses|dance_job|jobs|server|/model/|cli\.py|gpu|session|pick_up|gate",
    ),
    ("Song", r"/audio/|song|hearing|generating|clicks"),
    ("Takes, editing and pins", r"take|edit|reshape|punch|pin|bars|alike|splice|preparing\.py"),
    ("Export and clip files", r"export|clip|vrma|preview"),
    ("Armature", r"humanoid|fit|rig|armature|override|mapping|retarget|danced|recogn"),
    ("Prompt, styles, sections and moves", r""),
)
"""Titles by what the path of the first source has in it."""


def main() -> None:
    """Writes the page anew."""
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8"), found()), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(found())} codes")


def found() -> dict[str, tuple[str, list[str]]]:
    """Every code with the section of its source, and what is said with it."""
    codes: dict[str, tuple[str, list[str]]] = {}
    for root in ("engine", "kpop_choreo_addon"):
        for path in sorted((ROOT / root).rglob("*.py")):
            if "training" in path.parts or "translations" in path.parts:
                continue
            place = path.relative_to(ROOT).as_posix()
            section = next(title for title, part in SECTIONS if re.search(part, place))
            for code, said in _told(ast.parse(path.read_text(encoding="utf-8"))):
                lines = codes.setdefault(code, (section, []))[1]
                if said and said not in lines:
                    lines.append(said)
    return codes


def _told(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Codes and sentences of the errors and findings in a source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "")
            places = AT.get(name) or (ADDON_FINDING if name == "Finding" else ())
            given: list[ast.AST] = list(node.args)
            named = {word.arg: word.value for word in node.keywords}
            if places and len(given) > max(places):
                yield from _row([given[place] for place in places])
            elif isinstance(named.get("code"), ast.Constant) and name == "Finding":
                yield from _row([named["code"], given[-1], ast.Constant("")])
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3:
            texts = [_text(part) for part in node.elts]
            if all(text.endswith(".") and " " in text for text in texts[1:]):
                yield from _row(list(node.elts))


def _row(parts: list[ast.AST]) -> Iterator[tuple[str, str]]:
    code, message, remedy = (_text(part) for part in parts)
    if isinstance(parts[0], ast.Constant) and CODE.fullmatch(code):
        yield code, f"> {message} {remedy}".rstrip() if message else ""


def _text(node: ast.AST) -> str:
    """A string with dots for its values; empty where it is made elsewhere."""
    if isinstance(node, ast.IfExp):
        return _text(node.body)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _text(node.func.value)  # "...".strip()
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = (str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
    return "".join(parts)


def updated(page: str, codes: dict[str, tuple[str, list[str]]]) -> str:
    """The page with what is said now, with new headings and without those of gone codes."""
    head, sections = _split(page)
    kept = {code: own for rows in sections.values() for code, own in rows.items()}
    out = [head.rstrip()]
    for title, _ in SECTIONS:
        names = sorted(code for code, (section, _) in codes.items() if section == title)
        out += ["", f"## {title}"]
        intro = sections.get(title, {}).get("", "").strip()
        out += ["", intro] if intro else []
        for code in names:
            own = kept.get(code, "").strip()
            said = "\n>\n".join(codes[code][1])
            out += ["", f"### `{code}`", *(["", said] if said else []), *(["", own] if own else [])]
    return "\n".join(out) + "\n"


def _split(page: str) -> tuple[str, dict[str, dict[str, str]]]:
    """The page before the sections, and in each what was written by hand under every code."""
    titles = {title for title, _ in SECTIONS}
    head: list[str] = []
    sections: dict[str, dict[str, str]] = {}
    title, code = "", ""
    for line in page.splitlines():
        if line.startswith("## ") and line[3:] in titles:
            title, code = line[3:], ""
            sections[title] = {"": ""}
        elif not title:
            head.append(line)
        elif match := HEADING.match(line):
            code = match[1]
            sections[title][code] = ""
        elif not line.startswith(">"):
            sections[title][code] += f"{line}\n"
    return "\n".join(head), sections


if __name__ == "__main__":
    main()
