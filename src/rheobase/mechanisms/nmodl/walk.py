"""Steps through a syntax tree that don't care what its nodes mean."""

from collections.abc import Iterable, Iterator
from typing import Any

from rheobase.mechanisms.nmodl import syntax
from rheobase.mechanisms.nmodl.syntax import Body, File

_PLACES = frozenset(["place", "suffix_place"])


_known: dict[type, tuple[str, ...]] = {}


def _parts(node: Any) -> tuple[str, ...]:
    """The names of a node's fields but for its place."""
    kind = type(node)
    if kind not in _known:
        _known[kind] = tuple(name for name in getattr(kind, "__slots__", ()) if name not in _PLACES)
    return _known[kind]


def children(node: Any) -> Iterator[Any]:
    """The expressions and statements directly within one."""
    waiting = [getattr(node, name) for name in reversed(_parts(node))]
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple):
            waiting.extend(reversed(value))
        elif not isinstance(value, str | int | float | None):
            yield value


def within(nodes: Iterable[Any]) -> Iterator[Any]:
    """Each of `nodes` and everything within it, in the order of the text."""
    waiting = list(nodes)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(list(children(node))[::-1])


def depth(nodes: Iterable[Any], limit: int) -> Any:
    """The first node found more than `limit` levels deep, or None."""
    waiting = [(node, 1) for node in nodes]
    while waiting:
        node, level = waiting.pop()
        if level > limit:
            return node
        waiting.extend((child, level + 1) for child in children(node))
    return None


def unplaced(node: Any) -> Any:
    """A node as nested tuples that are equal wherever the nodes stand."""
    if isinstance(node, tuple):
        return tuple(unplaced(one) for one in node)
    names = _parts(node)
    return (type(node).__name__, *(unplaced(getattr(node, name)) for name in names)) if names else node


def bodies(file: File) -> Iterator[tuple[syntax.Block, Body]]:
    """Each block of a file with its statements, in the order that NEURON knows them."""
    for block in (file.initial, file.breakpoint, *file.blocks, file.net_receive):
        if block is not None:
            yield block, block.body
