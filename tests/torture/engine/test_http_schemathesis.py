"""Schemathesis reads the engine's own OpenAPI page and tries what fits it, and what does not."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.http_attacks import resident
from tests.torture.engine.test_http_fuzz import GROWTH_MB, ROOT, TOKEN, logged_engine

EXAMPLES = int(os.environ.get("TORTURE_EXAMPLES", "1000"))
"""For each of ten calls, so about ten thousand requests."""
TOOL = Path(os.environ.get("SCHEMATHESIS", ROOT / ".venv-torture" / "bin" / "schemathesis"))
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "ignored_auth",
)  # fmt: skip


@pytest.mark.skipif(not TOOL.exists(), reason="requirements/torture.txt is not installed")
def test_every_call_keeps_its_promises(tmp_path, capsys):
    with logged_engine(tmp_path / "log") as (process, port):
        before = resident(process.pid)
        done = subprocess.run(
            [
                TOOL, "run", f"http://127.0.0.1:{port}/api/openapi.json",
                "--header", f"Authorization: Bearer {TOKEN}", "--checks", ",".join(CHECKS),
                "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color",
                "--request-timeout", "30", "--continue-on-failure", "--no-shrink",
                "--generation-database", "none", "--suppress-health-check", "all",
            ],
            cwd=tmp_path, capture_output=True, text=True, timeout=3600,
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
        )  # fmt: skip
        grown = resident(process.pid) - before
        log = (tmp_path / "log").read_text()
        cases = re.findall(r"(\d+) (?:generated|test cases)", done.stdout)
        with capsys.disabled():
            print(f"\n{cases} requests, memory {before:.0f} MB + {grown:.0f} MB")
        assert done.returncode == 0, done.stdout[-8000:]
        assert process.poll() is None
        assert "Traceback" not in log, log[-5000:]
        assert grown < GROWTH_MB
