"""Tests every link of the engine's set-up in this very process: ``python -m engine doctor``.

This module and those of its checks import the standard library alone, and the engine only within
a check: a package that is missing or broken is a finding and not the end.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import logging
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

from engine.doctor_dance import check_codecs, check_dance, check_server
from engine.doctor_machine import check_disk, check_memory, check_port
from engine.doctor_setup import check_device, check_packages, check_python, check_weights
from engine.errors import ChoreoError
from engine.findings import OK, PROBLEM, SKIPPED, Asked, Check, Finding, bad, of_error

log = logging.getLogger(__name__)

CHECKS: dict[str, Check] = {
    "python": check_python,
    "packages": check_packages,
    "weights": check_weights,
    "device": check_device,
    "memory": check_memory,
    "disk": check_disk,
    "codecs": check_codecs,
    "port": check_port,
    "server": check_server,
    "dance": check_dance,
}
"""Every link in the order in which one hangs on another; ``core/doctor.py`` has their titles."""

Tell = Callable[[dict[str, Any]], None]


def examine(asked: Asked, tell: Tell, skip: Collection[str] = ()) -> int:
    """Runs the checks and tells each step as an event; returns the number of problems.

    Events: ``checking`` with the name of a ``check`` before it begins, ``finding``, and ``done``
    at the end. So whoever listens knows at which link this process crashed or hangs.
    """
    problems = 0
    faulthandler.enable()
    with contextlib.redirect_stdout(sys.stderr):
        for name, check in CHECKS.items():
            if name in skip:
                continue
            tell({"event": "checking", "check": name})
            for finding in _findings(check, asked):
                problems += finding.level == PROBLEM
                tell(replace(finding, check=name).as_event())
    tell({"event": "done", "problems": problems})
    return problems


def _findings(check: Check, asked: Asked) -> Iterator[Finding]:
    """What a check finds, and what becomes of it when it cannot be done."""
    try:
        yield from check(asked)
    except ChoreoError as error:
        yield of_error(error)
    except ImportError as error:  # "packages" has named what is missing
        log.exception("not imported")
        lacks = error.name or "a package"
        yield Finding(SKIPPED, f"Not tested: {lacks} cannot be imported.", code="not_tested")
    except MemoryError:
        yield bad(
            "out_of_memory",
            "The engine ran out of memory.",
            "Close other programs, or choose a shorter range of the song.",
        )
    except Exception as error:  # whatever it is, the other links are tested too
        log.exception("the check failed")
        yield bad(
            "check_failed",
            f"The test failed ({type(error).__name__}: {error}).",
            "Install K-Pop Choreo again; if it stays so, send us the report.",
        )


def as_json(event: dict[str, Any]) -> None:
    """Prints an event as a line of JSON."""
    sys.__stdout__.write(json.dumps(event) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


def as_text(event: dict[str, Any]) -> None:
    """Prints a finding for people: what, how it stands, and what to do."""
    if event["event"] != "finding":
        return
    out = [f"{event['level']:8} {event['check']:9} {event['message']}"]
    if event["level"] != OK:
        out += [f"{'':18} {line}" for line in (event["remedy"], event["detail"]) if line]
    print("\n".join(out), file=sys.__stdout__, flush=True)
