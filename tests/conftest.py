"""Shared guards: no socket leaves this machine, and what a fresh machine lacks is named when skipped."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# `make test` draws the same examples everywhere; HYPOTHESIS_PROFILE=explore draws new ones each time.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

REPO = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def shared_folder() -> Path:
    """The folder of shared inputs beside the repository, or SCREEN_SHARED."""
    return Path(os.environ.get("SCREEN_SHARED") or REPO.parent / "shared")


@pytest.fixture(scope="session")
def market_pack() -> Path:
    """The real market data pack; the test is skipped, with the reason, where it is absent."""
    folder = shared_folder() / "market"
    if not (folder / "prices.parquet").exists():
        pytest.skip(f"needs the real market data pack at {folder} (set SCREEN_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0] if isinstance(address, tuple) else address
            if host not in LOOPBACK:
                raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads the developer's own settings, cache or store."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    for name in list(os.environ):
        if name.startswith("SCREEN_") and name != "SCREEN_SHARED":
            monkeypatch.delenv(name)
