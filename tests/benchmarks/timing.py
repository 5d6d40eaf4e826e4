"""How times are taken."""

from collections.abc import Callable
from time import perf_counter
from typing import Any


def best_of(run: Callable[[], Any], repeats: int = 7) -> float:
    """The shortest of some runs after a first that does not count, in seconds: what the machine can do undisturbed."""
    run()
    times = []
    for _ in range(repeats):
        began = perf_counter()
        run()
        times.append(perf_counter() - began)
    return min(times)


def once(run: Callable[[], Any]) -> float:
    """The time of a single run, in seconds."""
    began = perf_counter()
    run()
    return perf_counter() - began
