"""Runs a function in a process of its own, for libraries whose state lasts as long as a process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


def in_fresh_process(
    function: Callable[Arguments, Value], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Value:
    """Call a module's function in a new Python and return what it returns; what it raises is raised here.

    Live NEURON needs this: sections, mechanisms and global parameters would else leak from case to case.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments, **named).result()
