"""Everything that is given on has a licence that goes together with GPL-3, and the page says so."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from email.message import Message
from pathlib import Path

import pytest

pytest.importorskip("packaging")
ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools"))

import licences  # noqa: E402
from zip_targets import RELEASES, SYSTEMS, find_target  # noqa: E402
from zip_wheels import WHEELS, read_pins  # noqa: E402

from kpop_choreo_addon.core.credits import read_works  # noqa: E402

LINUX = find_target("linux-x64", "3.11", False)


def test_the_page_names_every_wheel_at_its_locked_version() -> None:
    page = licences.PAGE.read_text(encoding="utf-8")
    for system in SYSTEMS:
        for python in RELEASES:
            target = find_target(system, python, False)
            pins = read_pins(ROOT / "requirements" / "engine.txt", target)
            for name in WHEELS:
                line = f"| {name} | {pins[name].version} |"
                assert line in page, f"docs/licences.md is old: run 'make licences' ({name})"
    for work in read_works():
        assert work.title in page, "docs/licences.md is old: run 'make licences'"
        assert work.note in page


@pytest.mark.parametrize(
    ("licence", "fits"),
    [
        ("MIT", True),
        ("(MIT AND Apache-2.0) OR GPL-2.0-only", True),
        ("BSD-3-Clause AND GPL-2.0-only", False),
        ("GPL-2.0-only OR MIT", True),
        ("CC-BY-NC-SA-4.0", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", True),
        ("LicenseRef-CMU-mocap", False),
    ],
)
def test_what_goes_together_with_gpl_3(licence: str, fits: bool) -> None:
    assert licences.fits(licence) == fits


@pytest.mark.parametrize(
    ("name", "header", "value", "licence"),
    [
        ("a", "License-Expression", "ISC", "ISC"),
        ("a", "Classifier", "License :: OSI Approved :: MIT License", "MIT"),
        ("scipy", "Classifier", "License :: OSI Approved :: BSD License", "BSD-3-Clause"),
        ("a", "Classifier", "License :: OSI Approved :: BSD License", ""),
        ("a", "License", "a long text", ""),
    ],
)
def test_what_metadata_says(name: str, header: str, value: str, licence: str) -> None:
    told = Message()
    told["Name"], told[header] = name, value
    assert licences.licence_of(told) == licence


def test_an_unknown_library_in_a_wheel_is_told(tmp_path: Path) -> None:
    path = tmp_path / "av-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("av-1.dist-info/METADATA", "Name: av\nLicense-Expression: BSD-3-Clause\n")
        wheel.writestr("av.libs/libx264-d6533a8d.so.165", "")
        wheel.writestr("av.libs/libfdk-aac-1.so.2", "")
    parts = list(licences.parts_of(LINUX, [path]))
    assert [part.what for part in parts] == ["av", "x264", "libfdk-aac-1.so.2"]
    told = "libfdk-aac-1.so.2 (in the wheel of av) has no licence: add it to tools/licences.toml."
    assert licences.problems(parts, read_works()) == [told]
    with pytest.raises(SystemExit, match="libfdk-aac"):
        licences.credits_file(LINUX, [path])


def test_data_that_may_not_be_sold_is_learned_from_and_not_given_on() -> None:
    (cmu,) = (work for work in read_works() if "CMU" in work.title)
    assert licences.problems([], [cmu]) == []
    told = licences.problems([], [replace(cmu, in_zip=True)])
    assert told == [
        f"{cmu.title} is {cmu.licence}, which does not go together with GPL-3.0-or-later."
    ]


def test_every_model_song_and_font_is_credited() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    files = listed.stdout.splitlines() or ["models/kpop-mdm-3/weights.safetensors"]
    assert licences.uncredited(files, read_works()) == []
    (told,) = licences.uncredited(["assets/song.ogg", "assets/README.md"], read_works())
    assert told.startswith("assets/song.ogg has no entry")


def test_those_who_ask_for_credit_get_it() -> None:
    told = licences.page({})
    for asked in ("mocap.cs.cmu.edu", "NSF EIA-0196217", "Mitch Chaiet", "Heydari", "MiniLM"):
        assert asked in told
