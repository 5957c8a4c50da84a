"""The wheel, built through the sdist and installed alone, runs the sample from /."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

REPO = Path(__file__).resolve().parents[2]


def _run(command: list[str], **more: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done  # type: ignore[no-any-return]


@pytest.mark.slow
def test_wheel_runs_the_sample_from_the_root_folder(tmp_path: Path) -> None:
    _run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)], cwd=REPO)
    sdist = next(tmp_path.glob("*.tar.gz"))
    _run(["tar", "xzf", str(sdist), "-C", str(tmp_path)])
    source = tmp_path / sdist.name.removesuffix(".tar.gz")
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=source)
    wheel = next(tmp_path.glob("*.whl"))
    names = ZipFile(wheel).namelist()
    assert {n.split("/")[0] for n in names if not n.startswith("supply_screen-")} == {
        "screen", "exposures", "models", "reports",
    }  # fmt: skip
    assert any(n.startswith("exposures/data/multicloud-gpu/") for n in names)

    home = tmp_path / "env"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    _run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)])
    # The dependencies come from the development environment; its editable install does not, because
    # .pth files are read in site folders only.
    env = {"PYTHONPATH": sysconfig.get_path("purelib"), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    out = tmp_path / "out"
    command = [str(home / "bin" / "screen"), "run", "--source", "sample", "--out", str(out)]
    done = _run(command, cwd="/", env=env)
    assert "SIMULATED" in done.stdout
    assert list(out.glob("sample/screens/theme=multicloud-gpu/as_of=*/part-0.parquet"))
    where = _run([str(python), "-c", "import screen; print(screen.__file__)"], cwd="/", env=env).stdout
    assert str(home) in where
