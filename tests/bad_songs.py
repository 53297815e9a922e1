"""Song files that people really have, odd and broken, each made in code.

A maker takes an empty folder and returns what is given to the engine as the song.
"""

from __future__ import annotations

import os
import struct
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import av
import numpy as np

from tests.songs import Part, RenderedSong, render_song, write_song

Maker = Callable[[Path], Path]
BPM = 124.0


@lru_cache(maxsize=4)
def plain(rate: int = 44100) -> RenderedSong:
    """The song that all of them are."""
    return render_song(BPM, (Part("verse", 6, drums="backbeat"),), rate=rate, tail=0.2)


def encoded(folder: Path, name: str, codec: str | None = None, rate: int = 44100) -> Path:
    """The song as a file of that name."""
    return write_song(folder / name, plain(rate).samples, rate, codec)


def wav(samples: np.ndarray, rate: int, claim: int | None = None, tag: int = 1) -> bytes:
    """A WAV file of int16 ``samples [N, C]`` whose header tells ``claim`` bytes of them."""
    data, sides = samples.astype("<i2").tobytes(), samples.shape[1]
    size = len(data) if claim is None else claim
    layout = struct.pack("<HHIIHH", tag, sides, rate, rate * 2 * sides, 2 * sides, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", min(len(body) + size, 0xFFFFFFFF)) + body + data


def whole_numbers(channels: int = 1, rate: int = 22050) -> np.ndarray:
    """The song as int16 ``[N, C]``."""
    return np.repeat((32767 * plain(rate).samples)[:, None], channels, axis=1)


def id3(*frames: tuple[bytes, bytes]) -> bytes:
    """An ID3v2.3 tag."""
    body = b"".join(n + struct.pack(">IH", len(content), 0) + content for n, content in frames)
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + body


def tagged(*frames: tuple[bytes, bytes]) -> Maker:
    """A song with such a tag."""

    def make(folder: Path) -> Path:
        path = encoded(folder, "tagged.mp3")
        path.write_bytes(id3(*frames) + path.read_bytes())
        return path

    return make


def picture(megabytes: int) -> Maker:
    """A song with a picture of that size in its tag."""
    image = b"\0image/png\0\3\0" + b"\x89PNG\r\n\x1a\n" + bytes(megabytes << 20)
    return tagged((b"APIC", image))


def _written(name: str, content: bytes | Callable[[], bytes]) -> Maker:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content() if callable(content) else content)
        return path

    return make


def _named(name: str) -> Maker:
    return lambda folder: encoded(folder, "song.wav").rename(folder / name)


def _given(address: str) -> Maker:
    return lambda folder: Path(address)


def _folder(folder: Path) -> Path:
    return folder


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.wav")
    return folder / "pipe.wav"


def _loop(folder: Path) -> Path:
    (folder / "a.wav").symlink_to(folder / "b.wav")
    (folder / "b.wav").symlink_to(folder / "a.wav")
    return folder / "a.wav"


def _far_down(folder: Path) -> Path:
    deep = folder.joinpath(*["노래를 담은 폴더 " * 3] * 5)
    deep.mkdir(parents=True)
    return encoded(deep, "song.wav")


def _picture_only(folder: Path) -> Path:
    path = folder / "silent film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
        for _ in range(50):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _replaced(name: str, old: bytes, new: bytes) -> Maker:
    """The song with some bytes replaced by as many others."""

    def make(folder: Path) -> Path:
        path = encoded(folder, name)
        path.write_bytes(path.read_bytes().replace(old, new))
        return path

    return make


def _playlist(name: str, text: str) -> Maker:
    def make(folder: Path) -> Path:
        secret = encoded(folder, "secret.wav")
        (folder / name).write_text(text.format(secret), encoding="utf-8")
        return folder / name

    return make


def two_tracks(folder: Path, name: str, codec: str) -> Path:
    """The song, then another track of noise."""
    path = folder / name
    noise = np.random.default_rng(0).standard_normal(plain(48000).samples.shape) * 0.3
    with av.open(str(path), "w") as container:
        streams = [container.add_stream(codec, rate=48000, layout="mono") for _ in range(2)]
        for stream, samples in zip(streams, (plain(48000).samples, noise), strict=True):
            whole = np.clip(32767 * samples, -32768, 32767).astype(np.int16)[None]
            for start in range(0, whole.shape[1], 1152):
                block = np.ascontiguousarray(whole[:, start : start + 1152])
                frame = av.AudioFrame.from_ndarray(block, "s16", "mono")
                frame.sample_rate, frame.pts = 48000, start
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def _jumping(folder: Path) -> Path:
    """Each second its time stamps jump ahead by an hour."""
    path = folder / "jumping.mkv"
    whole = (32767 * plain(48000).samples).astype(np.int16)[None]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000, layout="mono")
        for start in range(0, whole.shape[1], 4800):
            block = np.ascontiguousarray(whole[:, start : start + 4800])
            frame = av.AudioFrame.from_ndarray(block, "s16", "mono")
            frame.sample_rate, frame.pts = 48000, start + start // 48000 * 3600 * 48000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _changing(name: str) -> Maker:
    """The second half of the file has another rate, and two channels."""

    def make(folder: Path) -> Path:
        ending = Path(name).suffix
        first, second = plain(44100).samples, plain(22050).samples
        a = write_song(folder / f"first{ending}", first[: 44100 * 6], 44100)
        sides = np.stack([second[22050 * 6 :]] * 2)
        b = write_song(folder / f"second{ending}", sides, 22050)
        (folder / name).write_bytes(a.read_bytes() + b.read_bytes())
        a.unlink()
        b.unlink()
        return folder / name

    return make


def _riff_tags(folder: Path) -> Path:
    """A title in the encoding of old Korean players, which is not UTF-8."""
    title = "노래".encode("cp949") + b"\0"
    tags = b"INFOINAM" + struct.pack("<I", len(title)) + title + b"\0" * (len(title) % 2)
    content = bytearray(wav(whole_numbers(), 22050))
    content += b"LIST" + struct.pack("<I", len(tags)) + tags
    path = folder / "tags.wav"
    path.write_bytes(bytes(content))
    return path


def _noise(seconds: float, level: float, rate: int = 22050) -> bytes:
    random = np.random.default_rng(0)
    return wav(32767 * level * random.uniform(-1, 1, (int(seconds * rate), 1)), rate)


REFUSED: dict[str, tuple[Maker, str]] = {
    "3 seconds": (_written("a.wav", lambda: _noise(3.0, 0.5)), "song_too_short"),
    "0 seconds": (_written("a.wav", lambda: _noise(0.0, 0.5)), "song_empty"),
    "15:01": (_written("a.wav", lambda: _noise(901.0, 0.5, 8000)), "song_too_long"),
    "silence": (_written("a.wav", lambda: _noise(9.0, 0.0)), "song_silent"),
    "near silence": (_written("a.wav", lambda: _noise(9.0, 6e-5)), "song_silent"),
    "picture without sound": (_picture_only, "song_unreadable"),
    "codec nobody knows": (
        _written("a.wav", lambda: wav(whole_numbers(), 22050, tag=0x1234)), "song_codec"
    ),
    "encrypted": (_replaced("a.m4a", b"mp4a", b"enca"), "song_protected"),
    "protected": (_replaced("a.m4a", b"mp4a", b"drms"), "song_protected"),
    "text": (_written("a.mp3", b"Dear diary, today I danced.\n" * 500), "song_unreadable"),
    "empty": (_written("a.mp3", b""), "song_empty"),
    "folder": (_folder, "song_unreadable"),
    "pipe that nobody writes": (_pipe, "song_unreadable"),
    "/dev/zero": (_given("/dev/zero"), "song_unreadable"),
    "/dev/random": (_given("/dev/random"), "song_unreadable"),
    "address": (_given("https://example.com/song.mp3"), "song_address"),
    "address of a file": (_given("file:///etc/hostname"), "song_address"),
    "concat:": (_given("concat:/etc/hostname|/etc/passwd"), "song_address"),
    "subfile:": (_given("subfile:,,start,0,end,9,,:/etc/passwd"), "song_missing"),
    "null in the path": (_given("a\0b.mp3"), "song_unreadable"),
    "name too long": (_given("/tmp/" + "노" * 200), "song_unreadable"),
    "links in a circle": (_loop, "song_unreadable"),
    "HLS": (
        _playlist("a.mp3", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:5,\n{}\n#EXT-X-ENDLIST\n"),
        "song_unreadable",
    ),
    "ffconcat": (_playlist("a.wav", "ffconcat version 1.0\nfile {}\n"), "song_unreadable"),
    "session": (
        _playlist("a.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
                  "m=audio 5004 RTP/AVP 0\n"), "song_unreadable",
    ),
    "DASH": (
        _playlist("a.m4a", '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"'
                  ' type="static"><Period><AdaptationSet><Representation id="1">'
                  "<BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>"),
        "song_unreadable",
    ),
    "tall order": (
        _written("a.flac", b"fLaC\x80\0\0\x22" + b"\x10\0" * 2 + b"\0" * 6 + b"\x0a\xc4\x42\xff"
                 + b"\xff" * 4 + bytes(16) + bytes(99)), "song_empty",
    ),
}  # fmt: skip
"""Each with the code of its refusal."""

FINE: dict[str, Maker] = {
    **{f"{rate} Hz": _written("a.wav", lambda r=rate: wav(whole_numbers(2, r), r))
       for rate in (8000, 11025, 22050, 44100, 48000, 96000, 192000)},
    "mono, 5.1": _written("a.wav", lambda: wav(whole_numbers(6), 22050)),
    "7.1": _written("a.wav", lambda: wav(whole_numbers(8), 22050)),
    "17 channels": _written("a.wav", lambda: wav(whole_numbers(17), 22050)),
    "64 channels": _written("a.wav", lambda: wav(whole_numbers(64), 22050)),
    "picture of 2 MB": picture(2),
    "200 tags": tagged(*[(b"TXXX", b"\0k%d\0v" % n) for n in range(200)]),
    "chapters": tagged(*[(b"CHAP", b"c%d\0" % n + struct.pack(">4I", n * 1000, n * 1000 + 999,
                0xFFFFFFFF, 0xFFFFFFFF)) for n in range(9)]),
    "tags in another encoding": _riff_tags,
    "several tracks": lambda folder: two_tracks(folder, "several.mkv", "flac"),
    "wrong suffix": lambda folder: encoded(folder, "a.mp3").rename(folder / "a.wav"),
    "no suffix": lambda folder: encoded(folder, "a.ogg").rename(folder / "a"),
    "header tells too much": _written("a.wav", lambda: wav(whole_numbers(), 22050, 0x7FFFFFF0)),
    "header tells all there is": _written("a.wav", lambda: wav(whole_numbers(), 22050, 0xFFFFFFFF)),
    "header tells nothing": _written("a.wav", lambda: wav(whole_numbers(), 22050, 0)),
    "time stamps jump": _jumping,
    "rate and channels change": _changing("a.mp3"),
    "Korean, composed": _named(unicodedata.normalize("NFC", "내 노래.wav")),
    "Korean, decomposed": _named(unicodedata.normalize("NFD", "내 노래.wav")),
    "emoji": _named("💃🏽 dance.wav"),
    "new line": _named("a\nb.wav"),
    "255 bytes": _named("노" * 83 + "aa.wav"),
    "no text": _named(os.fsdecode(b"\xff\xfe.wav")),
    "begins with a hyphen": _named("-o.wav"),
    "path of 260 letters": _far_down,
}  # fmt: skip
"""Odd, and danced."""
