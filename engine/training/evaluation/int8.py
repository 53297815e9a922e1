"""The motion model with its matrix products in 8 bits, to say what that would gain and cost."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from engine.model.backends import MotionModel, OnnxDenoiser
from engine.model.weights import GRAPH


class Int8Denoiser(OnnxDenoiser):
    """Weights and activations of all matrix products in 8 bits, scaled as they come."""

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        with tempfile.TemporaryDirectory() as folder:
            full, small = Path(folder, "full.onnx"), Path(folder, "int8.onnx")
            onnx.save(with_weights(self.folder.checked(GRAPH), self.weights), str(full))
            quantize_dynamic(full, small, weight_type=QuantType.QInt8, per_channel=True)
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            return onnxruntime.InferenceSession(
                small.read_bytes(), options, providers=["CPUExecutionProvider"]
            )


def with_weights(graph: Path, weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """The graph with its weights inside, turned as its products want them."""
    model = onnx.load(str(graph), load_external_data=False)
    inside = {
        tensor.name: numpy_helper.from_array(weights[tensor.name].astype(np.float32), tensor.name)
        if tensor.data_location == onnx.TensorProto.EXTERNAL
        else tensor
        for tensor in model.graph.initializer
    }
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Transpose" and node.input[0] in inside and not node.attribute:
            turned = np.ascontiguousarray(numpy_helper.to_array(inside[node.input[0]]).T)
            inside[node.output[0]] = numpy_helper.from_array(turned, node.output[0])
        else:
            nodes.append(node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(inside.values())
    model.graph.node.extend(nodes)
    return model


def int8_twin(model: MotionModel) -> MotionModel | None:
    """The same model in 8 bits; None for one that is not from a folder."""
    own = model.denoiser
    if not isinstance(own, OnnxDenoiser):
        return None
    return replace(model, denoiser=Int8Denoiser(own.config, own.folder, own.weights))
