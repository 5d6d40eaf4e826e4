"""An NMODL file as a mechanism's methods: which variables they carry, what is computed once, and in which order.

The order is NEURON's: INITIAL; BREAKPOINT without its SOLVE statements wherever currents are evaluated; the SOLVE
statements once a step, at the new voltage. A variable that a file assigns outlives its entry only if one of them may
read it before it surely writes it: only those are carried from step to step.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.events import Event, Response, Send
from rheobase.kernel.system import Clock
from rheobase.mechanisms.nmodl.advance import look_through, solve
from rheobase.mechanisms.nmodl.arithmetic import UNKNOWN, Fixed, Value, is_known
from rheobase.mechanisms.nmodl.builtin import DRAWN
from rheobase.mechanisms.nmodl.evaluate import execute, value_of
from rheobase.mechanisms.nmodl.network import ABOVE, BELOW, OFF, Receiving, Sending, discontinuity, excess, watches
from rheobase.mechanisms.nmodl.scope import Context, Scope, compute_fixed
from rheobase.mechanisms.nmodl.syntax import (
    Block,
    Body,
    Diffusion,
    File,
    ForNetcons,
    If,
    Index,
    InitialPart,
    Name,
    Solve,
    Statement,
)
from rheobase.mechanisms.nmodl.tables import interpolation
from rheobase.mechanisms.nmodl.tabulate import table_values, tabulated
from rheobase.mechanisms.nmodl.variables import Variables
from rheobase.mechanisms.nmodl.walk import bodies, within
from rheobase.mechanisms.source import FunctionTable

_NEVER = Clock(UNKNOWN, UNKNOWN)  # type: ignore[arg-type]

_NO_ION = {"inside": 0.0, "outside": 0.0, "reversal": 0.0, "current": 0.0}

_WORTH_KEEPING = 4
"""Additions above which a fixed value is computed once a run."""


class Translation:
    """A file's entries, each a function from values under keys to values under keys."""

    def __init__(self, file: File, use_tables: bool = False) -> None:
        self.file = file
        breakpoint_body = file.breakpoint.body if file.breakpoint else ()
        self.current_body = _without_solve(breakpoint_body)
        self._solve_body = _only_solve(breakpoint_body)
        self.carried: tuple[str, ...] = ()
        self.frozen: dict[str, Value] = {}
        self.watched = watches(file)
        nodes = [node for _, body in bodies(file) for node in within(body)]
        self._diffuses = any(isinstance(node, Diffusion) for node in nodes)
        self.uses_streams = any(isinstance(node, ForNetcons) for node in nodes)
        used = {node.name for node in nodes if isinstance(node, Name | Index)}
        self.pointers = tuple(name for name in file.pointers if name in used)
        self.random = False
        self.variables = Variables(file)
        self.context: Context = self.variables.context()
        self._look()
        if use_tables:
            self.context = replace(self.context, tabulated=tabulated(file))

    @property
    def states(self) -> tuple[str, ...]:
        """The keys of all that is carried from step to step."""
        return tuple(dict.fromkeys((*self.variables.states, *self.carried, *(name for name, _, _ in self.watched))))

    @property
    def solves(self) -> tuple[Solve, ...]:
        """The SOLVE statements of BREAKPOINT."""
        return tuple(_solves(self._solve_body))

    @property
    def weights(self) -> tuple[str, ...]:
        """The names of what each connection carries."""
        return tuple(a.name for a in self.file.net_receive.arguments) if self.file.net_receive else ()

    def state_name(self, key: str) -> str:
        """What the mechanism calls a state: a current's kept value is not the current."""
        return f"{key} kept" if key in self.variables.currents else key

    @property
    def diffusing(self) -> tuple[str, ...]:
        """The states that diffuse along the tree, ions by their dotted names."""
        if not self._diffuses:
            return ()
        from rheobase.mechanisms.nmodl.kinetic import diffusing_states

        look = self.looking()
        return tuple(self.variables.ion_writes.get(key, key) for key in diffusing_states(self.file.blocks, look))

    def reads(self, name: str) -> bool:
        """Whether the file reads a variable of an ion."""
        return any(name in ion.reads for ion in self.file.ions)

    def fill(self, tables: tuple[FunctionTable, ...]) -> None:
        """Give FUNCTION_TABLEs their values."""
        filled = {name: interpolation(table) for name, table in tables}
        self.context = replace(self.context, tables=filled)

    # Entries

    def prepare(self, p: Any, celsius: Array) -> dict[str, Array]:
        """The fixed values that the other entries need."""
        given = SimpleNamespace(**vars(p), celsius=celsius)
        known: dict[Fixed, Any] = {}

        def force(value: Value) -> Any:
            if not isinstance(value, Fixed):
                return value
            if value not in known:
                known[value] = compute_fixed(value, given, force)
            return known[value]

        there = {name: value for value, name in self.context.hoisted.items() if _has_all(value, given)}
        found = {"celsius": celsius} | {name: jnp.asarray(force(value), float) for name, value in there.items()}
        return found | self._tables(SimpleNamespace(**vars(p), **found)) if self.context.tabulated else found

    def initial(self, v: Array, p: Any, ions: Any, clock: Clock) -> dict[str, Array]:
        """INITIAL."""
        scope = self.scope(v, None, p, ions, clock)
        Sending(scope, send=False)
        self._run_initial(scope)
        states = {self.state_name(key): scope.array(scope.read(key)) for key in self.states}
        return states | self._ion_results(scope)

    def currents(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> dict[str, Array]:
        """BREAKPOINT without SOLVE."""
        scope = self.scope(v, s, p, ions, clock)
        self.run_currents(scope)
        told = {name: scope.array(scope.read(name)) for name in self.variables.currents}
        return told | self._states(scope, self.carried) | self._ion_results(scope)

    def advance(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> dict[str, Array]:
        """The SOLVE statements of BREAKPOINT."""
        scope = self.scope(v, s, p, ions, clock)
        self._run_advance(scope)
        return self._states(scope, self.states) | self._ion_results(scope)

    def begin(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> tuple[Send, ...]:
        """What INITIAL sends."""
        scope = self.scope(v, None, p, ions, clock)
        sending = Sending(scope)
        self._run_initial(scope)
        return tuple(sending.sends)

    def initial_weights(self, weights: Any, p: Any) -> dict[str, Array]:
        """INITIAL of NET_RECEIVE; without one NEURON sets all values but the first to zero."""
        names = self.weights
        given = {name: getattr(weights, name) for name in names}
        block = self.file.net_receive
        parts = [x for x in block.body if isinstance(x, InitialPart)] if block else []
        if not parts:
            return {name: jnp.zeros_like(given[name]) for name in names[1:]}
        zero = jnp.zeros_like(given[names[0]])
        values = SimpleNamespace(**dict.fromkeys(map(self.state_name, self.states), zero))
        ions = SimpleNamespace(**{use.name: SimpleNamespace(**_NO_ION) for use in self.variables.ion_uses})
        scope = self.scope(zero, values, p, ions, Clock(zero, zero))
        return self._run_first_weights(parts[0], given, scope)

    def receive(self, v: Array, s: Any, p: Any, ions: Any, event: Event, clock: Clock) -> Response:
        """NET_RECEIVE."""
        scope = self.scope(v, s, p, ions, Clock(event.t, clock.dt))
        sending = Sending(scope)
        receiving = self._run_receive(scope, dict(event.weights), event.flag, event)
        changed = self._states(scope, self.states) | self._ion_results(scope)
        streams = receiving.streams if self.uses_streams else {}
        return Response(changed, receiving.changed, tuple(sending.sends), streams)

    def watch(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Response:
        """The conditions of WATCH, sent where they have become true."""
        scope = self.scope(v, s, p, ions, clock)
        states, sends = {}, []
        for name, condition, flag in self.watched:
            kept, holds = getattr(s, name), scope.force(scope.apply("greater", excess(condition, scope), 0.0))
            states[name] = jnp.where(kept == OFF, OFF, jnp.where(holds, ABOVE, BELOW))
            sends.append(Send("self", holds & (kept == BELOW), clock.t, scope.array(value_of(flag, scope))))
        return Response(states, sends=tuple(sends))

    def diffusion(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> dict[str, tuple[Array, Array]]:
        """What LONGITUDINAL_DIFFUSION and COMPARTMENT say."""
        from rheobase.mechanisms.nmodl.kinetic import diffusion_of

        scope = self.scope(v, s, p, ions, clock)
        found = diffusion_of(self.file.blocks, scope).items()
        names = self.variables.ion_writes
        return {names.get(key, key): (scope.array(a), scope.array(b)) for key, (a, b) in found}

    def observables(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> dict[str, Array]:
        """RANGE and GLOBAL variables as they are at the states `s`."""
        scope = self.scope(v, s, p, ions, clock)
        kept = {key: scope.values[key] for key in (*self.states, *self.variables.ion_writes) if key in scope.values}
        for statement in self.solves:
            block = next((b for b in self.file.blocks if b.name == statement.block), None)
            if block is not None:
                self._look_at(block, scope)
        scope.values.update(kept)
        self.run_currents(scope)
        scope.values.update(kept)
        return {key: scope.array(scope.read(key)) for key in self.variables.observables}

    def scope(self, v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Scope:
        """The variables as an entry finds them; without `s` as INITIAL does, without `p` to look only."""
        variables, look = self.variables, p is None
        values: dict[str, Value] = {"celsius": Fixed("celsius", ())}
        values |= {name: Fixed("geometry", (name,)) for name in ("area", "diam")}
        values |= {"v": v, "t": clock.t, "dt": clock.dt}
        unset = set(variables.scratch)
        values |= {q.name: Fixed("parameter", (q.name,)) for q in variables.parameters if q.name not in self._written}
        for name, (ion, aspect) in variables.ions.items():
            if aspect != "current" or self.reads(name):
                values[name] = UNKNOWN if look else getattr(getattr(ions, ion), aspect)
        for name in self.pointers:
            values[name] = UNKNOWN if look else getattr(p, name)
        values |= {key: value for key, value in self.frozen.items() if key in unset}
        if s is None:
            for q in variables.parameters:
                values[q.name] = Fixed("parameter", (q.name,))
            for key in variables.states:
                start = variables.starts[key]
                values[key] = Fixed("parameter", (start,)) if isinstance(start, str) else start
        else:
            values |= {key: UNKNOWN if look else getattr(s, self.state_name(key)) for key in self.states}
        scope = Scope(self.context, values, p, () if look else jnp.shape(v))
        scope.handlers["state_discontinuity"] = discontinuity
        return scope

    def looking(self) -> Scope:
        """A scope to look through the file without arrays, as after INITIAL."""
        return self.scope(UNKNOWN, SimpleNamespace(), None, None, _NEVER)

    def _tables(self, p: Any) -> dict[str, Array]:
        """The values of all TABLEs."""
        parameters = [jnp.asarray(getattr(p, q.name)) for q in self.variables.parameters]
        zero = jnp.zeros(jnp.broadcast_shapes(*(x.shape for x in parameters)))
        states = SimpleNamespace(**dict.fromkeys(map(self.state_name, self.states), zero))
        ions = SimpleNamespace(**{use.name: SimpleNamespace(**_NO_ION) for use in self.variables.ion_uses})
        found: dict[str, Array] = {}
        for name in sorted(self.context.tabulated):
            scope = self.scope(zero, states, p, ions, Clock(zero, zero))
            scope.context = replace(self.context, tabulated=frozenset())
            found |= table_values(self.context.blocks[name], scope)
        return found

    def _run_initial(self, scope: Scope) -> None:
        self.run_extra("BEFORE", "INITIAL", scope)
        if self.file.initial:
            self._run(self.file.initial.body, scope)
        self.run_extra("AFTER", "INITIAL", scope)

    def _run_receive(self, scope: Scope, weights: dict[str, Value], flag: Value, event: Any) -> Receiving:
        block = self.file.net_receive
        scope.handlers[Solve] = solve
        receiving = Receiving(block, scope)  # type: ignore[arg-type]  # asked of files that have the block
        receiving.run(weights, flag, event, self.watched)
        return receiving

    def _run_first_weights(self, part: InitialPart, weights: dict[str, Value], scope: Scope) -> dict[str, Array]:
        with scope.frame(weights, call="NET_RECEIVE") as keys:
            execute(part.body, scope)
            return {name: scope.array(scope.values[keys[name]]) for name in weights}

    def run_currents(self, scope: Scope) -> None:
        """BREAKPOINT without SOLVE, in a scope."""
        self.run_extra("BEFORE", "BREAKPOINT", scope)
        self._run(self.current_body, scope)

    def _run_advance(self, scope: Scope) -> None:
        self._run(self._solve_body, scope)
        self.run_extra("AFTER", "SOLVE", scope)
        self.run_extra("BEFORE", "STEP", scope)

    def run_solve(self, handler: Callable[[Solve, Scope], None], scope: Scope) -> None:
        """The SOLVE statements of BREAKPOINT in a scope, each by a handler."""
        scope.handlers[Solve] = handler
        with scope.frame():
            execute(self._solve_body, scope)

    def run_extra(self, kind: str, name: str, scope: Scope) -> None:
        """The blocks BEFORE or AFTER something, in a scope."""
        for block in self.file.blocks:
            if block.kind == kind and block.name == name:
                self._run(block.body, scope)

    def _run(self, body: Body, scope: Scope) -> None:
        scope.handlers[Solve] = solve
        with scope.frame():
            execute(body, scope)

    def _look_at(self, block: Block, scope: Scope) -> None:
        """Go through a solved block for what it assigns beside states."""
        handlers = dict(scope.handlers)
        with scope.frame(call=block.name):
            look_through(block.body, scope)
        scope.handlers = handlers

    def _states(self, scope: Scope, keys: tuple[str, ...]) -> dict[str, Array]:
        return {self.state_name(key): scope.array(scope.read(key)) for key in keys if key in scope.written}

    def _ion_results(self, scope: Scope) -> dict[str, Array]:
        writes = self.variables.ion_writes.items()
        return {dotted: scope.array(scope.read(name)) for name, dotted in writes if name in scope.written}

    # What is carried, what is fixed

    def _look(self) -> None:
        """Go through the file without arrays, to learn what is carried and what is worth computing once."""
        self._written: frozenset[str] = frozenset()
        looks = self._entries()
        written = frozenset().union(*(look.written for look in looks))
        self._written = written
        self.variables = Variables(self.file, written)
        looks = self._entries()
        first, *others = looks
        scratch = self.variables.scratch
        again = set().union(*(look.written for look in others))
        for key in scratch:
            # What every entry leaves at the same fixed value need not be carried, however often it is written.
            value = first.values.get(key, 0.0)
            left = [look.values.get(key, UNKNOWN) for look in others if key in look.written]
            settled = is_known(value) or isinstance(value, Fixed)
            settled = settled or (isinstance(value, tuple) and all(is_known(x) for x in value))
            if settled and all(x == value for x in left):
                self.frozen[key] = value
        self.random = any(DRAWN in look.written for look in looks)
        shown = {*self.variables.observables, *self.variables.currents}
        carried = []
        for key in (*scratch, *self.variables.currents):
            early = any(key in look.read_first for look in others)
            unsure = key in shown & again and not any(key in look.values for look in others)
            if (early or unsure) and key not in self.frozen:
                carried.append(key)
        carried += [key for key in self.variables.states if key in looks[1].written]
        self.carried = tuple(dict.fromkeys([*carried, *([DRAWN] if self.random else [])]))
        forced: dict[Fixed, None] = {}
        for look in self._entries():
            forced |= look.forced
        worth = [value for value in forced if value.cost >= _WORTH_KEEPING]
        self.context = self._context({value: f"_fixed{k}" for k, value in enumerate(worth)})

    def _entries(self) -> list[Scope]:
        """Each entry gone through, INITIAL first."""
        runs: list[Callable[[Scope], object]] = [self._run_initial, self.run_currents, self._run_advance]
        if self.file.net_receive:
            runs += [self._look_receive, self._look_watch]
        looks: list[Scope] = []
        for run in runs:
            initial = not looks
            scope = self.scope(UNKNOWN, None if initial else SimpleNamespace(), None, None, _NEVER)
            scope.absent_is_zero = initial
            if run in (self._run_initial, self._look_receive):
                Sending(scope)
            run(scope)
            looks.append(scope)
        return looks

    def _look_receive(self, scope: Scope) -> None:
        weights: dict[str, Value] = dict.fromkeys(self.weights, UNKNOWN)
        for part in self.file.net_receive.body if self.file.net_receive else ():
            if isinstance(part, InitialPart):
                inside = scope.copy()
                inside.absent_is_zero = True
                self._run_first_weights(part, weights, inside)
        self._run_receive(scope, weights, UNKNOWN, None)

    def _look_watch(self, scope: Scope) -> None:
        for _, condition, flag in self.watched:
            excess(condition, scope)
            value_of(flag, scope)

    def _context(self, hoisted: Mapping[Fixed, str]) -> Context:
        return replace(self.variables.context(), hoisted=hoisted)


def _has_all(value: Fixed, p: Any) -> bool:
    if value.operation in ("parameter", "geometry"):
        return hasattr(p, value.operands[0])
    return all(_has_all(x, p) for x in value.operands if isinstance(x, Fixed))


def _without_solve(body: Body) -> Body:
    kept: list[Statement] = []
    for statement in body:
        if isinstance(statement, If):
            kept.append(
                If(
                    statement.condition,
                    _without_solve(statement.then),
                    _without_solve(statement.otherwise),
                    statement.place,
                )
            )
        elif not isinstance(statement, Solve):
            kept.append(statement)
    return tuple(kept)


def _only_solve(body: Body) -> Body:
    kept: list[Any] = []
    for statement in body:
        if isinstance(statement, If):
            then, otherwise = _only_solve(statement.then), _only_solve(statement.otherwise)
            if then or otherwise:
                kept.append(If(statement.condition, then, otherwise, statement.place))
        elif isinstance(statement, Solve):
            kept.append(statement)
    return tuple(kept)


def _solves(body: Body) -> list[Solve]:
    found: list[Solve] = []
    for statement in body:
        if isinstance(statement, If):
            found += _solves(statement.then) + _solves(statement.otherwise)
        elif isinstance(statement, Solve):
            found.append(statement)
    return found
