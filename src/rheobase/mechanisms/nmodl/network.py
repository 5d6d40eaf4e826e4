"""NET_RECEIVE: what a mechanism does when an event reaches it, and what it sends."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.events import Send
from rheobase.mechanisms.nmodl.arithmetic import UNKNOWN, Value
from rheobase.mechanisms.nmodl.evaluate import assign, execute, value_of
from rheobase.mechanisms.nmodl.scope import Scope, error_at
from rheobase.mechanisms.nmodl.syntax import (
    Assign,
    Binary,
    Block,
    Call,
    Expression,
    File,
    ForNetcons,
    Index,
    InitialPart,
    Name,
    Watch,
)
from rheobase.mechanisms.nmodl.walk import within

OFF, BELOW, ABOVE = 0.0, 1.0, 2.0
"""What is kept of each WATCH: not watched; watched, and false or true when last looked at."""


def watches(file: File) -> tuple[tuple[str, Expression, Expression], ...]:
    """Each watched condition with the name of what is kept of it, and the flag that it sends."""
    body = file.net_receive.body if file.net_receive else ()
    found = [pair for w in within(body) if isinstance(w, Watch) for pair in w.conditions]
    return tuple((f"watch {k}", condition, flag) for k, (condition, flag) in enumerate(found))


class Sending:
    """Collects what an entry sends. **Fields:** `sends`."""

    def __init__(self, scope: Scope, send: bool = True) -> None:
        self.sends: list[Send] = []
        self._scope = scope
        self._send = send
        scope.handlers |= {
            "net_send": self._to_self,
            "net_move": self._move,
            "net_event": self._spike,
        }

    def _to_self(self, call: Call, scope: Scope) -> Value:
        delay, flag = (value_of(a, scope) for a in call.arguments)
        at = scope.apply("add", scope.read("t"), delay)
        return self._add("self", at, flag, scope)

    def _move(self, call: Call, scope: Scope) -> Value:
        return self._add("move", value_of(call.arguments[0], scope), 0.0, scope)

    def _spike(self, call: Call, scope: Scope) -> Value:
        return self._add("spike", value_of(call.arguments[0], scope), 0.0, scope)

    def _add(self, kind: Any, at: Value, flag: Value, scope: Scope) -> Value:
        at, flag = scope.array(at), scope.array(flag)
        if at is not UNKNOWN and self._send:
            mask = scope.mask
            when = jnp.broadcast_to(jnp.asarray(True if mask is None else mask), scope.shape)
            self.sends.append(Send(kind, when, at, flag))
        return 0.0


def discontinuity(call: Call, scope: Scope) -> Value:
    """The call that sets a state, where there are no variable steps to tell."""
    target, value = call.arguments
    if not isinstance(target, Name | Index):
        raise error_at("state_discontinuity takes a state and its new value", call.place)
    assign(target, value_of(value, scope), scope)
    return 0.0


class Receiving:
    """The NET_RECEIVE block of a file at work in a scope.

    **Fields:** `changed`, the new values of its arguments, and `streams`, those of all connections.
    """

    def __init__(self, block: Block, scope: Scope) -> None:
        self.changed: dict[str, Array] = {}
        self.streams: dict[str, Any] = {}
        self._block = block
        self._scope = scope
        self._event: Any = None
        self._keys: dict[str, str] = {}
        self._watched = 0

    def run(self, weights: dict[str, Value], flag: Value, event: Any, kept: tuple[Any, ...]) -> None:
        """Carry out the block. **Arguments:** `kept`: the file's watches."""
        scope = self._scope
        self._event = event
        self.streams = dict(event.streams) if event is not None else {}
        scope.handlers |= {Watch: self._watch(kept), ForNetcons: self._all, InitialPart: lambda *_: None}
        with scope.frame({**weights, "flag": flag}, call="NET_RECEIVE") as keys:
            self._keys = keys
            execute(self._block.body, scope)
            for name, before in weights.items():
                after = scope.values[keys[name]]
                if after is not before:
                    self.changed[name] = scope.array(after)

    def _watch(self, kept: tuple[Any, ...]) -> Callable[[Watch, Scope], None]:
        place = {id(condition): (name, condition) for name, condition, _ in kept}

        def handler(statement: Watch, scope: Scope) -> None:
            # The first WATCH that an event comes to ends what was watched before.
            if not self._watched:
                for name, _, _ in kept:
                    scope[name] = OFF
            self._watched += 1
            for condition, _ in statement.conditions:
                name, _ = place[id(condition)]
                above = scope.apply("greater_equal", excess(condition, scope), -1e-11)
                scope[name] = scope.apply("where", above, ABOVE, BELOW)

        return handler

    def _all(self, statement: ForNetcons, scope: Scope) -> None:
        names = statement.arguments
        own_names = [a.name for a in self._block.arguments]
        if self._event is None:
            with scope.frame(dict.fromkeys(names, UNKNOWN)):
                execute(statement.body, scope)
            return
        own, present = self._event.own, self._event.present
        for name in self.streams:
            value = scope.array(scope.values[self._keys[name]])
            self.streams[name] = jnp.where(own, value, self.streams[name])
        args = dict(zip(names, own_names, strict=False))
        if all(a.target.name in args for a in within(statement.body) if isinstance(a, Assign)):
            self._together(statement, args, scope)
        else:
            for k in range(present.shape[0]):
                self._one(statement, args, k, scope)
        for name, stream in self.streams.items():
            mine = jnp.where(own, stream, 0).sum(axis=0)
            key = self._keys[name]
            scope.values[key] = scope.apply("where", jnp.any(own, axis=0), mine, scope.values[key])

    def _together(self, statement: ForNetcons, args: dict[str, str], scope: Scope) -> None:
        """All connections at once, where none can see what another did."""
        present = self._event.present
        inside = scope.copy()
        inside.shape = present.shape
        with inside.path(present), inside.frame({inner: self.streams[name] for inner, name in args.items()}) as keys:
            execute(statement.body, inside)
            for inner, name in args.items():
                # What is kept beside the scope's values is not merged by IF: the whole path masks it.
                new = inside.array(inside.values[keys[inner]])
                self.streams[name] = jnp.where(inside.mask, new, self.streams[name])

    def _one(self, statement: ForNetcons, args: dict[str, str], k: int, scope: Scope) -> None:
        """One connection after another, each seeing what those before it did."""
        present = self._event.present[k]
        values = {inner: self.streams[name][k] for inner, name in args.items()}
        before = scope.values
        scope.values = dict(before)
        with scope.path(present), scope.frame(values) as keys:
            execute(statement.body, scope)
            new = {inner: scope.array(scope.values[keys[inner]]) for inner in args}
            mask = scope.mask
        after = scope.values
        changed = {key: x for key, x in after.items() if key not in before or x is not before[key]}
        scope.values = dict(before)
        for key, x in changed.items():
            scope[key] = scope.apply("where", present, x, before.get(key, 0.0))
        for inner, name in args.items():
            self.streams[name] = self.streams[name].at[k].set(jnp.where(mask, new[inner], values[inner]))


def excess(condition: Expression, scope: Scope) -> Value:
    """By how much a watched comparison holds. **Raises:** NmodlError for what is no comparison."""
    if not isinstance(condition, Binary) or condition.operator not in (">", ">=", "<", "<="):
        raise error_at("WATCH takes a comparison by < or >", condition.place, "such as WATCH (v > threshold) 2")
    left, right = value_of(condition.left, scope), value_of(condition.right, scope)
    return scope.apply("subtract", *((left, right) if ">" in condition.operator else (right, left)))
