"""Which Python and macOS the wheels beside the add-on ask for."""

from __future__ import annotations

from kpop_choreo_addon.core.wheel_names import needed_macos, needed_python

MAC = [
    "idna-3.20-py3-none-any.whl",
    "tokenizers-0.23.3-cp310-abi3-macosx_11_0_arm64.whl",
    "onnxruntime-1.32.0-cp313-cp313-macosx_14_0_arm64.whl",
    "both-1-cp313-cp313-macosx_10_9_x86_64.macosx_15_0_arm64.whl",
]


def test_what_wheels_need() -> None:
    assert needed_python(MAC) == "3.13"
    assert needed_macos(MAC) == (14, 0)


def test_wheels_for_anything_need_nothing() -> None:
    assert needed_python(MAC[:2]) == ""
    assert needed_macos(MAC[:1]) == ()
