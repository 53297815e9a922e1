"""The long tests inside Blender share the fixtures of the short ones."""

from tests.blender.conftest import *  # noqa: F403
from tests.blender.conftest import pytest_sessionfinish, pytest_unconfigure  # noqa: F401
