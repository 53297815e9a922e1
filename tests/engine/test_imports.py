"""Two worlds: the engine never imports bpy, the add-on never imports torch or the engine."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "librosa", "numba", "sklearn", "madmom", "pandas", "matplotlib", "onnx"}


def imported(file: Path) -> set[str]:
    """The top-level names of every absolute import in a file, wherever it stands."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def files(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert len(found) > 5
    return found


def test_the_engine_never_imports_blender():
    for file in files("engine"):
        assert not imported(file) & {"bpy", "mathutils", "aud", "kpop_choreo_addon"}, file


def test_the_addon_never_imports_torch_or_the_engine():
    for file in files("kpop_choreo_addon"):
        assert not imported(file) & (HEAVY | {"engine", "onnxruntime", "scipy"}), file


def test_the_addon_imports_itself_relatively():
    for file in files("kpop_choreo_addon"):
        assert "kpop_choreo_addon" not in imported(file), file


def test_only_training_and_the_torch_back_end_import_heavy_libraries_at_the_top():
    allowed = {"denoiser.py", "torch_backend.py"}
    for file in files("engine"):
        if "training" in file.parts or file.name in allowed:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        top = ast.Module([n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)], [])
        named = {
            name.split(".")[0]
            for node in top.body
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
            )
        }
        assert not named & HEAVY, file


@pytest.mark.parametrize("module", ["engine.server", "engine.pipeline", "engine.cli"])
def test_what_inference_imports_is_light(module):
    """Seen in a fresh interpreter, so that nothing another test imported hides it."""
    code = f"import {module}, sys; print(' '.join(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = {name.split(".")[0] for name in result.stdout.split()}
    assert not loaded & HEAVY
    assert "engine.training" not in result.stdout.split()
