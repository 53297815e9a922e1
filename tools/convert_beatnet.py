"""Converts BeatNet's models to the graph that the ears run: python tools/convert_beatnet.py WHEEL

WHEEL is ``pip download BeatNet==1.1.3 --no-deps``. Its three models (Heydari, Cwitkowitz, Duan,
2021, "BeatNet: CRNN and Particle Filtering for Online Joint Beat, Downbeat and Meter Tracking")
are CC BY 4.0. The graph is their mean; weights are kept as they are. Needs torch and onnx.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import onnx
import torch
from torch import nn

TARGET = Path(__file__).parents[1] / "engine" / "audio" / "beatnet.onnx"
BANDS = 272
HIDDEN = 150
LICENCE = "CC BY 4.0, Mojtaba Heydari, https://github.com/mjhydri/BeatNet (converted to ONNX)"


class Crnn(nn.Module):
    """One model: a convolution over bands, a projection, two LSTM layers, three classes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, 2, 10)
        self.linear0 = nn.Linear(2 * ((BANDS - 9) // 2), HIDDEN)
        self.lstm = nn.LSTM(HIDDEN, HIDDEN, 2, batch_first=True)
        self.linear = nn.Linear(HIDDEN, 3)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features [T, 272] to probabilities [T, 3] of beat, downbeat and neither."""
        bands = torch.relu(self.conv1(features.unsqueeze(1)))
        pooled = nn.functional.max_pool1d(bands, 2).flatten(1)
        hidden = self.lstm(self.linear0(pooled).unsqueeze(0))[0][0]
        return torch.softmax(self.linear(hidden), dim=1)


class Mean(nn.Module):
    """The mean of the three models: probabilities [T, 2] of beat and downbeat."""

    def __init__(self, models: list[Crnn]) -> None:
        super().__init__()
        self.models = nn.ModuleList(models)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.stack([model(features) for model in self.models]).mean(dim=0)[:, :2]


def read_models(wheel: Path) -> Mean:
    """The wheel's models, loaded strictly and as plain tensors."""
    models = []
    with zipfile.ZipFile(wheel) as files:
        for number in (1, 2, 3):
            data = io.BytesIO(files.read(f"BeatNet/models/model_{number}_weights.pt"))
            model = Crnn()
            model.load_state_dict(torch.load(data, map_location="cpu", weights_only=True))
            models.append(model.eval())
    return Mean(models).eval()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tools/convert_beatnet.py")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, default=TARGET)
    given = parser.parse_args()
    torch.onnx.export(
        read_models(given.wheel),
        (torch.zeros(100, BANDS),),
        given.out,
        input_names=["features"],
        output_names=["activations"],
        dynamic_axes={"features": {0: "frames"}, "activations": {0: "frames"}},
        opset_version=17,
        dynamo=False,
    )
    graph = onnx.load(given.out)
    onnx.checker.check_model(graph)
    graph.doc_string = LICENCE
    data = graph.SerializeToString()
    given.out.write_bytes(data)
    print(f"{given.out}: {len(data) / 1e6:.1f} MB, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
