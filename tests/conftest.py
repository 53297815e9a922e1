"""What holds for all tests."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Nothing of the user's is read or written: neither corrections nor analyses."""
    os.environ["KPOP_CHOREO_CACHE"] = str(tmp_path_factory.mktemp("cache"))
