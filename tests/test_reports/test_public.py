"""The public names of the package, and that importing it stays light."""

from __future__ import annotations

import subprocess
import sys

import pytest

import reports


def test_every_public_name_loads() -> None:
    assert len(reports.__all__) == len(set(reports.__all__))
    assert all(getattr(reports, name) is not None for name in reports.__all__)
    assert set(reports.__all__) == set(reports._MODULES)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'renderer'"):
        _ = reports.renderer


def test_importing_the_package_loads_no_data_library() -> None:
    code = "import sys, reports; print([m for m in ('polars', 'numpy', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
