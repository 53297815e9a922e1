"""Inflects the lexicon's verbs and adjectives, and judges the matcher against an analyser.

    python -m engine.training.lexicon            # rewrites forms.json
    python -m engine.training.lexicon --docs docs/prompts.md
    python -m engine.training.lexicon --judge tests/engine/korean_prompts.toml

Needs kiwipiepy (LGPL), a Korean morphological analyser, at development time only: the engine reads
the table that is written here.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from engine.choreography.lexicon.table import (
    ADNOMINAL,
    ADVERBIAL,
    FORMS,
    NEGATABLE,
    NOMINAL,
    PLAIN,
    dictionary_forms,
    load_forms,
    read_terms,
)

Morpheme = tuple[str, str]

TABLE = "<!-- made by python -m engine.training.lexicon --docs docs/prompts.md -->"

PAST: Morpheme = ("었", "EP")
ENDINGS: dict[str, tuple[tuple[Morpheme, ...], ...]] = {
    PLAIN: (
        *(
            ((ending, "EC"),)
            for ending in (
                *("고", "고서", "며", "면서", "면서도", "어", "어서", "어도", "어야", "니까", "니"),
                *("면", "거나", "든지", "든", "지만", "다가", "다", "듯", "듯이", "려고", "려면"),
                *("도록", "자마자", "으러", "던데", "으나", "어다가"),
            )
        ),
        *(
            ((ending, "EF"),)
            for ending in (
                *("다", "어요", "ᆸ니다", "자", "어라", "네", "네요", "ᆯ게", "ᆯ게요", "ᆯ까", "ᆯ까요"),
                *("세요", "시오", "죠", "지요", "ᆸ시다", "으십시오", "거든", "잖아"),
            )
        ),
        *((PAST, (ending, "EC")) for ending in ("고", "다가", "는데", "으면", "으며", "으니")),
        *((PAST, (ending, "EF")) for ending in ("다", "어요", "어", "습니다")),
        *((("겠", "EP"), (ending, "EF")) for ending in ("다", "어요", "습니다")),
        (("시", "EP"), ("고", "EC")),
        (("시", "EP"), ("면", "EC")),
        (("시", "EP"), ("면서", "EC")),
    ),
    ADNOMINAL: (
        (("ᆫ", "ETM"),),
        (("ᆯ", "ETM"),),
        (("던", "ETM"),),
        (PAST, ("던", "ETM")),
    ),
    ADVERBIAL: ((("게", "EC"),), (("게끔", "EC"),), (("게", "EC"), ("도", "JX"))),
    NOMINAL: ((("기", "ETN"),), (("음", "ETN"),)),
    NEGATABLE: (
        (("지", "EC"),),
        (("지", "EC"), ("는", "JX")),
        (("지", "EC"), ("도", "JX")),
        (("지", "EC"), ("를", "JKO")),
        (("지", "EC"), ("ᆫ", "JX")),
        (("지", "EC"), ("ᆯ", "JKO")),
    ),
}
"""What a form does -> endings that do it; tags as in the Sejong corpus."""
VERB_ONLY: dict[str, tuple[tuple[Morpheme, ...], ...]] = {
    ADNOMINAL: ((("는", "ETM"),),),
    PLAIN: ((("는데", "EC"),), (("는다", "EF"),), (("는지", "EC"),)),
}
ADJECTIVE_ONLY: dict[str, tuple[tuple[Morpheme, ...], ...]] = {
    PLAIN: ((("ᆫ데", "EC"),), (("ᆫ지", "EC"),)),
}


def build_forms(kiwi: Any) -> dict[str, Any]:
    """The content of ``forms.json``: stems, and endings that words of one inflection share."""
    wanted = {
        word.rpartition(" ")[2]: kind
        for word, kind in sorted(dictionary_forms(read_terms()).items())
    }
    stems: dict[str, tuple[str, int]] = {}
    endings: list[dict[str, str]] = []
    for word, kind in sorted(wanted.items()):
        forms = inflect(kiwi, word, kind)
        stem = _common_beginning([form for uses in forms.values() for form in uses])
        ends = {
            use: "|".join(form.removeprefix(stem) for form in uses) for use, uses in forms.items()
        }
        if ends not in endings:
            endings.append(ends)
        stems[word] = (stem, endings.index(ends))
    return {"stems": stems, "endings": endings}


def _common_beginning(words: list[str]) -> str:
    first, last = min(words), max(words)
    same = (number for number, letter in enumerate(first) if last[number : number + 1] != letter)
    return first[: next(same, len(first))]


def inflect(kiwi: Any, word: str, kind: str) -> dict[str, list[str]]:
    """All surfaces of a verb or adjective in -다, by what they do."""
    stem = _stem(kiwi, word, kind)
    # Words like 있다 and those that end in it take 는 as verbs do.
    extra = VERB_ONLY if kind == "verb" or word.endswith(("있다", "없다")) else ADJECTIVE_ONLY
    forms: dict[str, list[str]] = {}
    for use, endings in ENDINGS.items():
        joined = {kiwi.join([*stem, *ending]) for ending in (*endings, *extra.get(use, ()))}
        forms[use] = sorted(form for form in joined if " " not in form)
    return forms


def _stem(kiwi: Any, word: str, kind: str) -> list[Morpheme]:
    """The morphemes of a dictionary form without -다; the analyser knows the irregular ones."""
    tokens = [(token.form, token.tag) for token in kiwi.tokenize(word)]
    if len(tokens) > 1 and tokens[-1][0] == "다" and kiwi.join(tokens) == word:
        before = tokens[-2][1]
        if before.startswith(("VV", "VA", "VX", "VC", "XSA", "XSV")):
            return tokens[:-1]
    return [(word[:-1], "VV" if kind == "verb" else "VA")]


def main() -> None:
    """Writes the table of forms, or the table of the documentation, or judges the matcher."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--judge", type=Path, help="a file of labelled prompts")
    parser.add_argument("--docs", type=Path, help="rewrites the table in docs/prompts.md")
    given = parser.parse_args()
    if given.docs:
        text = given.docs.read_text(encoding="utf-8")
        given.docs.write_text(with_table(text), encoding="utf-8", newline="\n")
        return
    from kiwipiepy import Kiwi

    if given.judge:
        from engine.training.lexicon_judge import judge

        judge(Kiwi(), given.judge)
        return
    FORMS.write_text(dump_forms(build_forms(Kiwi())), encoding="utf-8", newline="\n")
    print(f"{FORMS.name} written; {count_entries()}")


def count_entries() -> str:
    """How much the lexicon holds, in a sentence."""
    spoken = {"korean": set[str](), "silent": set[str](), "english": set[str]()}
    for term in read_terms():
        kind = "english" if term.topic == "english" else "silent" if term.silent else "korean"
        for words in term.entries.values():
            spoken[kind] |= {word.replace(" ", "") for word in words}
    forms = load_forms()
    inflected = sum(
        len(ends)
        for word in dictionary_forms(read_terms())
        for ends in forms.endings[forms.stems[word.rpartition(" ")[2]][1]].values()
    )
    return (
        f"{len(spoken['korean'])} Korean terms and spellings with a meaning for the dance, "
        f"{len(spoken['silent'])} Korean words that are understood without one (fillers, "
        f"negations, sections of a song), {len(spoken['english'])} English spellings, "
        f"{inflected} inflected forms."
    )


def with_table(text: str) -> str:
    """A document with what follows :data:`TABLE` made anew from the lexicon."""
    lines = [TABLE, "", count_entries()]
    topic = ""
    for term in read_terms():
        if term.topic != topic:
            topic = term.topic
            heads = "means | written" if topic == "english" else "English | Korean"
            lines += ["", f"### {topic}", "", f"| {heads} |", "|---|---|"]
        words = ", ".join(word for words in term.entries.values() for word in words)
        parts = "; ".join(f"{part}: {said}" for part, said in term.with_part.items())
        meaning = term.english if term.alone else f"({term.english})"
        lines.append(f"| {meaning}{f' ({parts})' if parts else ''} | {words} |")
    return text[: text.index(TABLE)] + "\n".join(lines) + "\n"


def dump_forms(forms: dict[str, Any]) -> str:
    """JSON with one stem and one set of endings a line, so that changes can be read."""
    stems = ",\n".join(
        f"{json.dumps(word, ensure_ascii=False)}: {json.dumps(row, ensure_ascii=False)}"
        for word, row in forms["stems"].items()
    )
    endings = ",\n".join(json.dumps(row, ensure_ascii=False) for row in forms["endings"])
    return f'{{"stems": {{\n{stems}\n}}, "endings": [\n{endings}\n]}}\n'


if __name__ == "__main__":
    main()
