"""Checks the shapes in the engine's signatures while its tests run."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

import pytest
from jaxtyping import install_import_hook

install_import_hook("engine", "beartype.beartype")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Nothing of the user's is read or written: neither corrections nor analyses."""
    os.environ["KPOP_CHOREO_CACHE"] = str(tmp_path_factory.mktemp("cache"))
