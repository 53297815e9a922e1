"""Makes an installed model of a run: weights, ONNX graph, config and manifest.

    python -m engine.training.ship runs/NAME models/kpop-mdm-3 --title "..."

The model card (``README.md`` in the model's folder) is written by hand, from measured figures.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file

from engine.model.backends import STATISTICS
from engine.model.config import ModelConfig
from engine.model.denoiser import MotionDenoiser
from engine.model.weights import GRAPH, WEIGHTS, write_manifest
from engine.training.export import export_motion

LICENCE = "GPL-3.0-or-later"


def ship(run: Path, folder: Path, title: str, weights: str = "best.safetensors") -> None:
    """Installs the weights of a run as a model (overwrites the one in ``folder``)."""
    config = ModelConfig.load(run / "config.json")
    stored = {k: v for k, v in load_file(run / weights).items() if k not in STATISTICS}
    module = MotionDenoiser(config)
    module.load_state_dict({k: v.float() for k, v in stored.items()}, strict=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / weights, folder / WEIGHTS)
    config.save(folder / "config.json")
    with torch.no_grad():
        export_motion(module.eval(), folder / GRAPH)
    write_manifest(
        folder,
        kind="motion",
        title=title,
        licence=LICENCE,
        parameters=sum(value.numel() for value in stored.values()),
        rhythm={"half": True, "bar": True},
    )


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--title", required=True)
    parser.add_argument("--weights", default="best.safetensors")
    given = parser.parse_args()
    ship(given.run, given.folder, given.title, given.weights)


if __name__ == "__main__":
    main()
