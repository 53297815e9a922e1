"""The Doctor's checks of what was installed: Python, packages, weights, and the device."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.errors import ChoreoError
from engine.findings import Asked, Finding, bad, doubt, good, of_error
from engine.model.folders import digest, open_model
from engine.model.names import DEBUG_MODEL, TEXT_MODEL
from engine.places import EARS, EARS_SHA256

OLDEST = (3, 11)
PACKAGES = (
    "numpy",
    "scipy",
    "onnxruntime",
    "tokenizers",
    "safetensors",
    "av",
    "array-api-compat",
    "wadler-lindig",
    "jaxtyping",
    "annotated-doc",
    "annotated-types",
    "anyio",
    "click",
    "h11",
    "idna",
    "pydantic-core",
    "pydantic",
    "python-multipart",
    "starlette",
    "fastapi",
    "typing-extensions",
    "typing-inspection",
    "uvicorn",
)
"""What the engine imports when it serves: NumPy and the wheels of tools/zip_wheels.py."""
AGAIN = "Install K-Pop Choreo again; a Python of your own needs requirements/engine.txt."
LEAST_GPU_MB = 1500


def check_python(asked: Asked) -> Iterator[Finding]:
    """Its version, and that it is a 64-bit one."""
    bits = 8 * struct.calcsize("P")
    version = platform.python_version()
    if sys.version_info < OLDEST:
        yield bad(
            "python_old",
            f"This is Python {version}, and the engine needs 3.11 or newer.",
            "Choose another Python in the add-on's preferences.",
            sys.executable,
        )
    elif bits < 64:
        yield bad(
            "python_32_bit",
            f"This Python {version} is a 32-bit one.",
            "Choose a 64-bit Python in the add-on's preferences.",
            sys.executable,
        )
    else:
        yield good(f"Python {version} runs.", f"{sys.executable}, {platform.machine()}")


def check_packages(asked: Asked) -> Iterator[Finding]:
    """Imports each; what does not import is told by its reason."""
    missing, found = [], []
    for package in PACKAGES:
        name = package.replace("-", "_")
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name == name:
                missing.append(package)
            else:
                yield _broken(package, error)
        except Exception as error:  # noqa: BLE001 - a broken package may raise anything
            yield _broken(package, error)
        else:
            found.append(f"{package} {_version(package)} in {_folder(module)}")
    if missing:
        yield bad(
            "package_missing", f"Packages are missing: {', '.join(missing)}.", AGAIN, _path_text()
        )
    elif len(found) == len(PACKAGES):
        yield good(f"{len(found)} packages import.", "\n".join(found))


def _broken(package: str, error: Exception) -> Finding:
    """Why a package that is there does not import."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    made = _made_for(package)
    if made and here not in made:
        return bad(
            "package_other_python",
            f"{package} was made for Python {', '.join(made)}, and this is Python {here}.",
            f"Install the extension made for Python {here}, or choose another engine in the "
            "add-on's preferences.",
            _path_text(),
        )
    return bad(
        "package_broken",
        f"{package} does not import ({type(error).__name__}: {error}).",
        AGAIN,
        _path_text(),
    )


def _made_for(package: str) -> list[str]:
    """The versions of Python that a wheel fits; empty where it fits all or does not say."""
    try:
        tags = importlib.metadata.distribution(package).read_text("WHEEL") or ""
    except importlib.metadata.PackageNotFoundError:
        return []
    triples = [line[5:].split("-") for line in tags.splitlines() if line.startswith("Tag: ")]
    if any(len(t) != 3 or t[0].startswith("py") or t[1] == "abi3" for t in triples):
        return []
    return sorted({f"3.{t[0].removeprefix('cp3')}" for t in triples})


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"


def _folder(module: Any) -> Path:
    place = Path(module.__file__ or "")
    return place.parent.parent if place.name == "__init__.py" else place.parent


def _path_text() -> str:
    return f"searched: {os.pathsep.join(sys.path)}"


def check_weights(asked: Asked) -> Iterator[Finding]:
    """Digests of the dance model, the sentence encoder and the networks that hear the beat."""
    whole = []
    for name in (asked.model, TEXT_MODEL):
        if name == DEBUG_MODEL:
            continue
        problem = _model_problem(name)
        if problem is None:
            whole.append(name)
        else:
            yield of_error(problem)
    if not EARS.is_file() or digest(EARS) != EARS_SHA256:
        yield bad(
            "ears_damaged",
            f"{EARS.name}, which hears the beat, is missing or damaged.",
            "Install K-Pop Choreo again.",
        )
    else:
        whole.append(EARS.stem)
    if whole:
        yield good(f"These weights are whole: {', '.join(whole)}.")


def _model_problem(name: str) -> ChoreoError | None:
    """What is wrong with an installed model, or nothing."""
    try:
        folder = open_model(name)
        for file in folder.manifest["files"]:
            folder.checked(file)
    except ChoreoError as error:
        return error
    except (ValueError, KeyError, OSError):
        return ChoreoError(
            "model_damaged",
            f"The manifest of the model {name} is damaged.",
            "Install K-Pop Choreo again.",
        )
    return None


def check_device(asked: Asked) -> Iterator[Finding]:
    """Loads the model and says what it computes on."""
    from engine.model.backends import load_motion_model

    model = load_motion_model(asked.model, asked.device)
    used = str(getattr(model.denoiser, "device", "cpu"))
    torch: Any = sys.modules.get("torch")
    detail = f"model {model.id}, device {used}, torch {getattr(torch, '__version__', 'not used')}"
    if used.startswith("cuda"):
        yield from _cuda(torch, detail)
    elif used != "cpu":
        yield good(f"The GPU dances ({used}).", detail)
    else:
        cores = os.cpu_count() or 1
        yield good(f"The processor dances, with {cores} cores.", f"{detail}, {_processor()}")
        if torch is not None and getattr(torch.version, "cuda", None):
            yield doubt(
                "gpu_unused",
                "PyTorch for CUDA is installed, and it finds no GPU that it can use.",
                "Update the driver of the graphics card.",
                detail,
            )


def _cuda(torch: Any, detail: str) -> Iterator[Finding]:
    """Name and memory of the GPU."""
    name = torch.cuda.get_device_name()
    free, total = (value / 2**20 for value in torch.cuda.mem_get_info())
    detail = f"{detail}, {free:.0f} of {total:.0f} MB free"
    if free < LEAST_GPU_MB:
        yield doubt(
            "gpu_memory_low",
            f"{name} has only {free:.0f} MB of memory left.",
            "Close other programs that use the GPU, or choose Processor as Device.",
            detail,
        )
    else:
        yield good(f"{name} dances, with {free / 1024:.1f} GB of memory left.", detail)


def _processor() -> str:
    """What the processor is called, where the system says so."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
