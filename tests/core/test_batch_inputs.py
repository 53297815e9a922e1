"""Rows of songs, folders and tables become jobs, or a sentence with their number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kpop_choreo_addon.core.batch_inputs import Inputs, read_inputs
from kpop_choreo_addon.core.batch_jobs import stored_job
from kpop_choreo_addon.core.errors import ChoreoError


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    folder = tmp_path / "songs"
    (folder / "sub" / ".hidden").mkdir(parents=True)
    for name in ("b.mp3", "a.wav", "노래.OGG", "sub/a.flac", "sub/.hidden/x.mp3", "readme.txt"):
        (folder / name).write_bytes(b"sound")
    (folder / "done.npz").write_bytes(b"clip")
    (folder / "done.mp3").write_bytes(b"sound")
    return folder


def table(folder: Path, text: str, name: str = "jobs.csv") -> Inputs:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_inputs([path], {})


def told(inputs: Inputs) -> list[str]:
    return [f"{bad.row} {bad.error.message}" for bad in inputs.bad]


def test_a_folder_gives_its_songs_in_order(songs: Path) -> None:
    names = [job.name for job in read_inputs([songs], {}).jobs]
    assert names == ["a", "b", "done", "노래"]
    deep = read_inputs([songs], {}, recursive=True)
    assert [job.name for job in deep.jobs] == ["a", "b", "done", "sub-a", "노래"]
    (clip,) = read_inputs([songs], {}, clips=True).jobs
    assert (clip.clip.name, clip.song.name) == ("done.npz", "done.mp3")


def test_a_table_has_cells_and_options_fill_what_is_empty(songs: Path) -> None:
    path = songs / "jobs.csv"
    path.write_text(
        "song,prompt,energy,outputs,seed,takes,sections\n"
        'a.wav,"골반 웨이브, 손하트",0.9,"fbx, BVH",7,2,\n'
        'b.mp3,,,,,,"[{""start"": 0, ""end"": 8, ""style"": ""cute""}]"\n',
        encoding="utf-8-sig",
    )
    options = {"prompt": "sharp", "seed": "3", "preset": "godot", "end": "12"}
    first, second = read_inputs([path], options).jobs
    assert (first.prompt, first.energy, first.seed) == ("골반 웨이브, 손하트", 0.9, 7)
    assert (first.outputs, first.takes, first.row) == (("fbx", "bvh"), 2, 2)
    assert (second.prompt, second.seed, second.preset) == ("sharp", 3, "GODOT")
    assert second.outputs == ("blend", "glb")
    assert second.parameters()["end"] == 12.0
    assert json.loads(second.parameters()["section_prompts"])[0]["style"] == "cute"
    assert "n_takes" not in second.parameters()
    assert stored_job(json.loads(json.dumps(first.stored()))) == first


def test_bad_rows_are_told_with_their_number_and_the_others_run(songs: Path) -> None:
    (songs / "empty.mp3").write_bytes(b"")
    inputs = table(
        songs,
        "song,energy,start,end,outputs,rig,name\n"
        "a.wav,1.5,,,,,\n"
        "gone.wav,,,,,,\n"
        "\n"
        "empty.mp3,,,,,,\n"
        "a.wav,,3,6,,,\n"
        "a.wav,,,,pdf,,\n"
        "a.wav,,,,,readme.txt,\n"
        "a.wav,,,,,,a/b\n"
        "a.wav,,,,,,CON\n"
        ",,,,fbx,,\n"
        "b.mp3,,,,,,good\n"
        "a.wav,,,,,,Good\n",
    )
    assert [job.name for job in inputs.jobs] == ["good"]
    assert told(inputs) == [
        "2 jobs.csv, row 2: energy is '1.5'.",
        f"3 jobs.csv, row 3: the song {songs / 'gone.wav'} is not there.",
        "5 jobs.csv, row 5: the song empty.mp3 is empty.",
        "6 jobs.csv, row 6: start is 3 and end is 6.",
        "7 jobs.csv, row 7: outputs is 'pdf'.",
        "8 jobs.csv, row 8: readme.txt is no rig.",
        "9 jobs.csv, row 9: the name 'a/b' cannot be used: "
        "not every system takes it as a file's name.",
        "10 jobs.csv, row 10: the name 'CON' cannot be used: "
        "not every system takes it as a file's name.",
        "11 jobs.csv, row 11: there is no song.",
        "13 jobs.csv, row 13: the name 'Good' cannot be used: row 12 has the same.",
    ]
    assert all(bad.error.remedy for bad in inputs.bad)


@pytest.mark.parametrize("cell", ["nan", "inf", "-1", "two"])
def test_numbers_that_are_none_are_refused(songs: Path, cell: str) -> None:
    assert len(table(songs, f"song,start\na.wav,{cell}\n").bad) == 1


def test_switches_are_yes_or_no(songs: Path) -> None:
    inputs = table(songs, "song,with_mesh\na.wav,No\nb.mp3,\na.wav,maybe\n")
    assert [job.with_mesh for job in inputs.jobs] == [False, True]
    assert told(inputs) == ["4 jobs.csv, row 4: with_mesh is 'maybe'."]


def test_jobs_of_one_song_get_names_of_their_own(songs: Path) -> None:
    inputs = table(songs, "song,seed,name\na.wav,1,\na.wav,2,\nb.mp3,3,\nb.mp3,4,b\n")
    assert [job.name for job in inputs.jobs] == ["a-2", "a-3", "b-4", "b"]


def test_semicolons_tabs_and_lines_of_json(songs: Path) -> None:
    for text, name in (
        ("song;energy\na.wav;0.5\n", "a.csv"),
        ("song\tenergy\na.wav\t0.5\n", "a.tsv"),
        ('{"song": "a.wav", "energy": 0.5}\n', "a.jsonl"),
    ):
        (job,) = table(songs, text, name).jobs
        assert job.energy == 0.5
    inputs = table(
        songs,
        '{"song": "a.wav", "sections": [{"start": 1, "end": 9}], "outputs": ["bvh"]}\nno\n[1]\n',
        "b.jsonl",
    )
    assert inputs.jobs[0].outputs == ("bvh",)
    assert told(inputs) == [f"{n} b.jsonl, line {n}: it is no JSON object." for n in (2, 3)]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"song,promt\n", "column promt"), ("노래\n".encode("cp949"), "not UTF-8")],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "jobs.csv").write_bytes(content)
    with pytest.raises(ChoreoError, match=said):
        read_inputs([tmp_path / "jobs.csv"], {})


def test_nothing_to_do_is_said(songs: Path) -> None:
    with pytest.raises(ChoreoError, match="There is no dance in"):
        read_inputs([songs / "sub"], {}, clips=True)


def test_a_digest_is_of_contents_and_settings_not_of_places(songs: Path, tmp_path: Path) -> None:
    (job,) = read_inputs([songs / "a.wav"], {}).jobs
    copy = tmp_path / "a.wav"
    copy.write_bytes((songs / "a.wav").read_bytes())
    (moved,) = read_inputs([copy], {}).jobs
    (other,) = read_inputs([songs / "a.wav"], {"seed": "1"}).jobs
    assert job.digest({"add-on": "1"}) == moved.digest({"add-on": "1"})
    assert job.digest({"add-on": "1"}) != job.digest({"add-on": "2"})
    assert job.digest({}) != other.digest({})
    copy.write_bytes(b"another song")
    assert job.digest({}) != moved.digest({})
