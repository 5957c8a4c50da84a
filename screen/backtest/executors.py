"""Where blocks run: in this process, on the cores of this machine, or on a Dask cluster; one interface.

All three are `concurrent.futures.Executor`, so the backtest does not know which it has.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, ParamSpec, TypeVar, cast

from exposures.errors import NetworkError, UsageError

__all__ = ["SerialExecutor", "open_executor"]

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_SECONDS = 10
"""Longer than any scheduler on a reachable network takes to answer."""

ADDRESS = re.compile(r"[a-z]+://[^\s/]+:\d{1,5}")

ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Worker processes share the cores by themselves; threads of theirs would only wait for each other."""


class SerialExecutor(Executor):
    """Runs each call at once, in the caller's thread."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call `fn` and return its finished future; what it raises is raised by ``result()``."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            if not isinstance(error, Exception):
                raise
            future.set_exception(error)
        return future


@contextmanager
def open_executor(*, workers: int, scheduler: str | None) -> Iterator[Executor]:
    """Yield an executor and close it.

    Parameters
    ----------
    workers
        Processes on this machine; 1 runs in this process. Ignored with a scheduler.
    scheduler
        Address of a Dask scheduler, ``tcp://host:port``.

    Raises
    ------
    UsageError
        `distributed` is not installed, or the address is none.
    NetworkError
        No scheduler answers.
    """
    if scheduler is not None:
        with _dask(scheduler) as executor:
            yield executor
    elif workers == 1:
        yield SerialExecutor()
    else:
        with _one_thread_each(), ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield pool


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Worker processes start with the environment of this moment; this process keeps its own threads."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    try:
        import distributed
    except ImportError as error:
        raise UsageError(
            "--scheduler needs the package distributed, which is not installed.",
            fix="Install supply-screen[dask].",
        ) from error
    if not ADDRESS.fullmatch(address):
        # refused here: a client that was given no address leaves a thread that complains when Python ends
        raise UsageError(f'--scheduler "{address}" is not an address.', fix="Give it as tcp://host:8786.")
    try:
        client = cast("Any", distributed).Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except ValueError as error:
        raise UsageError(
            f'--scheduler "{address}" is not an address: {error}.', fix="Give it as tcp://host:8786."
        ) from error
    except OSError as error:  # a timeout is one
        raise NetworkError(
            f"no Dask scheduler answers at {address}: {error}.",
            fix='Start one with "dask scheduler", and workers with "dask worker ADDRESS".',
        ) from error
    try:
        executor: Executor = client.get_executor(pure=False)
        yield executor
        executor.shutdown()
    finally:
        client.close()
