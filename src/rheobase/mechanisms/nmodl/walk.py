"""Steps through a syntax tree that don't care what its nodes mean."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from rheobase.mechanisms.nmodl import syntax
from rheobase.mechanisms.nmodl.syntax import Body, Expression, File, Statement


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name != "place") if is_dataclass(kind) else ()


def children(node: Any) -> Iterator[Any]:
    """The expressions and statements directly within one."""
    waiting = [getattr(node, name) for name in reversed(_names(type(node)))]
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple):
            waiting.extend(reversed(value))
        elif not isinstance(value, str | int | float | None):
            yield value


def within(nodes: Iterable[Statement | Expression]) -> Iterator[Statement | Expression]:
    """Each of `nodes` and everything within it, in the order of the text."""
    waiting = list(nodes)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(list(children(node))[::-1])


def depth(nodes: Iterable[Statement | Expression], limit: int) -> Statement | Expression | None:
    """The first node found more than `limit` levels deep, or None."""
    waiting = [(node, 1) for node in nodes]
    while waiting:
        node, level = waiting.pop()
        if level > limit:
            return node
        waiting.extend((child, level + 1) for child in children(node))
    return None


def bodies(file: File) -> Iterator[tuple[syntax.Block, Body]]:
    """Each block of a file with its statements, in the order that NEURON knows them."""
    for block in (file.initial, file.breakpoint, *file.blocks, file.net_receive):
        if block is not None:
            yield block, block.body
