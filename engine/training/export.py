"""Writes ONNX graphs without weights, whose initializers carry the names of the torch weights.

python -m engine.training.export text MODEL.safetensors    the sentence encoder's graph
python -m engine.training.export motion FOLDER             the graph of a trained motion model
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import load_file
from torch import nn

from engine.model.conditions import CHANNELS, SLIDERS
from engine.model.config import ModelConfig
from engine.model.denoiser import SLOWEST_TIME, SLOWEST_TOKEN, MotionDenoiser, frequencies
from engine.model.names import TEXT_MODEL
from engine.model.weights import GRAPH, models_folder
from engine.training.minilm import MiniLM

SMALLEST_SHARED = 16
"""Constants with fewer elements stay in the graph."""


def write_graph(
    module: nn.Module,
    example: dict[str, torch.Tensor],
    dynamic: dict[str, dict[int, str]],
    output: str,
    path: Path,
    constants: tuple[torch.Tensor, ...] = (),
) -> None:
    """Exports ``module`` with named, dynamic axes and no weights.

    The exporter folds and transposes weights as it likes; each constant is traced back to the
    weight that it came from, and a transposition is put back into the graph, where ONNX Runtime
    folds it again when the session starts.

    Raises:
        ValueError: a large constant comes from no weight.
    """
    module.eval()
    axes = {size: torch.export.Dim(size) for dims in dynamic.values() for size in dims.values()}
    shapes = {name: {n: axes[s] for n, s in dims.items()} for name, dims in dynamic.items()}
    program = torch.onnx.export(
        module,
        (),
        kwargs=example,
        dynamo=True,
        input_names=list(example),
        output_names=[output],
        dynamic_shapes=shapes,
        opset_version=20,
        verbose=False,
    )
    assert program is not None
    model = program.model_proto
    weights = {k: v.detach().numpy() for k, v in module.state_dict().items()}
    _detach_weights(model, weights, [constant.numpy() for constant in constants])
    del model.metadata_props[:]
    for node in model.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    del model.graph.value_info[:]
    path.write_bytes(model.SerializeToString())


def _detach_weights(
    model: onnx.ModelProto, weights: dict[str, np.ndarray], constants: list[np.ndarray]
) -> None:
    kept, shared, transposes = [], {}, []
    for constant in model.graph.initializer:
        values = numpy_helper.to_array(constant)
        own = np.ptp(values) == 0 if values.size else True
        own = own or any(
            values.size == c.size and np.allclose(values.ravel(), c) for c in constants
        )
        if own or values.size < SMALLEST_SHARED or values.dtype != np.float32:
            kept.append(constant)
            continue
        name, flipped = _origin(values, weights)
        shared[name] = weights[name]
        if flipped:
            transposes.append(onnx.helper.make_node("Transpose", [name], [constant.name]))
        elif name != constant.name:
            transposes.append(onnx.helper.make_node("Identity", [name], [constant.name]))
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    for name, values in shared.items():
        tensor = onnx.TensorProto(
            name=name,
            data_type=onnx.TensorProto.FLOAT,
            dims=values.shape,
            data_location=onnx.TensorProto.EXTERNAL,
        )
        for key, value in (
            ("location", "weights"),
            ("offset", "0"),
            ("length", str(values.nbytes)),
        ):
            tensor.external_data.add(key=key, value=value)
        model.graph.initializer.append(tensor)
    nodes = [*transposes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _origin(values: np.ndarray, weights: dict[str, np.ndarray]) -> tuple[str, bool]:
    """The name of the weight that a constant equals, and whether it is transposed."""
    for name, weight in weights.items():
        if weight.shape == values.shape and np.array_equal(weight, values):
            return name, False
        if weight.ndim == 2 and weight.T.shape == values.shape and np.array_equal(weight.T, values):
            return name, True
    raise ValueError(f"A constant of shape {values.shape} comes from no weight.")


def export_text(weights: Path, path: Path) -> None:
    """Writes the graph of all-MiniLM-L6-v2."""
    module = MiniLM()
    stored = load_file(weights)
    stored = {k: v for k, v in stored.items() if k in module.state_dict()}
    module.load_state_dict(stored, strict=True)
    example = {"ids": torch.randint(0, 999, (2, 9)), "mask": torch.ones(2, 9)}
    axes = {0: "batch", 1: "pieces"}
    write_graph(module, example, {"ids": axes, "mask": axes}, "tokens", path)


def export_motion(module: MotionDenoiser, path: Path) -> None:
    """Writes the graph of a motion model."""
    config: ModelConfig = module.config
    batch, frames, words = 2, 8 * config.patch, 5
    example = {
        "x": torch.randn(batch, frames, config.features),
        "time": torch.rand(batch),
        "frames": torch.ones(batch, frames, len(CHANNELS)),
        "sliders": torch.rand(batch, 2 * len(SLIDERS)),
        "source": torch.ones(batch, len(config.sources)),
        "text": torch.randn(batch, words, config.text_width),
        "text_mask": torch.ones(batch, words),
    }
    b, t, w = {0: "batch"}, {0: "batch", 1: "frames"}, {0: "batch", 1: "words"}
    dynamic = {"x": t, "time": b, "frames": t, "sliders": b, "source": b, "text": w, "text_mask": w}
    constants = (
        frequencies(config.width, SLOWEST_TIME),
        frequencies(config.width // config.heads, SLOWEST_TOKEN),
    )
    write_graph(module, example, dynamic, "x0", path, constants)


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["text"])
    parser.add_argument("weights", type=Path)
    arguments = parser.parse_args()
    export_text(arguments.weights, models_folder() / TEXT_MODEL / GRAPH)


if __name__ == "__main__":
    main()
