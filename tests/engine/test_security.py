"""docs/security.md, proved: who is let in, how much of what they send is read, where it lies."""

from __future__ import annotations

import ast
import asyncio
import ctypes
import json
import logging
import os
import queue
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest
import uvicorn

from engine import connection, gate, server, uploads
from engine.access import read_token
from engine.errors import ChoreoError
from engine.jobs import JobQueue
from engine.leftovers import PREFIX, alive, alive_on_windows, private_folder
from engine.model.weights import open_model
from engine.serving import Place, _Dropping, _listen
from engine.untrusted import read_json, safe_name
from tests.engine.test_server import TOKEN, engine

ROOT = Path(__file__).parents[2]
ALL_CODE = sorted(
    path
    for folder in ("engine", "kpop_choreo_addon", "tools")
    for path in (ROOT / folder).rglob("*.py")
)


@pytest.fixture(scope="module")
def running():
    with engine("--model", "debug", "--allow-host", "dance.example") as started:
        yield started


@pytest.fixture
def port(running) -> int:
    return running[1]["port"]


def spoken(port: int, request: bytes, seconds: float = 20.0) -> bytes:
    """Everything that the engine answers to raw bytes, until it ends the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as link:
        link.sendall(request)
        answer = b""
        while block := link.recv(65536):
            answer += block
    return answer


def head(port: int, *lines: str, path: str = "/api/health", method: str = "GET") -> bytes:
    """A request's head with the right host and token unless ``lines`` bring their own."""
    usual = {"host": f"127.0.0.1:{port}", "authorization": f"Bearer {TOKEN}"}
    given = {line.split(":")[0].lower() for line in lines}
    kept = [f"{name}: {value}" for name, value in usual.items() if name not in given]
    text = "\r\n".join([f"{method} {path} HTTP/1.1", *kept, *lines, "connection: close"])
    return f"{text}\r\n\r\n".encode("latin-1")


def told(answer: bytes) -> tuple[int, str]:
    """Status and error code of a raw answer ('' when it is none)."""
    status = int(answer.split(b" ", 2)[1])
    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    return status, body.get("error", {}).get("code", "")


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "[::1]:{}", "Dance.example"])
def test_its_own_names_are_answered(port, host):
    assert told(spoken(port, head(port, f"host: {host.format(port)}")))[0] == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{}",
     "127.0.0.1:{}@evil.example", "dance.example.evil", "", "127.0.0.1:x"],
)  # fmt: skip
def test_a_rebound_name_is_refused(port, host):
    assert told(spoken(port, head(port, f"host: {host.format(port)}"))) == (403, "host_refused")


@pytest.mark.parametrize(
    "line", ["origin: https://evil.example", "origin: null", "origin: http://127.0.0.1:1",
             "sec-fetch-site: cross-site"],
)  # fmt: skip
def test_pages_of_other_sites_are_refused_and_no_cors_is_spoken(port, line):
    answer = spoken(port, head(port, line))
    assert told(answer) == (403, "origin_refused")
    assert b"access-control" not in answer.lower()
    own = f"origin: http://127.0.0.1:{port}"
    assert told(spoken(port, head(port, own, "sec-fetch-site: same-origin")))[0] == 200
    preflight = head(port, line, method="OPTIONS", path="/api/generate-motion")
    assert told(spoken(port, preflight)) == (403, "origin_refused")


def test_a_wrong_token_is_refused_before_its_body_is_read(port):
    began = time.monotonic()
    lines = ("authorization: Bearer wrong", "content-length: 100000000")
    answer = spoken(port, head(port, *lines, path="/api/generate-motion", method="POST"))
    assert told(answer) == (401, "token_wrong")
    assert b"www-authenticate: bearer" in answer.lower()
    assert time.monotonic() - began < gate.LINGER + 8  # and the connection ended


def test_tokens_are_compared_in_constant_time():
    assert "hmac.compare_digest" in Path(gate.__file__).read_text(encoding="utf-8")


def test_answers_say_nothing_of_the_server_and_are_not_sniffed(port):
    answer = spoken(port, head(port)).lower()
    assert b"x-content-type-options: nosniff" in answer
    assert b"cache-control: no-store" in answer
    assert b"\r\nserver:" not in answer


@pytest.mark.parametrize(
    "length", [str(gate.LARGEST_UPLOAD + 1), "9" * 18], ids=["one more", "absurd"]
)
def test_a_length_that_is_too_large_is_refused_unread(port, length):
    request = head(port, f"content-length: {length}", path="/api/generate-motion", method="POST")
    assert told(spoken(port, request)) == (413, "song_too_large")


@pytest.mark.parametrize(
    "request_line", [b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"get\r\n\r\n",
                     b"GET /api/health HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nhost: a\r\n"
                     b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
                     b"GET / HTTP/1.1\r\nhost: a\r\n" + b"a: b\r\n" * 20000 + b"\r\n"],
)  # fmt: skip
def test_what_is_no_http_gets_a_sentence_and_the_door(port, request_line):
    status, _code = told(spoken(port, request_line))
    assert status in (400, 403)


@pytest.mark.parametrize("count", [1, 3])
def test_who_asks_no_more_gets_the_whole_answer_and_the_door(port, count):
    asked = head(port, path="/api/models").replace(b"connection: close\r\n", b"") * count
    for _ in range(30):
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", port), timeout=20.0) as link:
            link.sendall(asked)
            link.shutdown(socket.SHUT_WR)
            answers = b"".join(iter(lambda link=link: link.recv(65536), b"")).split(b"HTTP/1.1 ")
        assert [told(b"HTTP/1.1 " + answer) for answer in answers[1:]] == [(200, "")] * count
        assert time.monotonic() - began < 4.0  # no waiting for what nobody asks


def form(*parts: bytes, boundary: bytes = b"x") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"


def posted(port: int, body: bytes, kind: str = "multipart/form-data; boundary=x") -> bytes:
    lines = (f"content-type: {kind}", f"content-length: {len(body)}")
    return spoken(port, head(port, *lines, path="/api/generate-motion", method="POST") + body)


FIELD = b'content-disposition: form-data; name="f%d"\r\n\r\nv'
FILE = b'content-disposition: form-data; name="f%d"; filename="s"\r\n\r\nv'


@pytest.mark.parametrize(
    "body",
    [
        form(*(FIELD % n for n in range(uploads.MOST_FIELDS + 1))),
        form(*(FILE % n for n in range(3))),
        form(FIELD % 1 + b"v" * uploads.LARGEST_FIELD),
        form(b"x-a: b\r\n" * 50 + FIELD % 1),
        form(b"x-a: " + b"b" * 100_000 + b"\r\n" + FIELD % 1),
        b"no form at all",
        b"",
    ],
    ids=["fields", "files", "long field", "headers", "long header", "no form", "empty"],
)
def test_forms_are_bounded_in_every_way(port, body):
    answer = posted(port, body)
    assert told(answer) in ((400, "request_invalid"), (400, "song_missing"))


def test_a_form_without_or_with_a_lying_boundary(port):
    assert told(posted(port, b"x", "multipart/form-data"))[0] == 400
    assert told(posted(port, b"x", "multipart/form-data; boundary=" + "b" * 3000))[0] == 400
    assert (
        told(posted(port, form(FIELD % 1), "multipart/form-data; boundary=x; charset=hex"))[0]
        == 400
    )


def app_of(folder: Path, jobs: JobQueue | None = None):
    jobs = jobs or JobQueue(lambda: pytest.fail("no job should start"))
    return server.make_app(server.ServerSettings(TOKEN, hosts=frozenset({"engine"})), jobs, folder)


def asked(app, method: str, path: str, **how) -> httpx.Response:
    """One request to an app in this process."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {TOKEN}", **how.pop("headers", {})}
        async with httpx.AsyncClient(transport=transport, base_url="http://engine") as client:
            return await client.request(method, path, headers=headers, **how)

    return asyncio.run(ask())


def test_songs_that_wait_take_a_bounded_part_of_the_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(uploads, "MOST_STORED", 1000)
    answer = asked(
        app_of(tmp_path), "POST", "/api/generate-motion", files={"audio_file": ("s", b"0" * 2000)}
    )
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "queue_full"
    assert list(tmp_path.iterdir()) == []


def test_a_body_that_drips_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setattr(gate, "PATIENCE", 0.2)

    async def body():
        yield b"--x\r\n"
        await asyncio.sleep(30)

    began = time.monotonic()
    answer = asked(
        app_of(tmp_path),
        "POST",
        "/api/generate-motion",
        content=body(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 408
    assert answer.json()["error"]["code"] == "upload_slow"
    assert time.monotonic() - began < 10
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_nobody_takes_is_given_up(monkeypatch):
    monkeypatch.setattr(gate, "PATIENCE", 0.1)
    app = server.FastAPI()
    app.get("/")(lambda: server.Response(b"x"))
    server._say_errors(app)
    closed = gate.Gate(app, gate.Rules(TOKEN, frozenset({"engine"})), lambda: None)
    headers = [(b"host", b"engine"), (b"authorization", f"Bearer {TOKEN}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""}
    sent = []

    async def stuck(message) -> None:
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            await asyncio.sleep(60)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(asyncio.wait_for(closed(scope, receive, stuck), 20))
    assert sent == ["http.response.start", "http.response.body"]


def test_a_head_that_drips_and_silence_end_the_connection(monkeypatch, tmp_path):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 2)

    async def talk() -> list[bytes]:
        async def app(scope, receive, send):
            raise AssertionError("nothing was asked")

        config = uvicorn.Config(
            app, http=connection.Connection, ws="none", lifespan="off", log_config=None
        )
        uvicorn_server = uvicorn.Server(config)
        listening = socket.create_server(("127.0.0.1", 0))
        place = listening.getsockname()
        task = asyncio.create_task(uvicorn_server.serve(sockets=[listening]))
        while not uvicorn_server.started:
            await asyncio.sleep(0.01)
        links = [await asyncio.open_connection(*place) for _ in range(3)]
        links[0][1].write(b"GET / HTTP/1.1\r\nhost: slow")
        answers = []
        for reader, _ in links:
            try:
                answers.append(await asyncio.wait_for(reader.read(), 10))
            except ConnectionResetError:
                answers.append(b"")
        uvicorn_server.should_exit = True
        await task
        return answers

    assert asyncio.run(talk()) == [b"", b"", b""]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("song.mp3", "song.mp3"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\me\노래.ogg", "노래.ogg"),
        ("CON", "_CON"),
        ("nul.mp3", "_nul.mp3"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("LPT¹", "_LPT¹"),
        ("CONIN$", "_CONIN_"),
        ("song.mp3:stream", "song.mp3_stream"),
        ("dots...  ", "dots"),
        ("...", "song"),
        ("", "song"),
        ("a\x00b\n.mp3", "a_b_.mp3"),
        ("\ud800.mp3", "_.mp3"),
    ],
)
def test_names_of_uploads_mean_nothing_to_any_system(given, name):
    assert safe_name(given, "song") == name


def test_long_names_keep_their_ending_and_fit():
    name = safe_name("가" * 300 + ".mp3", "song")
    assert name.endswith("가.mp3")
    assert len(name.encode()) <= 120


@pytest.mark.parametrize("name", ["source", "clip-1.npz", "가" * 120 + ".mp3", "NUL", "../x"])
def test_a_song_of_any_name_is_taken(tmp_path, name):
    jobs = JobQueue(lambda: pytest.fail("no job should start"))
    files = {"audio_file": (name, b"0" * 99), "source_clip": ("c.npz", b"1")}
    answer = asked(
        app_of(tmp_path, jobs), "POST", "/api/generate-motion", files=files,
        data={"regenerate": "[1, 3]"},
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    job = jobs.get(answer.json()["job_id"])
    assert job.song.parent.parent == job.folder
    assert job.song.parent not in {job.clip_path(1).parent, job.source.parent}
    assert jobs.stored == 100


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "NaN",
        "[Infinity]",
        '"\\ud800"',
        "1" * 10_000,
        "1e999",
        "{",
        "nul",
        "\ufeff{}",
    ],
)
def test_json_that_bites_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


@pytest.mark.parametrize("path", ["/api/generation-status/%2e%2e%2fx", "/api/generation/..%00/clip",
                                  "/api/../../etc/passwd", "//evil.example/api/health",
                                  "/api/generation/x/clip?take=../../x"])  # fmt: skip
def test_ids_and_takes_are_looked_up_and_never_paths(port, path):
    assert told(spoken(port, head(port, path=path)))[0] == 404


@pytest.mark.parametrize("name", ["../models/kpop-mdm-3", "/etc", "..", "a/b", ".", "a\\..\\b", ""])
def test_a_model_is_a_name_and_no_path(name):
    with pytest.raises(ChoreoError, match="no model called"):
        open_model(name)


def test_files_and_folders_are_private(running):
    folders = list(Path(tempfile.gettempdir()).glob(f"{PREFIX}{running[0].pid}-*"))
    assert len(folders) == 1
    assert stat.S_IMODE(folders[0].stat().st_mode) == 0o700
    if sys.platform == "linux":
        status = Path(f"/proc/{running[0].pid}/status").read_text()
        assert "Umask:\t0077" in status


def test_links_laid_in_the_temporary_folder_are_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    precious = tmp_path / "precious"
    precious.mkdir()
    (tmp_path / f"{PREFIX}999999999-x").symlink_to(precious)
    (tmp_path / f"{PREFIX}999999998-x").mkdir()
    private_folder()
    assert precious.is_dir()
    assert not (tmp_path / f"{PREFIX}999999998-x").exists()


def test_living_processes_are_known_on_windows_too():
    class Kernel:
        def __init__(self, handle, code):
            self.handle, self.code, self.closed = handle, code, 0
            self.OpenProcess = lambda *_: self.handle
            self.OpenProcess.restype = None

        def GetExitCodeProcess(self, handle, code):
            ctypes.cast(code, ctypes.POINTER(ctypes.c_ulong)).contents.value = self.code
            return 1

        def GetLastError(self):
            return self.code

        def CloseHandle(self, handle):
            self.closed += 1

    running = Kernel(7, 259)
    assert alive_on_windows(1, running)
    assert running.closed == 1
    assert not alive_on_windows(1, Kernel(7, 0))
    assert alive_on_windows(1, Kernel(0, 5))  # another user's
    assert not alive_on_windows(1, Kernel(0, 87))
    assert alive(os.getpid())
    assert not alive(999_999_999)


def test_a_token_for_others_is_long_and_leaves_the_environment(monkeypatch):
    monkeypatch.setenv("KPOP_CHOREO_TOKEN", "a" * 16)
    assert read_token(short=True) == "a" * 16
    assert "KPOP_CHOREO_TOKEN" not in os.environ
    for token, short in (("a" * 16, False), ("a" * 15, True), ("é" * 20, True), ("a" * 257, True)):
        monkeypatch.setenv("KPOP_CHOREO_TOKEN", token)
        with pytest.raises(ChoreoError) as refused:
            read_token(short=short)
        assert refused.value.code == "token_missing"


def test_a_port_that_is_taken_is_told():
    with _listen(Place()) as taken:
        for place in (Place(port=taken.getsockname()[1]), Place("no.such.host.invalid"),
                      Place(port=99999)):  # fmt: skip
            with pytest.raises(ChoreoError, match="cannot listen") as refused:
                _listen(place)
            assert refused.value.code == "port_taken"


def test_the_token_is_never_in_the_log(tmp_path):
    log = tmp_path / "log"
    process = subprocess.Popen(
        [sys.executable, "-m", "engine", "-v", "serve", "--model", "debug"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("wb"), cwd=ROOT,
    )  # fmt: skip
    process.stdin.write(f"{TOKEN}\n".encode())
    process.stdin.flush()
    port = json.loads(process.stdout.readline())["port"]
    spoken(port, head(port, path=f"/api/x?token={TOKEN}"))
    spoken(port, b"\x00 nonsense " + TOKEN.encode() + b"\r\n\r\n")
    process.stdin.close()
    process.wait(20)
    written = log.read_text()
    assert "stdin ended" in written
    assert TOKEN not in written
    assert "Traceback" not in written


BANNED_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "yaml", "commands"}
BANNED_CALLS = {"eval", "exec", "compile", "os.system", "os.popen", "tempfile.mktemp",
                "subprocess.getoutput", "subprocess.getstatusoutput"}  # fmt: skip
EXTRACTING = {"extractall", "extract", "unpack_archive"}


def faults(node: ast.AST) -> list[str]:
    """What a node of a syntax tree does that nothing here may do."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = [] if node.level else [str(node.module)]
        return sorted({name.split(".")[0] for name in names} & BANNED_MODULES)
    if not isinstance(node, ast.Call):
        return []
    name = ast.unparse(node.func)
    given = {word.arg: ast.unparse(word.value) for word in node.keywords}
    wrong = {
        name: name in BANNED_CALLS,
        "a shell": given.get("shell", "False") != "False",
        "pickled arrays": name in ("np.load", "numpy.load")
        and given.get("allow_pickle") != "False",
        "pickled weights": name == "torch.load" and given.get("weights_only") != "True",
        "members not looked at": name.split(".")[-1] in EXTRACTING and "filter" not in given,
        "a command line, no list": name.startswith("subprocess.")
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant | ast.JoinedStr),
    }
    return [what for what, found in wrong.items() if found]


def test_no_pickle_no_shell_no_blind_extraction():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {', '.join(faults(node))}"
        for path in ALL_CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if faults(node)
    ]
    assert not found
    assert len(ALL_CODE) > 300


@pytest.mark.parametrize(
    "code",
    ["import pickle", "from yaml import load", "np.load(p)", "np.load(p, allow_pickle=True)",
     "torch.load(p)", "os.system('x')", "subprocess.run('ls', shell=True)", "eval(x)",
     "subprocess.run(f'rm {x}')", "tar.extractall(x)", "shutil.unpack_archive(x)"],
)  # fmt: skip
def test_that_test_sees_what_it_looks_for(code):
    assert any(faults(node) for node in ast.walk(ast.parse(code)))


def test_the_log_drops_lines_that_nobody_drains():

    records: queue.Queue = queue.Queue(2)
    logger = logging.Logger("full")
    logger.addHandler(_Dropping(records))
    for number in range(5):
        logger.warning("line %d", number)
    assert records.qsize() == 2


@pytest.mark.skipif(not Path("/usr/bin/openssl").exists(), reason="makes a certificate by openssl")
def test_https_and_a_certificate_that_is_none(tmp_path):
    made = tmp_path / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", made, "-out",
         tmp_path / "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    cert = tmp_path / "cert.pem"
    with engine("--model", "debug", "--certificate", str(cert), "--key", str(made)) as started:
        trusted = ssl.create_default_context(cafile=cert)
        answer = httpx.get(
            f"https://localhost:{started[1]['port']}/api/health",
            headers={"Authorization": f"Bearer {TOKEN}"}, verify=trusted, trust_env=False,
        )  # fmt: skip
        assert answer.json()["status"] == "ok"
    with engine("--model", "debug", "--certificate", str(made)) as (process, shake, _):
        assert shake["error"]["code"] == "certificate_unusable"
        assert process.wait(20) == 1
