"""The variables of one evaluation of NMODL, by key, and how it got to where it is.

A `Scope` holds the variables by key: `"m"`; `"ca[0]"` for an element of an array; `"m'"` and `"ca[0]'"` for the rates
that a DERIVATIVE assigns. `scope["m"]` gives an array or a number and `scope["m"] = x` sets it; `scope.copy()` is
independent of the first. Statements that only some blocks know, and calls with an effect outside, go to
`scope.handlers`, by the statement's class or the call's name: `handlers[Reaction] = lambda statement, scope: ...`.
`scope.mask` is where the present path is taken, None for everywhere: what a handler adds up must be masked by it; what
it assigns need not be.

A scope that is `abstract` looks through a file without arrays: it records which variables are read before they are
surely written, which are written, and which fixed values meet others.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp

from rheobase.mechanisms.nmodl.arithmetic import UNKNOWN, Fixed, Path, Value, compute
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.syntax import (
    Block,
    File,
    Place,
)

UNROLL_LIMIT = 10_000
"""Passes through known loops in one evaluation of a block."""


@dataclass(frozen=True)
class Context:
    """What all scopes of a mechanism share.

    **Fields:**

    - `file`; `lengths` of its arrays; `constants`; `blocks`, those that can be called, by name.
    - `long`: arrays kept whole (see `long_arrays`).
    - `tabulated`: blocks of which the TABLE is used; `tables`: functions given for FUNCTION_TABLEs.
    - `hoisted`: the names by which fixed values are found in `p`.
    """

    file: File
    lengths: Mapping[str, int]
    constants: Mapping[str, float]
    blocks: Mapping[str, Block]
    long: frozenset[str] = frozenset()
    tabulated: frozenset[str] = frozenset()
    tables: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    hoisted: Mapping[Fixed, str] = field(default_factory=dict)


class Scope:
    """The variables of one evaluation, and how it got to where it is.

    **Arguments:** the `context`; `values` by key; `p`, the parameters as attributes, None in an abstract scope;
    `shape` of the arrays.

    **Fields:** `entry`, the values that it began with, where what depends on them is sought.
    """

    def __init__(self, context: Context, values: dict[str, Value], p: Any = None, shape: tuple[int, ...] = ()) -> None:
        self.context = context
        self.values = values
        self.p = p
        self.shape = shape
        self.handlers: dict[Any, Callable[..., Any]] = {}
        self.read_first: set[str] = set()
        self.written: set[str] = set()
        self.forced: dict[Fixed, None] = {}
        self.passes = [0]
        self.absent_is_zero = p is not None
        self.entry: dict[str, Value] | None = None
        self._frames: tuple[dict[str, str], ...] = ()
        self._lengths: dict[str, int] = {}
        self._calls: tuple[str, ...] = ()
        self._count = [0]
        self._path = Path(None, None, self.force)

    @property
    def abstract(self) -> bool:
        """Whether it only looks."""
        return self.p is None

    @property
    def mask(self) -> Any:
        """Where the present path is taken, an array of booleans; None for everywhere."""
        return None if self._path.taken is None else self.force(self._path.taken)

    def __getitem__(self, key: str) -> Any:
        return self.force(self.read(key))

    def __setitem__(self, key: str, value: Value) -> None:
        self.values[key] = value
        self.written.add(key)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def copy(self) -> "Scope":
        """Another of the same values, path and handlers, whose changes leave this one alone."""
        other = Scope(self.context, dict(self.values), self.p, self.shape)
        other.handlers = dict(self.handlers)
        other.read_first, other.written, other.forced = self.read_first, self.written, self.forced
        other.absent_is_zero, other.passes, other._count = self.absent_is_zero, self.passes, self._count
        other.entry = self.entry
        other._frames, other._lengths, other._calls = self._frames, self._lengths, self._calls
        other._path = self._path._replace(force=other.force)
        return other

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of a variable: its elements', or its own."""
        length = 0 if name in self.context.long else self.context.lengths.get(name, 0)
        return tuple(f"{name}[{k}]" for k in range(length)) if length else (name,)

    def read(self, key: str) -> Value:
        """The value under a key; zero, as memory starts, for what has none yet."""
        if key in self.values:
            return self.values[key]
        if self.absent_is_zero:
            return 0.0
        self.read_first.add(key)
        return UNKNOWN

    def apply(self, operation: str, *operands: Value) -> Value:
        """An operation of `arithmetic` on values of any kind, guarded where the path is not taken."""
        return self._path.apply(operation, *operands)

    def force(self, value: Value) -> Any:
        """A number or array."""
        if not isinstance(value, Fixed):
            return value
        if self.abstract:
            self.forced[value] = None
            return UNKNOWN
        name = self.context.hoisted.get(value)
        if name is not None and hasattr(self.p, name):
            return getattr(self.p, name)
        return compute_fixed(value, self.p, self.force)

    def array(self, value: Value) -> Any:
        """A number or array of doubles, in the shape of the instances."""
        value = self.force(value)
        if value is UNKNOWN:
            return UNKNOWN
        value = jnp.stack([self.array(x) for x in value]) if isinstance(value, tuple) else jnp.asarray(value, float)
        longer = value.shape[: max(value.ndim - len(self.shape), 0)]
        return jnp.broadcast_to(value, (*longer, *self.shape))

    def resolve(self, name: str, place: Place) -> tuple[str, int]:
        """The key and the length of a name: of a LOCAL or an argument, or of the file's variable."""
        for frame in reversed(self._frames):
            if name in frame:
                key = frame[name]
                return key, self._lengths.get(key, 0)
        return name, self.context.lengths.get(name, 0)

    @contextmanager
    def frame(self, names: Mapping[str, Value] | None = None, call: str = "") -> Iterator[dict[str, str]]:
        """A block of its own LOCALs; with `call`, one that sees no LOCALs of its caller."""
        frames, calls = self._frames, self._calls
        own = {name: self._fresh(name) for name in names or ()}
        for name, value in (names or {}).items():
            self.values[own[name]] = value
        self._frames = (own,) if call else (*frames, own)
        if call:
            self._calls = (*calls, call)
        try:
            yield own
        finally:
            for key in own.values():
                for k in (key, *(f"{key}[{j}]" for j in range(self._lengths.get(key, 0)))):
                    self.values.pop(k, None)
            self._frames, self._calls = frames, calls

    def declare(self, name: str, length: int) -> None:
        """A LOCAL in the innermost block."""
        key = self._frames[-1][name] = self._fresh(name)
        if length:
            self._lengths[key] = length
        for k in [f"{key}[{j}]" for j in range(length)] if length else [key]:
            self.values[k] = 0.0

    def calling(self, name: str) -> bool:
        """Whether a block is being called."""
        return name in self._calls

    @contextmanager
    def path(self, condition: Value) -> Iterator[None]:
        """A stretch that is reached where `condition` holds too."""
        before = self._path
        taken = condition if before.taken is None else self.apply("and", before.taken, condition)
        fixed = before.fixed
        if isinstance(condition, Fixed):
            fixed = condition if fixed is None else Fixed("and", (fixed, condition))
        self._path = Path(taken, fixed, self.force)
        try:
            yield
        finally:
            self._path = before

    def _fresh(self, name: str) -> str:
        self._count[0] += 1
        return f"{name}@{self._count[0]}"


def compute_fixed(value: Fixed, p: Any, force: Callable[[Value], Any]) -> Any:
    """A fixed value from the parameters `p`, its operands by `force`."""
    if value.operation == "celsius":
        return p.celsius
    if value.operation in ("parameter", "geometry"):
        return getattr(p, value.operands[0])
    return compute(value.operation, *(force(x) for x in value.operands))


def count_pass(scope: Scope, place: Place) -> None:
    """Count a pass through a loop. **Raises:** NmodlError when there were too many."""
    scope.passes[0] += 1
    if scope.passes[0] > UNROLL_LIMIT:
        raise error_at(f"loops take more than {UNROLL_LIMIT} passes", place, "make the loops shorter")


def error_at(message: str, place: Place, hint: str = "") -> NmodlError:
    """A refusal that points at a place."""
    return NmodlError(message, place.line, place.column, hint, place.file)
