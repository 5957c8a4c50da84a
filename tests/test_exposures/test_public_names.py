from __future__ import annotations

import subprocess
import sys

import pytest

import exposures


def test_every_public_name_can_be_imported() -> None:
    assert exposures.__all__ == sorted(exposures.__all__)
    for name in exposures.__all__:
        assert getattr(exposures, name) is not None
    assert set(exposures.__all__) <= set(dir(exposures))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        exposures.no_such_name  # noqa: B018


def test_importing_the_error_tree_does_not_load_polars() -> None:
    code = "import sys, exposures.errors; print('polars' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
