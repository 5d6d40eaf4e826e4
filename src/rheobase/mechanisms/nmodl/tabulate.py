"""TABLE, where it is asked for: what a FUNCTION or PROCEDURE gives, at points computed once a run, and lines between.

Outside of the table its end values hold, as in NEURON. Derivatives are those of the lines.
"""

from typing import Any

import jax.numpy as jnp

from rheobase.mechanisms.nmodl.arithmetic import Value, is_known
from rheobase.mechanisms.nmodl.evaluate import evaluate, invoke, value_of
from rheobase.mechanisms.nmodl.scope import Scope, error_at
from rheobase.mechanisms.nmodl.syntax import Block, File, Table


def tabulated(file: File) -> frozenset[str]:
    """The blocks of one argument that have a TABLE."""
    return frozenset(b.name for b in file.blocks if len(b.arguments) == 1 and _table(b) is not None)


def table_values(block: Block, scope: Scope) -> dict[str, Any]:
    """The values of a block's table by name in `p`, `(points, instances)`. **Arguments:** a scope without tables."""
    table = _required(block)
    first, last = evaluate(table.first, scope), evaluate(table.last, scope)
    count = _intervals(table, scope)
    steps = jnp.arange(count + 1).reshape((-1,) + (1,) * len(scope.shape))
    points = first + (last - first) * steps / count
    scope.shape = (count + 1, *scope.shape)
    value = invoke(block, [points], scope, block.place)
    if not table.names:
        return {_name(block, block.name): scope.array(value)}
    keys = [key for name in table.names for key in scope.keys(name)]
    return {_name(block, key): scope.array(scope.read(key)) for key in keys}


def looked_up(block: Block, argument: Value, scope: Scope) -> Value:
    """What `invoke` gives, from the table: the names that it lists are set, and no others."""
    table = _required(block)
    first, last = evaluate(table.first, scope), evaluate(table.last, scope)
    count = _intervals(table, scope)
    position = jnp.clip((scope.array(argument) - first) / (last - first) * count, 0, count)
    below = jnp.clip(jnp.floor(position), 0, count - 1)
    fraction, place = position - below, below.astype(int)[None]

    def value(key: str) -> Any:
        values = getattr(scope.p, _name(block, key))
        missing = (1,) * (1 + len(scope.shape) - values.ndim)
        values = jnp.broadcast_to(values.reshape(count + 1, *missing, *values.shape[1:]), (count + 1, *scope.shape))
        low, high = (jnp.take_along_axis(values, place + k, axis=0)[0] for k in (0, 1))
        return low + fraction * (high - low)

    if not table.names:
        return value(block.name)
    for key in [key for name in table.names for key in scope.keys(name)]:
        scope[key] = value(key)
    return 0.0


def _table(block: Block) -> Table | None:
    return next((statement for statement in block.body if isinstance(statement, Table)), None)


def _required(block: Block) -> Table:
    table = _table(block)
    if table is None:
        raise error_at(f"{block.name} has no TABLE", block.place)
    return table


def _intervals(table: Table, scope: Scope) -> int:
    count = value_of(table.count, scope)
    if not is_known(count) or not 1 <= count <= 1_000_000:
        raise error_at("the number of a TABLE's intervals must be a number from 1 to 1000000", table.place)
    return int(count)


def _name(block: Block, key: str) -> str:
    return f"table of {block.name}: {key}"
