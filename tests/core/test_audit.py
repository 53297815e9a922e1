"""tools/audit.py against a database of our own."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tools.audit import Pin, Unreachable, ask, judge, read_exceptions, read_pins

ROOT = Path(__file__).parents[2]
TODAY = datetime.date(2027, 1, 1)
EXCEPTION = '[[exception]]\nid = "GHSA-1"\nreason = "not called"\nuntil = {}\n'


@pytest.fixture
def database():
    """A database that knows something against the package ``bad`` below version 2."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            asked.append(queries)
            rows = [
                {"vulns": [{"id": "GHSA-1"}]}
                if (query["package"]["name"], query["version"]) == ("bad", "1.0")
                else {}
                for query in queries
            ]
            body = json.dumps({"results": rows}).encode()
            if self.path != "/v1/querybatch":
                body = b"[]"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def run(database: str, lock: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "lock.txt").write_text(lock)
    command = [sys.executable, "tools/audit.py", str(folder / "lock.txt"), "--database", database]
    return subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True)


def test_one_question_for_all_pins_and_a_failure_for_what_is_known(database, tmp_path):
    url, asked = database
    lock = "Bad==1.0 ; python_version < '3.14' \\\n  --hash=sha256:00\ngood[x]==3.1+cpu\n# bad==9\n"
    done = run(url, lock, tmp_path)
    assert done.returncode == 1
    assert "bad 1.0: GHSA-1" in done.stdout
    assert [[query["package"]["name"] for query in row] for row in asked] == [["bad", "good"]]
    assert run(url, "bad==2.0", tmp_path).returncode == 0


@pytest.mark.parametrize(("until", "code"), [("2999-01-01", 0), ("2020-01-01", 1)])
def test_an_exception_has_a_date(database, tmp_path, until, code):
    excepted = tmp_path / "exceptions.toml"
    excepted.write_text(EXCEPTION.format(until))
    done = run(database[0], "bad==1.0", tmp_path, "--exceptions", str(excepted))
    assert done.returncode == code, done.stdout
    unused = run(database[0], "good==1.0", tmp_path, "--exceptions", str(excepted))
    assert unused.returncode == 1
    assert "no longer known" in unused.stdout


def test_without_a_network_it_says_so_and_fails_only_when_asked(tmp_path):
    for more, code in (((), 0), (("--strict",), 2)):
        done = run("http://127.0.0.1:1", "bad==1.0", tmp_path, *more)
        assert done.returncode == code
        assert "NOT AUDITED" in done.stderr


def test_an_answer_that_cannot_be_read_is_no_answer(database):
    with pytest.raises(Unreachable):
        ask([Pin("a", "1")], f"{database[0]}/elsewhere")


def test_our_own_locks_are_read_and_our_exceptions_hold():
    pins = read_pins((ROOT / "requirements").glob("*.txt"))
    names = {pin.name for pin in pins}
    assert {"fastapi", "starlette", "uvicorn", "h11", "python-multipart", "bpy", "torch"} <= names
    assert len(pins) > 80
    excepted = read_exceptions(ROOT / "requirements" / "audit-exceptions.toml")
    assert all(row.reason for row in excepted.values())
    assert judge({}, {}, TODAY) == []
