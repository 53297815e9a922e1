"""Does a zip hold all that its engine and its add-on import, on its system and Python?

    python tools/zip_imports.py dist/*.zip

Reads the source in the zip and in its wheels and runs none of it, so that zips for other systems
are checked too. Our own code is followed into functions, the wheels' only where they are loaded;
what they load by name is in LAZY. Then the wheels' own requirements are compared with the zip.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from zip_conditions import decide
from zip_contents import ADDON, Contents, read_zip
from zip_library import standard_library
from zip_targets import RELEASES, SYSTEMS, Target, find_target
from zip_wheels import misfits

OPTIONAL = {
    "torch": "the back end for GPUs, in a Python of its own; without it ONNX Runtime works",
    "librosa": "a beat tracker to compare with, never the default",
    "madmom": "a beat tracker to compare with, never the default",
    "PIL": "contact sheets and plots of the command line",
    "engine.training": "makes models; the zip holds finished ones",
}
"""What the engine may do without, and why."""
LAZY = {
    "fastapi.dependencies.utils": ("python_multipart",),
    "uvicorn.config": ("uvicorn.protocols.http.h11_impl", "uvicorn.lifespan.on"),
    "uvicorn.server": ("uvicorn.loops.asyncio",),
    "anyio._core._eventloop": ("anyio._backends._asyncio",),
    "pydantic": ("pydantic.main", "pydantic.fields", "pydantic.type_adapter"),
}
"""Modules that load others by name when they work."""
ASIDE = {
    ("jaxtyping", "jax"): "only if JAX is there",
    ("uvicorn", "watchfiles"): "only to reload while a server is being developed",
}
"""Wheels and what they import in modules that they load only if it is there."""
SPARED = {
    ("onnxruntime", "flatbuffers"): "only its tools that edit models",
    ("onnxruntime", "packaging"): "only its tools that edit models",
    ("onnxruntime", "protobuf"): "only its tools that edit models",
    ("tokenizers", "huggingface-hub"): "only to fetch tokenizers, which we ship",
}
"""Requirements of wheels that nothing of ours reaches, and what they are for."""
BLENDER = {"addon_utils", "aud", "blf", "bpy", "bpy_extras", "gpu", "gpu_extras", "mathutils"}
BLENDER |= {"numpy"}
"""What Blender brings."""
NUMPY = {"3.11": ("1.24.4", "1.26.4"), "3.13": ("2.2.4",), "3.14": ("2.4.6",)}
"""Versions of NumPy in Blenders that run that Python."""


@dataclass
class Walk:
    """Follows imports from module to module."""

    contents: Contents
    target: Target
    given: set[str]
    """Names from outside the zip."""
    reached: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    spared: set[str] = field(default_factory=set)
    """Those of :data:`OPTIONAL` that something asked for."""
    closed: bool = False
    """Whether wheels may not be used, as in the add-on."""

    def visit(self, module: str) -> None:
        """Follows ``module``, its packages and all that they import."""
        waiting = [module]
        while waiting:
            name = waiting.pop()
            if name in self.reached or not self._known(name):
                continue
            self.reached.add(name)
            waiting.append(name.rpartition(".")[0])
            waiting.extend(LAZY.get(name, ()))
            for missing in LAZY.get(name, ()):
                if not self._known(missing):
                    self._complain(name, missing)
            waiting.extend(self._follow(name, _parsed(self.contents.sources.get(name, b""))))

    def _follow(self, module: str, body: Iterable[ast.AST]) -> Iterator[str]:
        """The modules of the zip that these statements import; complains of others."""
        for node in body:
            match node:
                case ast.Import() | ast.ImportFrom():
                    for names in self._named(module, node):
                        yield from self._import(module, names)
                case ast.If():
                    yield from self._if(module, node)
                case ast.Try() if self._forgives(module, node):
                    yield from self._try(module, node)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    if module not in self.contents.owners:
                        yield from self._follow(module, node.body)
                case _:
                    for name in ("body", "orelse", "handlers", "finalbody", "cases"):
                        part = getattr(node, name, ())
                        yield from self._follow(module, part if isinstance(part, list) else ())

    def _if(self, module: str, node: ast.If) -> Iterator[str]:
        """Both ways where the source does not tell which; a library then may find less there."""
        way = decide(node.test, self.target)
        unsure = way is None and module in self.contents.owners
        walk = self._aside() if unsure else self
        yield from walk._follow(module, node.body if way is not False else ())
        yield from walk._follow(module, node.orelse if way is not True else ())

    def _try(self, module: str, node: ast.Try) -> Iterator[str]:
        """``try: import a`` with a way out: that way counts only where ``a`` is not there."""
        aside = self._aside()
        yield from aside._follow(module, node.body)
        self.spared |= aside.spared
        for handler in node.handlers if aside.problems else ():
            yield from self._follow(module, handler.body)
        yield from self._follow(module, (*node.orelse, *node.finalbody))

    def _forgives(self, module: str, node: ast.Try) -> bool:
        """Whether a failed import is caught; our own code has to name it, lest a fault hide."""
        names = ["ImportError", "ModuleNotFoundError"]
        names += ["Exception"] if module in self.contents.owners else []
        caught = [ast.unparse(each.type) if each.type else "Exception" for each in node.handlers]
        return any(name in text for name in names for text in caught)

    def _aside(self) -> Walk:
        """One whose complaints do not count by themselves."""
        return Walk(self.contents, self.target, self.given, closed=self.closed)

    def _named(self, module: str, node: ast.Import | ast.ImportFrom) -> Iterator[list[str]]:
        """What is imported: each a module, then modules that may be meant by its names."""
        if isinstance(node, ast.Import):
            yield from ([alias.name] for alias in node.names)
            return
        base = node.module or ""
        if node.level:
            inside = module if module in self.contents.packages else module.rpartition(".")[0]
            above = inside.split(".")
            above = above[: len(above) - node.level + 1]
            base = ".".join([*above, *([node.module] if node.module else [])])
        yield [base, *(f"{base}.{alias.name}" for alias in node.names)]

    def _import(self, module: str, names: list[str]) -> Iterator[str]:
        base = names[0]
        spared = next((n for n in OPTIONAL if any(f"{x}.".startswith(f"{n}.") for x in names)), "")
        if spared and module not in self.contents.owners:
            self.spared.add(spared)
        elif base.split(".")[0] in self.given:
            return
        elif self._known(base):
            yield from (name for name in names if self._known(name))
        elif (self.contents.owners.get(module), base.split(".")[0]) not in ASIDE:
            self._complain(module, base)

    def _known(self, name: str) -> bool:
        allowed = not (self.closed and self.contents.owners.get(name))
        return allowed and (name in self.contents.sources or name in self.contents.packages)

    def _complain(self, module: str, wanted: str) -> None:
        owner = self.contents.owners.get(module, "")
        who = f"{module} (of {owner})" if owner else module
        self.problems.append(
            f"{who} imports {wanted}, which is neither in the zip nor in Python "
            f"{self.target.python} on {self.target.system.name}."
        )


def check_contents(contents: Contents, target: Target) -> list[str]:
    """A sentence for everything that is missing or not needed; none when all is well."""
    library = standard_library(target)
    engine = Walk(contents, target, library | {"numpy"})
    engine.visit("engine.__main__")
    addon = Walk(contents, target, library | BLENDER, closed=True)
    for module in contents.modules_of(None):
        if module.split(".")[0] == ADDON:
            addon.visit(module)
    problems = [*engine.problems, *addon.problems]
    if "engine.__main__" not in engine.reached:
        problems.append("The zip has no engine in it.")
    used = {owner for owner in map(contents.owners.get, engine.reached) if owner}
    used |= {need.name for wheel in used for need in _needs(contents.metadata.get(wheel), target)}
    for wheel in sorted(set(contents.metadata) - {canonicalize_name(name) for name in used}):
        problems.append(f"{wheel} is in the zip and nothing in it imports or requires it.")
    for name in sorted(set(OPTIONAL) - engine.spared):
        problems.append(f"zip_imports.OPTIONAL names {name}, which nothing imports any more.")
    return [*dict.fromkeys(problems), *check_requirements(contents, target)]


def check_requirements(contents: Contents, target: Target) -> Iterator[str]:
    """A sentence for every requirement of a wheel that the zip or Blender's NumPy does not meet."""
    held = {"numpy": NUMPY.get(target.python, ())}
    held |= {name: (str(told["Version"]),) for name, told in contents.metadata.items()}
    for wheel, told in contents.metadata.items():
        for wanted in _needs(told, target):
            name = canonicalize_name(wanted.name)
            if name not in held and (wheel, name) not in SPARED:
                yield f"{wheel} requires {name}, which is not in the zip."
            for version in held.get(name, ()):
                if not wanted.specifier.contains(version):
                    yield f"{wheel} requires {wanted}, and {name} {version} is there."


def _needs(told: Message | None, target: Target) -> Iterator[Requirement]:
    """What a wheel requires on ``target``, without extras."""
    for line in told.get_all("Requires-Dist", []) if told else ():
        wanted = Requirement(str(line))
        if wanted.marker is None or wanted.marker.evaluate(target.markers()):
            yield wanted


def check_zip(path: Path, target: Target) -> list[str]:
    """Every check of a finished zip: tags of its wheels, its imports, their requirements."""
    contents = read_zip(path)
    return [*misfits(contents.wheels, target), *check_contents(contents, target)]


_IMPORT = re.compile(rb"^(?:from \S+ import \([^)]*\)|(?:from|import) .+)$", re.MULTILINE)


@cache
def _parsed(source: bytes) -> list[ast.stmt]:
    """The statements of a file; its imports alone where it is written for a newer Python."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return ast.parse(b"\n".join(_IMPORT.findall(source))).body


def main() -> None:
    """Checks the zips that are named, by what their names say they are for."""
    problems = 0
    for name in sys.argv[1:]:
        path = Path(name)
        system = next(system for system in SYSTEMS if system in path.name)
        release = next((r for r in RELEASES.values() if r.name in path.name), None)
        python = release.python if release else f"3.{path.stem.rpartition('-py3')[2]}"
        found = check_zip(path, find_target(system, python, release is None))
        print(f"{path.name}: {len(found)} problems", *found, sep="\n  ")
        problems += len(found)
    sys.exit(problems > 0)


if __name__ == "__main__":
    main()
