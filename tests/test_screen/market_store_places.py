"""The same store in a folder and in a bucket of moto's server on loopback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from screen.market.store import MarketStore

KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}

NewStore = Callable[[], MarketStore]


@pytest.fixture(scope="module")
def object_host() -> Iterator[str]:
    """Address of an S3 host on loopback with the bucket ``weekly``."""
    s3fs = pytest.importorskip("s3fs", reason="needs s3fs: pip install supply-screen[s3]")
    server_module = pytest.importorskip("moto.server", reason="needs moto[s3] and flask")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    region = {"region_name": "us-east-1"}
    host_files = s3fs.S3FileSystem(endpoint_url=address, key="k", secret="s", client_kwargs=region)
    host_files.call_s3("create_bucket", Bucket="weekly")
    yield address
    server.stop()


@pytest.fixture
def object_environment(object_host: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The AWS_* environment of that host."""
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": object_host}.items():
        monkeypatch.setenv(name, value)
    return object_host


@pytest.fixture(params=["folder", pytest.param("objects", marks=pytest.mark.slow)])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> NewStore:
    """Opens the same store again and again, as other processes would."""
    if request.param == "folder":
        return lambda: MarketStore(tmp_path / "market store")
    request.getfixturevalue("object_environment")
    address = f"s3://weekly/{tmp_path.name}/market store"
    return lambda: MarketStore(address)
