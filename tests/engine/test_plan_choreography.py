"""The plan as an object, and what a choreographer would expect to find in it."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine.audio.analysis import SongAnalysis
from engine.audio.drums import Drums, Strokes
from engine.audio.energy import Energy
from engine.audio.hits import Hits
from engine.audio.sections import Section
from engine.audio.summary import Confidence
from engine.choreography.accents import accents_at
from engine.choreography.captions import caption_vectors, pool
from engine.choreography.choreographer import FILLED
from engine.choreography.phrases import Phrase, PlacedMove, Plan, table, told
from engine.choreography.plan import lift_at, make_plan
from engine.choreography.repertoire import ask
from engine.choreography.sections import words_in
from engine.choreography.taste import arrival
from engine.cli import main
from engine.errors import ChoreoError
from engine.model.conditions import ACCENT_WIDTH
from engine.model.text import TextEncoder, pad_rows
from engine.request import make_request
from engine.vocabulary.move import Key, Move, find_move, load_moves
from engine.vocabulary.pace import paces
from tests.songs import Part, render_song, write_song

BEAT = 0.5
STARTS = {"intro": 0, "verse": 16, "chorus": 48, "bridge": 112}


def a_move(name: str, counts: int, family: str = "", **changes) -> Move:
    words = name.replace("_", " ")
    move = Move(
        name=name,
        title=words.capitalize(),
        family=family or words,
        counts=counts,
        styles=("cute",),
        timing="smooth",
        groove="none",
        mirrors=True,
        level="standing",
        energy=(0.0, 1.0),
        then=("any",),
        captions=tuple(f"{words} {n}" for n in ["one", "two", "three", "four", "five"]),
        captions_ko=("하나", "둘"),
        keys=(Key(1.0),),
    )
    return replace(move, **changes)


MOVES = {
    move.name: move
    for move in (
        a_move("wave", 8),
        a_move("box_step", 4),
        a_move("slide", 4),
        a_move("punch", 2, timing="hit"),
        a_move("nod", 1),
        a_move("clap", 2, styles=("hip-hop",)),
        a_move("swing", 4),
        a_move("final_stand", 4, "ending poses"),
    )
}


def a_song(sections: list[tuple[str, int, int]], empty: tuple[int, ...] = ()) -> SongAnalysis:
    """A song at 120 BPM whose first beat is at 0.

    Args:
        sections: label, group, beats (multiples of 8).
        empty: beats on which the music is gone.
    """
    count = sum(beats for _, _, beats in sections)
    beats = np.arange(count) * BEAT
    rows, curve, at = [], [], 0
    for label, group, length in sections:
        end = (at + length) * BEAT
        rows.append(Section(at * BEAT, end, label, group, 0.9))
        curve += [{"chorus": 0.9, "verse": 0.6}.get(label, 0.4)] * round(length * BEAT / 0.1)
        at += length
    level = np.ones(count)
    level[list(empty)] = 0.1
    return SongAnalysis(
        duration=count * BEAT,
        tempo=120.0,
        beats=beats,
        downbeats=beats[::4],
        beats_per_bar=4,
        energy=Energy(np.array(curve), float(np.mean(curve))),
        key="C major",
        sections=tuple(rows),
        confidence=Confidence(1.0, 1.0, 1.0, 1.0, 1.0),
        backend="test",
        song_sha256="0" * 64,
        hits=Hits(np.zeros(count), level),
    )


SONG = a_song(
    [
        ("intro", 0, 16),
        ("verse", 1, 32),
        ("chorus", 2, 32),
        ("verse", 1, 32),
        ("chorus", 2, 32),
        ("bridge", 3, 16),
        ("chorus", 2, 32),
    ]
)


def plan_of(song=SONG, moves=MOVES, **asked) -> Plan:
    return make_plan(song, make_request(asked), None, moves)


def by_section(plan: Plan, label: str) -> list[list[int]]:
    """Numbers of phrases of each section with that label (of verses with what builds in them)."""
    labels = ("verse", "pre-chorus") if label == "verse" else (label,)
    found: list[list[int]] = []
    for number, phrase in enumerate(plan.phrases):
        if phrase.section in labels:
            if number and plan.phrases[number - 1].section in labels:
                found[-1].append(number)
            else:
                found.append([number])
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_chorus_has_a_signature_eight_and_returns_with_the_same_moves(seed):
    plan = plan_of(seed=seed)
    first, *others = by_section(plan, "chorus")
    assert sum(plan.phrases[n].repeats == first[0] for n in first) >= 2
    assert any(plan.phrases[n].mirrored for n in first)
    for section in others:
        for here, there in zip(section, first, strict=True):
            phrase, model = plan.phrases[here], plan.phrases[there]
            if phrase.ending:
                continue
            assert (phrase.repeats, phrase.mirrored, phrase.variation) == (there, False, 0.0)
            assert [(m.name, m.first) for m in phrase.moves] == [
                (m.name, m.first) for m in model.moves
            ]


def test_a_verse_returns_with_variation():
    song = a_song([("verse", 1, 32), ("bridge", 2, 16), ("verse", 1, 32), ("bridge", 3, 16)])
    first, again = by_section(plan_of(song), "verse")
    phrases = plan_of(song).phrases
    for nth, (here, there) in enumerate(zip(again, first, strict=True)):
        assert phrases[here].repeats == there
        assert phrases[here].mirrored == (nth % 2 == 0)
        assert phrases[here].variation == (0.5 if nth % 2 else 0.0)
    varied, model = phrases[again[1]], phrases[first[1]]
    assert [m.name for m in varied.moves if m.first > 4] != [
        m.name for m in model.moves if m.first + m.counts > 5
    ]


def test_moves_grow_shorter_and_livelier_before_a_chorus():
    building = [p for p in plan_of().phrases if p.section == "pre-chorus"][:4]
    assert len(building) == 4
    longest = [max(move.counts for move in phrase.moves) for phrase in building]
    assert longest == sorted(longest, reverse=True)
    assert longest[-1] <= 2 < longest[0]
    assert building[0].energy < building[-1].energy


@pytest.mark.parametrize("moves", [MOVES, {"nod": MOVES["nod"]}], ids=["all", "one"])
def test_moves_fill_their_eights_without_overlap(moves):
    for phrase in plan_of(moves=moves).phrases:
        counts = [c for m in phrase.moves for c in range(m.first, m.first + m.counts)]
        assert counts == sorted(set(counts))
        if not phrase.ending:
            assert counts == list(range(1, 9))
        for placed in phrase.moves:
            assert phrase.ending or placed.counts % moves[placed.name].counts == 0


def test_one_plain_wish_is_in_every_eight_and_beats_the_style():
    for style in ("hip-hop", ""):
        phrases = plan_of(prompt="punch", style=style).phrases
        for number, phrase in enumerate(phrases):
            names = {m.name for m in phrase.moves} - {"final_stand"}
            # With a style a whole choreography is asked for, with the punch in it.
            alone = not style and (number < FILLED or phrase.section == "chorus")
            assert names == {"punch"} if alone else "punch" in names
    danced = [m for phrase in phrases for m in phrase.moves]
    punches = sum(m.counts for m in danced if m.name == "punch")
    assert 0.75 < punches / sum(m.counts for m in danced) < 1.0, "a long dance has variations"
    both = plan_of(prompt="punches, a box step").phrases
    for phrase in both[:FILLED]:
        assert {m.name for m in phrase.moves} == {"punch", "box_step"}


def test_a_verse_that_returns_often_is_written_anew_and_an_outro_calls_the_chorus_back():
    song = a_song(
        [
            ("chorus", 2, 16),
            ("verse", 1, 32),
            ("bridge", 3, 16),
            ("verse", 1, 32),
            ("bridge", 4, 16),
            ("verse", 1, 32),
            ("outro", 5, 16),
        ]
    )
    plan = plan_of(song)
    _, _, third = by_section(plan, "verse")
    assert [plan.phrases[n].repeats is not None for n in third] == [True, False, False, False]
    outro = next(p for p in plan.phrases if p.section == "outro")
    assert outro.repeats == by_section(plan, "chorus")[0][0]
    assert outro.mirrored


def test_wishes_for_sections_stay_there():
    plan = plan_of(prompt="punches in the chorus, a box step in the verse and slides in the bridge")
    for phrase in plan.phrases:
        names = {m.name for m in phrase.moves}
        wish = {"chorus": "punch", "verse": "box_step", "pre-chorus": "box_step", "bridge": "slide"}
        others = {"punch", "box_step", "slide"} - {wish.get(phrase.section, "")}
        if phrase.section == "intro":
            assert phrase.prompt == "a person dances to pop music"
        elif not phrase.ending:
            assert wish[phrase.section] in names
            assert " in the " not in phrase.prompt
        if phrase.section == "chorus" and not phrase.ending:
            assert not names & others
    assert words_in("jumps at the drop", "chorus") == "jumps"
    assert words_in("jumps at the drop", "verse") == ""
    assert words_in("soft arms in front", "verse") == "soft arms in front"


@pytest.mark.parametrize("start", [0.9, 1.6, 2.1, 2.6, 3.1])
def test_a_range_that_begins_and_ends_within_an_eight_is_full_of_moves(start):
    plan = plan_of(start=start, end=start + 12.0)
    for phrase in plan.phrases:
        danced = [c for m in phrase.moves for c in range(m.first, m.first + m.counts)]
        first = phrase.first_count % 8 + 1
        assert danced == list(range(first, first + len(danced)))
        assert len(danced) >= (phrase.end - phrase.start) / BEAT - 2.0
        for placed in phrase.moves:
            assert placed.counts >= MOVES[placed.name].counts, "no move is cut short"


def test_a_style_prefers_its_moves():
    def share(style: str) -> float:
        placed = [m for p in plan_of(style=style, creativity=0.2).phrases for m in p.moves]
        return sum(m.counts for m in placed if m.name == "clap") / sum(m.counts for m in placed)

    assert share("hip-hop") > 2 * share("cute")


def test_energy_keeps_wild_moves_out_of_a_calm_dance():
    wild = a_move("wild_leap", 4, energy=(0.9, 1.0))
    calm = {"slide": MOVES["slide"], "wild_leap": wild}
    for phrase in plan_of(moves=calm, energy=0.1, creativity=0.0).phrases:
        assert "wild_leap" not in {m.name for m in phrase.moves}


def test_the_same_seed_gives_the_same_plan_and_creativity_widens_the_choice():
    def names(**asked) -> tuple[str, ...]:
        return tuple(m.name for p in plan_of(**asked).phrases for m in p.moves)

    assert names(seed=3) == names(seed=3)
    assert len({names(seed=seed) for seed in range(4)}) > 2

    def alike(creativity: float) -> float:
        """Share of the eights that have the same moves with two seeds."""
        plans = [plan_of(seed=s, creativity=creativity).phrases for s in range(4)]
        danced = [[{m.name for m in phrase.moves} for phrase in phrases] for phrases in plans]
        return float(
            np.mean([a == b for x, y in pairwise(danced) for a, b in zip(x, y, strict=False)])
        )

    assert alike(0.0) > alike(1.0)


def test_the_dance_ends_in_a_pose_that_is_held():
    plan = plan_of()
    last = plan.phrases[-1]
    assert last.ending
    assert last.moves[-1].name == "final_stand"
    hit = last.moves[-1].first + arrival(MOVES["final_stand"])
    assert last.accents[-1] == hit
    assert last.freeze == tuple(range(hit + 1, 9))
    assert not any("final_stand" in {m.name for m in p.moves} for p in plan.phrases[:-1])
    assert not plan_of(end=20).phrases[-1].ending


def test_the_body_freezes_where_the_music_breaks_off_and_hits_where_it_drops_in():
    song = a_song([("verse", 1, 32), ("chorus", 2, 32), ("verse", 1, 32)], empty=(30, 31))
    phrases = plan_of(song).phrases
    assert phrases[3].freeze == (7, 8)
    assert 7.0 in phrases[3].accents
    assert 8.0 not in phrases[3].accents
    assert 1.0 in phrases[4].accents
    assert [n for n, p in enumerate(phrases) if p.freeze and not p.ending] == [3]


def test_strokes_between_the_counts_are_danced_where_it_is_lively_and_two_at_most():
    alone = SONG.beats[16:] + BEAT / 2
    nothing = Strokes(np.zeros(0), np.zeros(0))
    song = replace(SONG, drums=Drums(Strokes(alone, np.ones(len(alone))), nothing, nothing))
    halves = {
        energy: [
            [c for c in phrase.accents if c % 1 == 0.5 and c not in usual.accents]
            for phrase, usual in zip(
                plan_of(song, energy=energy).phrases, plan_of(energy=energy).phrases, strict=True
            )
        ]
        for energy in (0.05, 0.95)
    }
    assert not any(halves[0.05])
    assert max(map(len, halves[0.95])) == 2


def test_accents_are_bumps_on_their_counts():
    plan = plan_of(prompt="punch")
    phrase = plan.phrases[2]
    assert set(phrase.accents) >= {1.0, 3.0, 5.0, 7.0}
    at = plan.counts.seconds(np.array([phrase.number(1.0), phrase.number(2.0)]))
    curve = accents_at(plan, np.array([at[0], at[0] + ACCENT_WIDTH, at[1]]))
    np.testing.assert_allclose(curve, [1.0, np.exp(-0.5), 0.0], atol=1e-3)


def test_energy_is_lifted_smoothly_by_the_phrases():
    plan = plan_of()
    seconds = np.arange(0, plan.end, 0.05)
    lift = lift_at(plan, seconds)
    for phrase in plan.phrases[:-1]:
        middle = (phrase.start + phrase.end) / 2
        assert lift[np.argmin(abs(seconds - middle))] == pytest.approx(phrase.energy, abs=1e-6)
    assert np.abs(np.diff(lift)).max() < 0.03


def test_a_plan_survives_json_and_can_be_edited():
    plan = plan_of(style="cute")
    data = json.loads(plan.to_json())
    assert data == json.loads(json.dumps(plan.to_dict()))
    assert Plan.from_dict(data).phrases == plan.phrases
    assert data["phrases"][1]["words"] == plan.phrases[1].words
    data["phrases"][1]["moves"] = [{"name": "step_touch", "first": 1, "counts": 8}]
    edited = make_plan(SONG, make_request({"plan": json.dumps(data)}))
    assert edited.phrases[1].moves[0].caption in edited.phrases[1].words
    assert edited.phrases[2:] == plan.phrases[2:]
    assert len(table(edited).splitlines()) == len(plan.phrases)


def _spoil(data, **changes):
    data["phrases"][2] |= changes
    return data


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda d: _spoil(d, repeats=2), "plan_invalid"),
        (lambda d: _spoil(d, start=d["phrases"][2]["start"] + 1), "plan_invalid"),
        (lambda d: _spoil(d, accents=[9]), "plan_invalid"),
        (lambda d: _spoil(d, variation=2), "plan_invalid"),
        (lambda d: _spoil(d, hits=[1]), "plan_invalid"),
        (lambda d: _spoil(d, style="polka"), "style_unknown"),
        (lambda d: _spoil(d, moves=[{"name": "nothing", "first": 1, "counts": 8}]), "move_unknown"),
        (
            lambda d: _spoil(d, moves=[{"name": "step_touch", "first": 5, "counts": 8}]),
            "plan_invalid",
        ),
        (lambda d: {k: v for k, v in d.items() if k != "counts"}, "plan_invalid"),
        (lambda d: d | {"counts": d["counts"] | {"times": 4}}, "plan_invalid"),
        (lambda d: d | {"counts": d["counts"] | {"times": [[0.0, 1.0]] * 9}}, "plan_invalid"),
        (lambda d: d | {"phrases": []}, "plan_invalid"),
    ],
)
def test_a_spoilt_plan_is_refused_with_a_sentence(spoil, code):
    data = spoil(json.loads(plan_of().to_json()))
    with pytest.raises(ChoreoError) as caught:
        make_plan(SONG, make_request({"plan": json.dumps(data)}))
    assert caught.value.code == code
    assert caught.value.remedy


def test_a_plan_of_a_longer_song_is_refused():
    text = plan_of().to_json()
    short = a_song([("verse", 1, 32)])
    with pytest.raises(ChoreoError, match="lasts"):
        make_plan(short, make_request({"plan": text}))
    for bad in ("{", "[1]"):
        with pytest.raises(ChoreoError):
            make_request({"plan": bad})


def test_words_put_the_wish_first_and_the_manner_last():
    style = "girl group choreography with strong attitude, sharp arms, fierce and strong"
    a = Phrase(
        0.0, 4.0, 0, "verse", f"run, {style}", "girl-crush", (PlacedMove("x", 1, 8, caption="x"),)
    )
    b = replace(a, moves=(PlacedMove("y", 1, 8, caption="y"),))
    assert a.words == f"run, x, {style}"
    assert told(a, b) == f"run, x, y, {style}"


def test_meaning_chooses_where_no_name_does():
    def fake(sentences: list[str]):
        meanings = {"wave": (1, 0), "water": (1, 0.2), "punch": (0, 1)}
        rows = []
        for sentence in sentences:
            found = next((v for k, v in meanings.items() if k in sentence), (-1, -1))
            row = np.zeros((1, 384), np.float32)
            row[0, :2] = found
            rows.append(row)
        return pad_rows(rows)

    asked = ask("like water in a river", "", list(MOVES.values()), fake)
    assert max(asked.meaning, key=asked.meaning.__getitem__) == "wave"
    assert not asked.unclear


def test_a_prompt_that_nothing_means_is_danced_in_the_style_and_reported():
    def lost(sentences: list[str]):
        rows = [np.full((1, 384), -1.0 if "unheard" in s else 1.0, np.float32) for s in sentences]
        return pad_rows(rows)

    plan = make_plan(SONG, make_request({"prompt": "unheard of", "style": "hip-hop"}), lost, MOVES)
    assert plan.unclear == ("unheard of",)
    assert all(phrase.moves for phrase in plan.phrases)
    clap = [m for p in plan.phrases for m in p.moves if m.name == "clap"]
    assert clap, "the only move of the style"
    assert Plan.from_dict(plan.to_dict()).unclear == plan.unclear


def test_the_shipped_table_of_captions_says_what_the_encoder_says():
    encoder = TextEncoder.default()
    captions = ["step touch from side to side", "a caption that nobody wrote before"]
    vectors = caption_vectors(captions, encoder)
    np.testing.assert_allclose(vectors, pool(encoder(captions)), atol=0.02)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_the_command_writes_a_plan_that_can_be_danced(tmp_path: Path, capsys):
    song = render_song(120.0, (Part("verse", 4, level=0.4), Part("chorus", 4, lead=True)))
    path = write_song(tmp_path / "song.wav", song.samples, song.sample_rate)
    out = tmp_path / "plan.json"
    assert main(["plan", str(path), "--prompt", "body roll", "--out", str(out)]) == 0
    plan = Plan.from_dict(json.loads(out.read_text()))
    assert len(capsys.readouterr().out.splitlines()) == len(plan.phrases)
    rolls = {find_move(m.name).family for p in plan.phrases[:-1] for m in p.moves}
    assert rolls == {find_move("body_roll").family}
    clip = tmp_path / "clip.npz"
    command = ["generate", str(path), "--plan", str(out), "--out", str(clip), "--model", "debug"]
    assert main(command) == 0
    with np.load(clip) as stored:
        assert json.loads(str(stored["meta"]))["plan"] == json.loads(out.read_text())


def test_lively_moves_are_danced_where_the_energy_is_high():
    moves = load_moves()
    ranked = paces(moves.values())

    def pace(energy: float) -> float:
        plan = plan_of(moves=moves, energy=energy, seed=1)
        return float(np.mean([ranked[m.name] for phrase in plan.phrases for m in phrase.moves]))

    assert pace(0.95) > pace(0.1) + 0.2
