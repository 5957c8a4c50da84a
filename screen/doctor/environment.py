"""The machine: proxy and certificate variables, free disk space."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from screen.doctor.check import Check

__all__ = ["disk_check", "disk_checks", "proxy_checks"]

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
CERTIFICATES = ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")

WARN_BYTES = 2**30
"""1 GiB: ten years of a theme of 60 take some 10 MB, 1,000 names some 200 MB; a compaction doubles that."""

FAIL_BYTES = 100 * 2**20
"""100 MiB: the next pull of a large theme may not fit."""


def proxy_checks(environment: Mapping[str, str]) -> list[Check]:
    """Return the proxy variables in force, passwords left out, and certificate files that do not exist."""
    found = {}
    for name in PROXIES:
        value = environment.get(name) or environment.get(name.lower())
        if value:
            found[name] = value if name == "NO_PROXY" else _without_password(value)
    words = ", ".join(f"{name}={value}" for name, value in found.items())
    rows = [Check("proxy", "variables", "ok", words or "none set: hosts are asked directly")]
    for name in CERTIFICATES:
        value = environment.get(name)
        if value and not Path(value).exists():
            fix = "Unset it, or give the path of a certificate file."
            rows.append(Check("proxy", name, "warn", f'"{value}" does not exist', fix))
    return rows


def _without_password(address: str) -> str:
    parts = urlsplit(address if "://" in address else f"http://{address}")
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not an address)"
    login = "***@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{login}{parts.hostname or ''}{port}"


def disk_checks(folders: Mapping[str, Path]) -> list[Check]:
    """Return the free space behind each folder; a folder that is not there yet counts as its nearest parent.

    A path on which a file stands, or below one, fails: nothing could be written there.

    Parameters
    ----------
    folders
        Name for people -> folder.
    """
    return [
        _file_check(name, there)
        if (there := _nearest(folder)).is_file()
        else disk_check(name, folder, _free(there))
        for name, folder in folders.items()
    ]


def _file_check(name: str, there: Path) -> Check:
    return Check("disk", name, "fail", f"{there} is a file", f"Name another folder as {name}.")


def disk_check(name: str, folder: Path, free: int | None) -> Check:
    """Return the verdict on `free` bytes; None when they cannot be read."""
    if free is None:
        return Check("disk", name, "warn", f"{folder}: free space cannot be read", "Check its permissions.")
    found = f"{_size(free)} free at {folder}"
    if free < FAIL_BYTES:
        return Check("disk", name, "fail", found, f"Free space: less than {_size(FAIL_BYTES)} is left.")
    if free < WARN_BYTES:
        return Check("disk", name, "warn", found, f"Free space: less than {_size(WARN_BYTES)} is left.")
    return Check("disk", name, "ok", found)


def _nearest(folder: Path) -> Path:
    """Return `folder`, or the nearest parent that is there."""
    there = folder.absolute()
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    return there


def _free(there: Path) -> int | None:
    try:
        return shutil.disk_usage(there).free
    except OSError:
        return None


def _size(count: int) -> str:
    gib = count / 2**30
    return f"{gib:.1f} GiB" if gib >= 1 else f"{count / 2**20:.0f} MiB"
