"""No take that judges a model may teach one: the splits, written a second time and compared."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import ChoreoError
from engine.motion.rotations import quat_identity
from engine.training.collect import catalogue
from engine.training.collect.take import Take, read_takes, write_take

TEST = {
    *("05_18", "05_19", "05_20", "60_13", "60_14", "60_15", "61_13", "61_14", "61_15"),
    *("85_14", "55_01", "indian_15", "charleston2"),
    *("J_Dance17_Shuffle", "J_Dance5_Hype", "J_ShortDance15_Nineties", "B_WiggleDance"),
    *("49_20", "49_21", "49_22", "131_03"),
}
VALIDATION = {
    *("05_16", "05_17", "60_11", "60_12", "61_11", "61_12", "85_12", "indian_14"),
    *("J_Dance18_TikTok", "J_ShortDance14_Disco"),
}
NEVER = {
    *(f"01_{n:02d}" for n in range(1, 15)),
    *(f"03_{n:02d}" for n in range(1, 5)),
    "jesse_dance",
}


def every_name() -> set[str]:
    return set(catalogue._captions()) | TEST | VALIDATION | NEVER


def test_splits_are_the_agreed_ones() -> None:
    by_split = {split: set() for split in catalogue.SPLITS}
    for name in every_name():
        by_split[catalogue.split_of(name)].add(name)
    assert by_split["test"] == TEST
    assert by_split["validation"] == VALIDATION
    assert by_split["excluded"] >= NEVER
    assert not by_split["train"] & (TEST | VALIDATION | NEVER)


@pytest.mark.parametrize("number", range(1, 16))
def test_partners_of_a_salsa_stay_together(number: int) -> None:
    assert catalogue.split_of(f"60_{number:02d}") == catalogue.split_of(f"61_{number:02d}")


def test_duplicate_of_a_take_trains_nothing() -> None:
    assert catalogue.split_of("pirouette") == "excluded"
    assert catalogue.split_of("05_11") == "train"


def test_reader_hands_out_no_test_take(tmp_path: object) -> None:
    for name in sorted(catalogue._captions()):
        entry = catalogue.entry_of(name)
        take = Take(
            name=name,
            source="cmu_amc",
            subject="",
            split=entry.split,
            kind=entry.kind,
            captions=entry.captions,
            licence="",
            credit="",
            local_quats=quat_identity(1, 22),
            root_positions=np.zeros((1, 3)),
            joint_mask=np.ones(22, dtype=bool),
            front=None,
            feet_valid=True,
        )
        write_take(take, tmp_path)
    trained = {take.name for take in read_takes(tmp_path)}
    assert len(trained) > 300
    assert not trained & (TEST | VALIDATION | NEVER)
    assert {take.name for take in read_takes(tmp_path, ("test",))} == TEST


def test_every_take_is_described() -> None:
    for name, (kind, captions) in catalogue._captions().items():
        assert kind in ("dance", "other")
        if catalogue.split_of(name) != "excluded":
            assert len(captions) >= (4 if kind == "dance" else 3), name
            assert len(set(captions)) == len(captions)
        for caption in captions:
            assert caption == caption.strip().lower()
            assert 1 < len(caption.split()) < 25, caption


def test_captions_name_no_songs() -> None:
    words = " ".join(" ".join(captions) for _, captions in catalogue._captions().values())
    for song in ("single ladies", "lush life", "midnight sun", "gnarly", "peacemaker", "jackson"):
        assert song not in words


def test_unknown_take_is_refused() -> None:
    with pytest.raises(ChoreoError, match=r"captions\.csv"):
        catalogue.entry_of("99_99")
    assert catalogue.names_in("60_09-60_11 lambada") == ["60_09", "60_10", "60_11", "lambada"]
    with pytest.raises(ValueError, match="no run"):
        catalogue.names_in("60_09-61_02")
