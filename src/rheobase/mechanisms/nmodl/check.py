"""What a file may say and still mean nothing: names without declaration, absent blocks, calls in a circle."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NoReturn

from rheobase.mechanisms.nmodl import known, syntax
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.syntax import Block, Body, Call, Declaration, Expression, File, Place, Statement
from rheobase.mechanisms.nmodl.units import factor
from rheobase.mechanisms.nmodl.walk import bodies, children, within

_CALLED = ("FUNCTION", "PROCEDURE", "FUNCTION_TABLE")
_SOLVED = ("DERIVATIVE", "KINETIC", "LINEAR", "NONLINEAR", "DISCRETE", "PROCEDURE")
_ONLY_IN: dict[type, tuple[str, ...]] = {
    syntax.Reaction: ("KINETIC",),
    syntax.Conserve: ("KINETIC",),
    syntax.Compartment: ("KINETIC",),
    syntax.Diffusion: ("KINETIC",),
    syntax.Equation: ("LINEAR", "NONLINEAR"),
    syntax.Watch: ("NET_RECEIVE",),
    syntax.ForNetcons: ("NET_RECEIVE",),
    syntax.InitialPart: ("NET_RECEIVE",),
    syntax.Table: ("FUNCTION", "PROCEDURE"),
}
_SHOWN: dict[type, str] = {
    syntax.Reaction: "a reaction",
    syntax.Conserve: "CONSERVE",
    syntax.Compartment: "COMPARTMENT",
    syntax.Diffusion: "LONGITUDINAL_DIFFUSION",
    syntax.Equation: "an equation",
    syntax.Watch: "WATCH",
    syntax.ForNetcons: "FOR_NETCONS",
    syntax.InitialPart: "INITIAL",
    syntax.Table: "TABLE",
}


def check(file: File, name: str = "") -> File:
    """Refuse what NEURON, or the compiler behind it, would not accept.

    Units aren't compared: NEURON doesn't either.

    **Arguments:** `file`; `name`, what errors call it.

    **Returns:** the file, with what it uses undeclared added: to its factors PI, FARADAY and R, to ASSIGNED the
    variables that only its NEURON block names.

    **Raises:** `NmodlError` at the first fault.
    """
    return _Check(file, name).run()


@dataclass(slots=True)
class _Check:
    file: File
    name: str
    lengths: dict[str, int] = field(default_factory=dict)  # variables of the file; 0 for a scalar
    callable: dict[str, Block] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    states: set[str] = field(default_factory=set)
    used_factors: set[str] = field(default_factory=set)
    implied: list[Declaration] = field(default_factory=list)
    block: Block = field(default_factory=lambda: Block("", "", (), (), Place(1, 1)))  # the one being checked
    local: list[dict[str, int]] = field(default_factory=list)

    def run(self) -> File:
        self._declare()
        for block, body in bodies(self.file):
            self._check_block(block, body)
        self._check_recursion()
        factors = self.file.factors | {name: factor(*known.FACTORS[name], {}) for name in sorted(self.used_factors)}
        return replace(self.file, factors=factors, assigned=(*self.file.assigned, *self.implied))

    def fail(self, place: Place, message: str, hint: str = "") -> NoReturn:
        raise NmodlError(message, place.line, place.column, hint, place.file or self.name)

    # Declarations

    def _declare(self) -> None:
        file = self.file
        seen: dict[str, str] = {}
        groups: tuple[tuple[str, Iterable[Declaration]], ...] = (
            ("PARAMETER", file.parameters),
            ("CONSTANT", file.constants),
            ("ASSIGNED", file.assigned),
            ("STATE", file.states),
        )
        for kind, declarations in groups:
            for one in declarations:
                if one.name in seen:
                    self.fail(one.place, f"{one.name} is declared twice, in {seen[one.name]} and in {kind}")
                if one.name in file.factors:
                    self.fail(one.place, f"{one.name} is declared twice, in UNITS and in {kind}")
                seen[one.name] = kind
                self.lengths[one.name] = one.length
        self.states = {one.name for one in file.states}
        self.fixed = {one.name for one in file.constants} | set(file.factors)
        for name, length in file.locals:
            self.lengths.setdefault(name, length)
        for name in (*file.factors, *file.independent, *file.pointers, *file.externals, *file.randoms):
            self.lengths.setdefault(name, 0)
        for state in file.states:
            self.lengths.setdefault(f"{state.name}0", 0)
        for name in known.VARIABLES:
            self.lengths.setdefault(name, 0)
        named_only = known.ion_variables(file) | {*file.nonspecific, *file.electrode, *file.range, *file.global_}
        for name in sorted(named_only - self.lengths.keys()):
            self.implied.append(Declaration(name, file.suffix_place))
            self.lengths[name] = 0
        self._declare_blocks(seen)

    def _declare_blocks(self, seen: dict[str, str]) -> None:
        file = self.file
        named: dict[str, Block] = {}
        for block in file.blocks:
            if not block.name or block.kind in ("BEFORE", "AFTER"):
                continue
            if block.name in named:
                self.fail(block.place, f"there are two blocks called {block.name}")
            if block.name in seen:
                kind = seen[block.name]
                self.fail(block.place, f"{block.name} is both a {block.kind} and declared in {kind}")
            named[block.name] = block
        self.callable = {name: block for name, block in named.items() if block.kind in _CALLED}
        receive = file.net_receive
        if receive is not None and file.kind in ("density", "nothing") and file.suffix:
            hint = "declare POINT_PROCESS or ARTIFICIAL_CELL instead of SUFFIX"
            self.fail(receive.place, "only a point process or an artificial cell can have a NET_RECEIVE block", hint)

    # Blocks and statements

    def _check_block(self, block: Block, body: Body) -> None:
        self.block = block
        arguments: dict[str, int] = {}
        for argument in block.arguments:
            if argument.name in arguments:
                self.fail(block.place, f"{block.name or block.kind} has two arguments called {argument.name}")
            arguments[argument.name] = 0
        if block.kind == "FUNCTION":
            arguments[block.name] = 0
        elif block.kind == "NET_RECEIVE":
            arguments["flag"] = 0
        elif block.kind == "KINETIC":
            arguments |= {"f_flux": 0, "b_flux": 0}
        self.local = [arguments]
        self._check_body(body)

    @contextmanager
    def _names(self, names: dict[str, int]) -> Iterator[None]:
        self.local.append(names)
        yield
        self.local.pop()

    def _check_body(self, body: Body, names: Iterable[str] = ()) -> None:
        with self._names(dict.fromkeys(names, 0)):
            for statement in body:
                self._check_statement(statement)

    def _check_statement(self, statement: Statement) -> None:
        only = _ONLY_IN.get(type(statement))
        if only is not None and self.block.kind not in only:
            where = " and ".join(only)
            self.fail(statement.place, f"{_SHOWN[type(statement)]} can stand only in {where} blocks")
        match statement:
            case syntax.Assign():
                self._check_target(statement.target)
                self._check_expression(statement.value)
            case syntax.Do():
                self._check_call(statement.call)
            case syntax.If() | syntax.While() | syntax.From() | syntax.ForNetcons() | syntax.InitialPart():
                self._check_compound(statement)
            case syntax.Local():
                self.local[-1].update(statement.variables)
            case syntax.Solve():
                self._check_solve(statement)
            case syntax.Compartment() | syntax.Diffusion():
                self._check_spread(statement)
            case syntax.Table():
                for name in (*statement.names, *statement.depend):
                    self._check_name(syntax.Name(name, statement.place), whole=True)
                for bound in (statement.first, statement.last):
                    self._check_expression(bound)
            case _:
                for child in children(statement):
                    self._check_expression(child)

    def _check_compound(
        self, statement: syntax.If | syntax.While | syntax.From | syntax.ForNetcons | syntax.InitialPart
    ) -> None:
        match statement:
            case syntax.If():
                self._check_expression(statement.condition)
                self._check_body(statement.then)
                self._check_body(statement.otherwise)
            case syntax.While():
                self._check_expression(statement.condition)
                self._check_body(statement.body)
            case syntax.From():
                for bound in (statement.first, statement.last, statement.step):
                    if bound is not None:
                        self._check_expression(bound)
                self._check_body(statement.body, [statement.variable])
            case syntax.ForNetcons():
                receive = self.file.net_receive
                if receive is not None and len(statement.arguments) != len(receive.arguments):
                    self.fail(statement.place, "FOR_NETCONS has another number of arguments than NET_RECEIVE")
                self._check_body(statement.body, statement.arguments)
            case syntax.InitialPart():
                self._check_body(statement.body)

    def _check_target(self, target: syntax.Name | syntax.Index) -> None:
        name = target.name
        if target.order and name not in self.states:
            hint = self._near(name, self.states) or "declare it in STATE"
            self.fail(target.place, f"{name} isn't a STATE, so it has no {name}{chr(39) * target.order}", hint)
        if target.order > 1:
            self.fail(target.place, f"{name}{chr(39) * target.order}: rates of rates aren't run", "use two STATEs")
        if not any(name in names for names in self.local):
            if name in self.callable and name not in self.lengths:
                kind = self.callable[name].kind
                self.fail(target.place, f"{name} is a {kind} and can be assigned only within itself")
            if name in self.fixed:
                self.fail(target.place, f"{name} is a constant and can't be assigned", "declare it in ASSIGNED")
            if name in ("t", "dt", "celsius") and name not in self.file.independent:
                self.fail(target.place, f"{name} belongs to the simulation and can't be assigned")
            if name in self.file.randoms:
                self.fail(target.place, f"{name} is a RANDOM stream and can't be assigned")
        self._check_expression(target)

    def _check_spread(self, statement: syntax.Compartment | syntax.Diffusion) -> None:
        for name in statement.species:
            # NEURON lets other mechanisms' concentrations stand here, too.
            self._check_name(syntax.Name(name, statement.place), whole=True)
        with self._names({statement.variable: 0} if statement.variable else {}):
            for child in children(statement):
                self._check_expression(child)

    def _check_solve(self, solve: syntax.Solve) -> None:
        block = self.file.block(solve.block)
        if block is None or block.kind not in _SOLVED:
            solvable = [one.name for one in self.file.blocks if one.kind in _SOLVED]
            self.fail(solve.place, f"there is no block {solve.block} to solve", self._near(solve.block, solvable))
        methods = known.METHODS[block.kind]
        if solve.steady:
            methods = tuple(method for method in methods if method not in ("euler", "runge"))
        if solve.method not in methods:
            offered = [method for method in methods if method]
            if solve.method in known.OLD_METHODS:
                message = f"NEURON has no method {solve.method} any more"
            elif any(solve.method in others for others in known.METHODS.values()):
                message = f"a {block.kind} block can't be solved by {solve.method}"
            else:
                message = f"there is no method {solve.method}"
            hint = self._near(solve.method, offered) or f"use {' or '.join(offered)}"
            self.fail(solve.place, message, "leave METHOD out" if block.kind == "PROCEDURE" else hint)

    # Expressions

    def _check_expression(self, expression: Expression) -> None:
        waiting = [expression]
        while waiting:
            node = waiting.pop()
            match node:
                case syntax.Name():
                    self._check_name(node)
                case syntax.Index():
                    if self._length(node.name, node.place) == 0:
                        self.fail(node.place, f"{node.name} isn't an array")
                    self._check_bounds(node)
                    waiting.append(node.index)
                case syntax.Call():
                    self._check_call(node)
                case _:
                    waiting.extend(list(children(node))[::-1])

    def _check_bounds(self, node: syntax.Index) -> None:
        index = node.index
        length = self._length(node.name, node.place)
        if isinstance(index, syntax.Number) and index.value >= length:
            self.fail(node.place, f"{node.name} has {length} elements, from 0 to {length - 1}")

    def _check_name(self, node: syntax.Name, whole: bool = False) -> None:
        length = self._length(node.name, node.place)
        if length and not whole:
            self.fail(node.place, f"{node.name} is an array and needs an index", f"write {node.name}[0]")

    def _length(self, name: str, place: Place) -> int:
        for names in reversed(self.local):
            if name in names:
                return names[name]
        if name in self.lengths:
            return self.lengths[name]
        if name in known.FACTORS:
            self.used_factors.add(name)
            return 0
        if name in self.callable:
            self.fail(place, f"{name} is a {self.callable[name].kind} and needs arguments", f"write {name}(...)")
        hint = self._near(name, [*self.lengths, *(one for names in self.local for one in names)])
        return self.fail(
            place, f"{name} isn't declared", hint or f"declare {name} in PARAMETER, ASSIGNED, STATE or LOCAL"
        )

    def _check_call(self, call: Call) -> None:
        block = self.callable.get(call.name)
        count = len(call.arguments)
        if block is not None:
            wanted = len(block.arguments)
            if count != wanted:
                self.fail(call.place, f"{call.name} takes {_arguments(wanted)}, not {count}")
        elif call.name in known.REFUSED:
            message, hint = known.REFUSED[call.name]
            self.fail(call.place, f"{call.name} {message}", hint)
        elif call.name in known.FUNCTIONS:
            low, high = known.FUNCTIONS[call.name]
            if not low <= count <= high:
                wanted_text = _arguments(low) if low == high else f"{low} to {high} arguments"
                self.fail(call.place, f"{call.name} takes {wanted_text}, not {count}")
            self._check_kin(call)
        else:
            hint = self._near(call.name, [*self.callable, *known.FUNCTIONS])
            if call.name in self.lengths:
                hint = f"{call.name} is a variable"
            self.fail(call.place, f"there is no function {call.name}", hint)
        for argument in call.arguments:
            if isinstance(argument, syntax.Text):
                if call.name != "printf":
                    self.fail(argument.place, f"{call.name} takes no text")
            else:
                self._check_expression(argument)

    def _check_kin(self, call: Call) -> None:
        """What only some built-in functions ask for."""
        first = call.arguments[0] if call.arguments else None
        if call.name.startswith("random_"):
            if not (isinstance(first, syntax.Name) and first.name in self.file.randoms):
                hint = "declare RANDOM rng in the NEURON block, and write " + f"{call.name}(rng)"
                self.fail(call.place, f"{call.name} draws from a RANDOM stream, named first", hint)
        elif call.name in ("net_send", "net_move", "net_event"):
            if self.file.kind in ("density", "nothing"):
                self.fail(call.place, f"{call.name} needs a point process or an artificial cell")
            if self.block.kind not in ("NET_RECEIVE", "INITIAL"):
                self.fail(call.place, f"{call.name} can stand only in NET_RECEIVE and INITIAL blocks")
        elif call.name == "state_discontinuity" and not isinstance(first, syntax.Name | syntax.Index):
            self.fail(call.place, "state_discontinuity takes a STATE and its new value")

    # Recursion

    def _check_recursion(self) -> None:
        """FUNCTIONs and PROCEDUREs are followed into where they are called, so none may come back to itself."""
        calls = {
            name: [node for node in within(block.body) if isinstance(node, Call) and node.name in self.callable]
            for name, block in self.callable.items()
        }
        done: set[str] = set()
        for start, first in calls.items():
            path: list[str] = [start]
            waiting = [iter(first)]
            while waiting:
                call = next(waiting[-1], None)
                if call is None:
                    waiting.pop()
                    done.add(path.pop())
                elif call.name in path:
                    circle = " -> ".join([*path[path.index(call.name) :], call.name])
                    hint = "write it as a WHILE or FROM loop"
                    self.fail(call.place, f"recursion isn't run: {circle}", hint)
                elif call.name not in done:
                    path.append(call.name)
                    waiting.append(iter(calls[call.name]))

    def _near(self, name: str, names: Iterable[str]) -> str:
        close = difflib.get_close_matches(name, sorted(set(names)), n=1, cutoff=0.7)
        return f"did you mean {close[0]}?" if close else ""


def _arguments(count: int) -> str:
    return "no arguments" if count == 0 else f"{count} argument{'s' * (count != 1)}"
