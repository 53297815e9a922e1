"""The Doctor inside Blender: all well, a broken engine, its buttons, its report, its Korean."""

from __future__ import annotations

import ast
import time
import unicodedata
from pathlib import Path
from typing import Any

import bpy
import pytest

from kpop_choreo_addon import doctor_panel, doctoring, drawing, panels
from kpop_choreo_addon.core import engine_process
from kpop_choreo_addon.core.doctor import Examination, Patient
from kpop_choreo_addon.core.doctor_findings import FIX_ITEMS, Finding
from kpop_choreo_addon.core.errors import ChoreoError, EngineError
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.session import session
from kpop_choreo_addon.translations import ko
from tests.blender import shown_strings
from tests.blender.helpers import _Layout, drawn

OPS: Any = bpy.ops.kpop_choreo


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "NICE", 0)


def doctor() -> Examination:
    assert session.doctor is not None
    return session.doctor


def shown() -> list[str]:
    """What the preferences show of it."""
    texts: list[str] = []
    doctor_panel.draw_doctor(_Layout(texts), all_of_it=True)
    return texts


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no region without a window, so sentences are shown whole."""
    for module in (doctor_panel, drawing, panels):
        monkeypatch.setattr(module, "wrapped", lambda layout, text, icon="": layout.label(text))


def test_all_is_well(fake_engine: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert OPS.doctor() == {"FINISHED"}
    assert [f.level for f in doctor().findings if f.level != "ok"] == []
    printed = capsys.readouterr().out
    assert "ok       Answer    The engine answers" in printed
    assert "All is well: dances can be made." in shown()
    assert "kpop_choreo.copy_report" in shown()


def test_a_broken_engine_is_an_error_with_its_buttons(
    fake_engine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_ENGINE", "doctor finds")
    with pytest.raises(RuntimeError, match="Install it"):
        OPS.doctor()
    texts = shown()
    assert "Broken links: 1." in texts
    assert "Use Bundled Engine" in texts
    OPS.mend(fix="BUNDLED")
    assert get_preferences().engine == "BUNDLED"
    assert "Use Bundled Engine" not in shown()


def test_no_engine_can_be_chosen() -> None:
    chosen = get_preferences()
    chosen.engine, chosen.server_url = "SERVER", "https://dance.example.org"
    with pytest.raises(RuntimeError, match="internet"):
        OPS.doctor()
    assert [f.code for f in doctor().findings][-1] == "offline"
    assert "Allow Online Access" in shown()
    chosen.engine = "BUNDLED"


def test_every_button_does_what_it_says(fake_engine: None) -> None:
    chosen = get_preferences()
    chosen.device, chosen.model = "CUDA", "waltz"
    for fix, *_ in FIX_ITEMS[:4]:
        OPS.mend(fix=fix)
    assert (chosen.engine, chosen.device, chosen.model) == ("BUNDLED", "CPU", "")
    assert session.host.process is None


def test_only_one_at_a_time() -> None:
    session.doctor = Examination(Patient(Path(), None))
    assert not OPS.doctor.poll()
    assert "Testing: Engine" in shown()
    OPS.stop_doctor()
    assert session.doctor.cancel.is_set()
    session.doctor.finished = True
    assert "The Doctor was stopped." in shown()
    assert OPS.doctor.poll()


def test_it_stands_beside_every_error_of_the_engine() -> None:
    session.error = EngineError("engine_died", "It stopped.", "Try again.")
    assert "kpop_choreo.doctor" in drawn(panels.KPOPCHOREO_PT_generate)
    session.error = ChoreoError("no_song", "No song is chosen.", "Choose one under Song.")
    assert "kpop_choreo.doctor" not in drawn(panels.KPOPCHOREO_PT_generate)


def test_nothing_of_the_user_is_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "홍길동"
    (home / "고객").mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(doctoring.getpass, "getuser", lambda: "gildong")
    monkeypatch.setattr(doctoring.socket, "gethostname", lambda: "workstation-7")
    blend = home / "고객" / "컴백 무대.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    settings: Any = bpy.context.scene.kpop_choreo
    settings.song, settings.prompt = str(home / "비밀 노래.mp3"), "agency debut"
    chosen = get_preferences()
    chosen.server_url, chosen.token = "https://dance.agency.kr:8443", "s3cret-T0ken"
    chosen.python_path, chosen.model = str(home / "venv" / "python"), "agency-model"
    error = (
        f"{home}/고객/take one is gone, 비밀 노래.mp3 and 컴백 무대.blend, workstation-7, gildong"
    )
    log = f'{error}\n  File "{home}/app.py", line 3\nhttps://dance.agency.kr:8443/x s3cret-T0ken'
    own = f'  File "{Path(doctoring.__file__).parent}/core/client.py", line 8'
    session.doctor = Examination(Patient(Path(), None))
    session.doctor.findings = [
        Finding("packages", "problem", error, "Install.", "package_missing", f"{log}\n{own}")
    ]
    try:
        text = unicodedata.normalize("NFC", doctoring.report())
    finally:
        chosen.server_url = chosen.token = chosen.python_path = chosen.model = ""
    secret = [
        "홍길동",
        "고객",
        "컴백",
        "비밀",
        "노래",
        "gildong",
        "workstation",
        "agency",
        "s3cret",
        "debut",
        "app.py",
    ]
    assert [word for word in secret if word in text] == [], text
    assert bpy.app.version_string in text
    assert "<add-on>/core/client.py" in text
    assert "- Preference token: set" in text
    assert "energy 0.75, " in text


def test_the_report_goes_to_the_clipboard() -> None:
    session.doctor = Examination(Patient(Path(), None))
    assert OPS.copy_report() == {"FINISHED"}


def engine_sentences() -> dict[str, str]:
    """What the engine's Doctor says, but for the check that the add-on does itself."""
    found = {}
    places = {
        "good": (0,),
        "doubt": (1, 2),
        "bad": (1, 2),
        "Finding": (1, 2),
        "ChoreoError": (1, 2),
    }
    for path in (shown_strings.ADDON.parent / "engine").glob("doctor*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                name = getattr(call.func, "id", "")
                for place in places.get(name, ()) if function.name != "_ask" else ():
                    for text, _ in shown_strings._of_tree(ast.Tuple(call.args[place : place + 1])):
                        found[text] = path.name
    return found


def test_what_the_engines_doctor_says_is_translated() -> None:
    said = engine_sentences()
    assert len(said) > 30
    assert {text: at for text, at in said.items() if text not in ko.SENTENCES} == {}


def test_a_thread_examines_where_there_is_a_window(fake_engine: None) -> None:
    doctoring.begin()
    assert doctoring._tick() is not None or doctor().finished
    doctor().cancel.set()
    deadline = time.monotonic() + 20
    while not doctor().finished and time.monotonic() < deadline:
        time.sleep(0.05)
    assert doctor().finished
    assert doctoring._tick() is None
    doctoring.stop_watching()
