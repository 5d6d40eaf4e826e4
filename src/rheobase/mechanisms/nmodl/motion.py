"""An NMODL file as a differential equation: rates at an instant, what follows at once, and whether that is all.

At an instant the blocks run as in an evaluation of NEURON's variable step, but each value is of the present voltage and
states, never of the evaluation before. First comes what SOLVE statements leave for BREAKPOINT (`implied`), then
BREAKPOINT, then the rates (`derivative`). A file whose currents or rates depend on what an earlier evaluation left, or
on `dt`, steps by itself: it is `discrete`, for the reason that is found by following what depends on what.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.newton import dependence
from rheobase.kernel.system import Clock
from rheobase.mechanisms.nmodl.advance import look_through, rates_of, solve
from rheobase.mechanisms.nmodl.arithmetic import UNKNOWN, Fixed, Value, is_known
from rheobase.mechanisms.nmodl.builtin import DRAWN
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.evaluate import value_of
from rheobase.mechanisms.nmodl.scope import Scope
from rheobase.mechanisms.nmodl.syntax import Binary, Block, Call, Expression, Name, Solve
from rheobase.mechanisms.nmodl.walk import within

if TYPE_CHECKING:
    from rheobase.mechanisms.nmodl.translate import Translation

_MOVING = ("DERIVATIVE", "KINETIC")
_BY_ITSELF = ("PROCEDURE", "DISCRETE")
_ORDER = {"<": "<", ">": ">", "<=": "<", ">=": ">"}


class Motion:
    """What a file does at an instant. **Arguments:** its `translation`."""

    def __init__(self, translation: "Translation") -> None:
        self._file = translation

    # Entries

    def derivative(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> dict[str, Array]:
        """The rates that DERIVATIVE and KINETIC blocks say, of concentrations by their dotted names."""
        return self._derivative(self._file.scope(v, s, p, ions, clock))

    def implied(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> dict[str, Array]:
        """What solved blocks leave for others to read, and the concentrations that are assigned."""
        found = self._implied(self._file.scope(v, s, p, ions, clock))
        return {name: x for name, x in found.items() if name not in self.noted}

    def after_step(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> dict[str, Array]:
        """What procedures that are solved, and AFTER SOLVE, note of a step, where nothing that moves reads it."""
        if not self.noted:
            return {}
        found = self._after(self._file.scope(v, s, p, ions, clock))
        return {name: x for name, x in found.items() if name in self.noted}

    def breaks(self, p: Any) -> tuple[Array, ...]:
        """The times of at_time() and of comparisons with `t` that depend on parameters alone."""
        scope = Scope(self._file.context, {}, p, ())
        return tuple(scope.array(value) for value in self._break_values)

    @property
    def discrete(self) -> str:
        """Why it steps by itself, in words; empty for a file that moves continuously."""
        try:
            return self._found[0]
        except NmodlError as error:  # such as a FUNCTION_TABLE that is still to be filled
            return str(error)

    @property
    def noted(self) -> frozenset[str]:
        """The states that are only noted once a step."""
        return self._found[1]

    # Passes

    def _settle(self, scope: Scope) -> None:
        """Bring what solved blocks assign to the present, leaving states that have rates as they are."""
        kept = {key: scope.values[key] for key in self._moving if key in scope.values}

        def look(statement: Solve, scope: Scope) -> None:
            block = self._block(statement)
            if block is None or statement.steady or block.kind not in _MOVING:
                solve(statement, scope)
                return
            handlers = dict(scope.handlers)
            with scope.frame(call=block.name):
                look_through(block.body, scope)
            scope.handlers = handlers

        self._file.run_solve(look, scope)
        self._file.run_extra("AFTER", "SOLVE", scope)
        scope.values.update(kept)

    def _implied(self, scope: Scope) -> dict[str, Array]:
        before = set(scope.written)
        self._settle(scope)
        left = [key for key in self._file.states if key in scope.written - before and key not in self._moving]
        found = {self._file.state_name(key): scope.array(scope.read(key)) for key in left if key != DRAWN}
        self._file.run_currents(scope)
        for name, dotted in self._file.variables.ion_writes.items():
            if name in scope.written and name not in self._moving:
                found[dotted] = scope.array(scope.read(name))
        return found

    def _derivative(self, scope: Scope) -> dict[str, Array]:
        # A block that reads an ion's current sees the total, not what BREAKPOINT writes under that name.
        totals = [name for name, (_, aspect) in self._file.variables.ions.items() if aspect == "current"]
        kept = {name: scope.values[name] for name in totals if name in scope.values}
        self._file.run_currents(scope)
        scope.values.update({name: x for name, x in kept.items() if self._file.reads(name)})

        def tell(statement: Solve, scope: Scope) -> None:
            block = self._block(statement)
            if block is None or statement.steady or block.kind not in _MOVING:
                solve(statement, scope)
                return
            with scope.frame(call=block.name):
                rates = rates_of(block, scope)
            for key, rate in rates.items():
                scope[f"{key}'"] = rate

        self._file.run_solve(tell, scope)
        names = self._file.variables.ion_writes
        return {names.get(key, key): scope.array(scope.read(f"{key}'")) for key in self._moving if f"{key}'" in scope}

    def _after(self, scope: Scope) -> dict[str, Array]:
        def note(statement: Solve, scope: Scope) -> None:
            block = self._block(statement)
            if block is not None and block.kind in _BY_ITSELF:
                solve(statement, scope)

        self._file.run_solve(note, scope)
        self._file.run_extra("AFTER", "SOLVE", scope)
        self._file.run_extra("BEFORE", "STEP", scope)
        keys = [key for key in self._file.states if key in scope.written and key not in self._moving and key != DRAWN]
        return {self._file.state_name(key): scope.array(scope.read(key)) for key in keys}

    def _block(self, statement: Solve) -> Block | None:
        return next((b for b in self._file.file.blocks if b.name == statement.block), None)

    @cached_property
    def _solved(self) -> tuple[tuple[Solve, Block], ...]:
        found = ((solve, self._block(solve)) for solve in self._file.solves)
        return tuple((solve, block) for solve, block in found if block is not None)

    @cached_property
    def _moving(self) -> tuple[str, ...]:
        """The keys of states that blocks give rates, ions' among them."""
        from rheobase.mechanisms.nmodl.kinetic import reacting_states

        look = self._file.looking()
        found: dict[str, None] = {}
        for statement, block in self._solved:
            if statement.steady or block.kind not in _MOVING:
                continue
            if block.kind == "KINETIC":
                found |= dict.fromkeys(reacting_states(block, look))
            else:
                targets = (node for node in within(block.body) if getattr(node, "order", 0))
                found |= dict.fromkeys(key for target in targets for key in look.keys(target.name))
        declared = {key for d in self._file.file.states for key in look.keys(d.name)}
        carried = {*self._file.variables.states, *self._file.variables.ion_writes}
        return tuple(key for key in found if key in declared & carried)

    # Whether that is all

    @cached_property
    def _found(self) -> tuple[str, frozenset[str]]:
        """Why it steps by itself, and which states are only noted."""
        file = self._file
        if file.diffusing:
            return "its states diffuse along the tree (LONGITUDINAL_DIFFUSION)", frozenset()
        twice = [key for key in self._moving if key in file.carried]
        if twice:
            return f"BREAKPOINT sets the state {twice[0]}, which has an equation of its own", frozenset()
        trace = _Trace(self)
        reasons = trace.reasons()
        return (reasons[0] if reasons else ""), trace.noted

    @cached_property
    def _break_values(self) -> tuple[Value, ...]:
        """Times, each a number or a fixed value."""
        found: dict[Value, None] = {}
        look = self._file.looking()

        def keep(value: Value) -> None:
            if isinstance(value, Fixed) or (is_known(value) and value > 0):
                found[value] = None

        def at_time(call: Call, scope: Scope) -> Value:
            keep(value_of(call.arguments[0], scope))
            return UNKNOWN

        look.handlers["at_time"] = at_time
        self._file.run_currents(look)
        self._file.run_solve(solve, look)
        bodies = [self._file.current_body, *(block.body for _, block in self._solved)]
        for node in (node for body in bodies for node in within(body) if isinstance(node, Binary)):
            when = _compared_with_time(node)
            if when is not None:
                try:
                    keep(value_of(when, look))
                except NmodlError:  # a LOCAL, which is known only where it stands
                    continue
        return tuple(found)


class _Trace:
    """What depends on what at an instant, from the scope of one entry to the next."""

    def __init__(self, motion: Motion) -> None:
        self._motion = motion
        file = self._file = motion._file
        zero = jnp.zeros(())
        self._given: dict[str, Array] = dict.fromkeys(("v", "t", "dt"), zero)
        parameters = ("celsius", "area", "diam", "seed", *(q.name for q in file.variables.parameters))
        self._given |= dict.fromkeys((f"p {name}" for name in (*parameters, *file.pointers)), zero)
        self._fixed = {f"p {name}" for name in parameters}
        for key in file.states:
            length = file.variables.lengths.get(key, 0) if key in file.variables.long else 0
            self._given[f"s {file.state_name(key)}"] = jnp.zeros((length,)) if length else zero
        for use in file.variables.ion_uses:
            self._given |= {f"{use.name}.{what}": zero for what in ("inside", "outside", "reversal", "current")}
        self._told: list[str] = []
        self._written: set[str] = set()
        names = list(self._given)
        pattern = dependence(self._at_instant, list(self._given.values()))
        self._depends = {told: {names[k] for k in which} for told, which in zip(self._told, pattern, strict=True)}
        self._history = self._remembered()

    @property
    def noted(self) -> frozenset[str]:
        """The states that solved procedures and the like carry on from step to step."""
        left = self._of("after ") | self._of("implied ")
        return frozenset(name for name, reads in left.items() if "." not in name and reads & self._history)

    def reasons(self) -> list[str]:
        """Why it steps by itself; none where it does not."""
        file, found = self._file, []
        follows = [reads for name, reads in self._of("implied ").items() if "." in name]
        currents = list(self._of("current ").values())
        reads = set().union(*follows, *currents, *self._of("rate ").values())
        stepping = [statement for statement, block in self._motion._solved if block.kind in _BY_ITSELF]
        remembered = sorted(reads & self._history)
        if f"s {DRAWN}" in remembered:
            found.append("it draws random numbers in each step")
        if stepping and (remembered or "dt" in reads):
            found.append(f"SOLVE {stepping[0].block} steps it by itself, once in each step")
        if "dt" in reads:
            found.append(_used_dt(file))
        if remembered:
            name = remembered[0].removeprefix("s ").removesuffix(" kept")
            found.append(f"it reads {name} before it computes it, so what it does depends on the step before")
        loops = sorted(name for name in set().union(*follows, *currents) if name.endswith(".current"))
        if loops:
            ion = loops[0].partition(".")[0]
            found.append(f"its own current depends on the total current of {ion} in the step before")
        return found

    def _remembered(self) -> set[str]:
        """What an evaluation leaves to the next, but for what stays once it was computed."""
        file, moving = self._file, self._motion._moving
        written = [key for key in self._written if key not in moving]
        history = {f"s {file.state_name(key)}" for key in written if key in file.states}
        history |= {file.variables.ion_writes[key] for key in written if key in file.variables.ion_writes}
        left = {f"s {name}": reads for name, reads in self._of("left ").items()}
        kept = {name for name in history if name in left and left[name] <= self._fixed | history}
        while grown := {name for name in kept if not left[name] <= self._fixed | kept}:
            kept -= grown
        return history - kept if kept and self._stays(kept) else history

    def _stays(self, kept: set[str]) -> bool:
        """Whether what depends on parameters and itself alone is the same after two evaluations and three."""
        at = {
            name: jnp.asarray(1.0 + k) if name in self._fixed else x for k, (name, x) in enumerate(self._given.items())
        }
        rounds = []
        for _ in range(3):
            told = dict(zip(self._told, self._at_instant(list(at.values())), strict=True))
            at |= {name: told["left " + name.removeprefix("s ")] for name in kept}
            rounds.append([at[name] for name in sorted(kept)])
        return all(bool(jnp.all(one == other)) for one, other in zip(*rounds[1:], strict=True))

    def _of(self, kind: str) -> dict[str, set[str]]:
        return {told.removeprefix(kind): reads for told, reads in self._depends.items() if told.startswith(kind)}

    def _at_instant(self, values: list[Array]) -> list[Array]:
        file, motion = self._file, self._motion
        at = dict(zip(self._given, values, strict=True))
        given = {name.removeprefix("p "): x for name, x in at.items() if name.startswith("p ")}
        celsius = given.pop("celsius")
        p = SimpleNamespace(**given, stream=jnp.zeros((), int))
        p = SimpleNamespace(**vars(p), **file.prepare(p, celsius))
        clock = Clock(at["t"], at["dt"])
        told: dict[str, Array] = {}

        def scope() -> Scope:
            own = {name.removeprefix("s "): x for name, x in at.items() if name.startswith("s ")}
            ions: dict[str, dict[str, Array]] = {use.name: {} for use in file.variables.ion_uses}
            for name, x in at.items():
                ion, dot, what = name.partition(".")
                if dot and ion in ions:
                    ions[ion][what] = x
            around = SimpleNamespace(**{ion: SimpleNamespace(**each) for ion, each in ions.items()})
            found = file.scope(at["v"], SimpleNamespace(**own), p, around, clock)
            found.entry = dict(found.values)
            return found

        def see(kind: str, scope: Scope, found: Mapping[str, Array]) -> None:
            told.update({kind + name: x for name, x in found.items()})
            self._written |= scope.written

        first = scope()
        see("after ", first, motion._after(first))
        first = scope()
        implied = motion._implied(first)
        see("implied ", first, implied)
        at |= {name if "." in name else f"s {name}": x for name, x in implied.items()}
        second = scope()
        file.run_currents(second)
        see("current ", second, {name: second.array(second.read(name)) for name in file.variables.currents})
        third = scope()
        see("rate ", third, motion._derivative(third))
        own = {file.state_name(key): third.array(third.read(key)) for key in file.states if key not in motion._moving}
        told.update({f"left {name}": x for name, x in own.items()})
        self._told[:] = list(told)
        return list(told.values())


def _used_dt(file: "Translation") -> str:
    nodes: Iterable[Any] = within(file.current_body)
    nodes = [*nodes, *(node for block in file.file.blocks for node in within(block.body))]
    if any(isinstance(node, Call) and node.name == "at_time" for node in nodes):
        return "it does something in the step that passes a time, by at_time()"
    line = next((node.place.line for node in nodes if isinstance(node, Name) and node.name == "dt"), 0)
    return f"its code uses dt, in line {line}" if line else "its code uses dt"


def _compared_with_time(node: Binary) -> Expression | None:
    """What the time is compared with, in `t < x`, `x < t`, `t - x < y` or `y < t - x`; None in all else."""
    if node.operator not in _ORDER:
        return None
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(one, Name) and one.name == "t":
            return other
        if isinstance(one, Binary) and one.operator == "-" and isinstance(one.left, Name) and one.left.name == "t":
            return Binary("+", one.right, other, one.place)
    return None
