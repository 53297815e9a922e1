"""What MkDocs does beyond docs/: brings in pages that live elsewhere, and follows links to files.

The model card, the contract, CONTRIBUTING and the changelog are pages of the site where they are;
a link to any other file of the project brings that file along. Both keep their path, seen from
docs/ or from the root, so every link that works in a checkout works in the site. A link to a file
that is not there is left as it is, and MkDocs, being strict, refuses it.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
ELSEWHERE = (
    "models/kpop-mdm-3/README.md",
    "engine/CONTRACT.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)
"""Pages outside docs/."""
_LINK = re.compile(r"(?P<before>!?\[[^\]]*\]\()(?P<to>[^)#\s]+)(?P<rest>#[^)\s]*)?\)")
_FETCHED = re.compile(r"<(?:script|link|img|iframe|source|video)\b[^>]*=\"(?:https?:)?//[^\"]*")
"""What a browser would fetch from elsewhere."""
_CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages from elsewhere, and every file that some page links to."""
    for name in ELSEWHERE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    known = {file.src_uri for file in files}
    for file in list(files.documentation_pages()):
        for _, target in _links(file.content_string, file.src_uri):
            if target and target not in known:
                known.add(target)
                files.append(File.generated(config, target, abs_src_path=str(ROOT / target)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Points the links at where their files are in the site."""
    here = page.file.src_uri
    for match, target in reversed(_links(markdown, here)):
        if target:
            to = posixpath.relpath(target, posixpath.dirname(here) or ".")
            new = f"{match['before']}{to}{match['rest'] or ''})"
            markdown = markdown[: match.start()] + new + markdown[match.end() :]
    return markdown


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Refuses a page that would fetch something from elsewhere."""
    fetched = _FETCHED.search(output)
    if fetched:
        raise PluginError(f"{page.file.src_uri} would fetch {fetched[0]}")
    return output


def _links(markdown: str, here: str) -> list[tuple[re.Match[str], str]]:
    """Every link of a page with the place in the site of the file that it means, or ``""``."""
    code = [range(*match.span()) for match in _CODE.finditer(markdown)]
    return [
        (match, _place(match["to"], here))
        for match in _LINK.finditer(markdown)
        if not any(match.start() in part for part in code)
    ]


def _place(to: str, here: str) -> str:
    """The place in the site of what ``to`` means in the page ``here``; empty: it is not ours."""
    if ":" in to:
        return ""
    own = ROOT / "docs"
    folder = own if (own / here).is_file() else ROOT
    path = (folder / here).parent.joinpath(to).resolve()
    if path == ROOT / "README.md":  # the site begins with a page of its own
        return "index.md"
    if not path.is_file() or ROOT not in path.parents:
        return ""
    return (path.relative_to(own) if own in path.parents else path.relative_to(ROOT)).as_posix()
