"""Which modules Python itself brings, by its version and its system."""

from __future__ import annotations

import sys

from zip_targets import Target

LEFT = {
    "3.12": "asynchat asyncore distutils imp smtpd",
    "3.13": "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib "
    "ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib",
}
"""Python version to what left its library with it (PEP 594, 632)."""
CAME = {"3.13": "_interpchannels _interpqueues _interpreters", "3.14": "annotationlib compression"}
UNIX = "crypt curses fcntl grp nis ossaudiodev posix pty pwd readline resource spwd syslog tty"
UNIX += " termios"
NT = "msilib msvcrt nt winreg winsound _winapi"


def standard_library(target: Target) -> set[str]:
    """Top-level modules that Python brings there."""
    version = _numbers(target.python)
    names = set(sys.stdlib_module_names)
    for words in (*LEFT.values(), *CAME.values()):
        names |= set(words.split())
    for when, words in LEFT.items():
        names -= set(words.split()) if version >= _numbers(when) else set()
    for when, words in CAME.items():
        names -= set(words.split()) if version < _numbers(when) else set()
    return names - set((UNIX if target.system.os_name == "nt" else NT).split())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
