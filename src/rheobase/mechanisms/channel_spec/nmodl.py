"""A channel as NMODL text, for NEURON's compiler and every other that reads the language."""

import ast
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from rheobase.mechanisms.channel_spec.channel import Channel
from rheobase.mechanisms.channel_spec.forms import (
    Constant,
    Exponential,
    Form,
    Formula,
    Linoid,
    Sigmoid,
    Table,
)
from rheobase.mechanisms.channel_spec.kinetics import BorgGraham, Gate, InfTau, Rates
from rheobase.mechanisms.ions import FARADAY, GAS_CONSTANT, ZERO_CELSIUS

_WIDTH = 120
_UNITS = """    (mV) = (millivolt)
    (mA) = (milliamp)
    (nA) = (nanoamp)
    (S) = (siemens)
    (uS) = (microsiemens)
    (molar) = (1/liter)
    (mM) = (millimolar)"""

_FUNCTIONS = {
    "linoid": """FUNCTION linoid(x) {
    if (fabs(x) < 1e-5) { linoid = 1 + 0.5*x } else { linoid = x/(1 - exp(-x)) }
}""",
    "exprelr_": """FUNCTION exprelr_(x) {
    if (fabs(x) < 1e-5) { exprelr_ = 1 - 0.5*x } else { exprelr_ = x/(exp(x) - 1) }
}""",
    "flux": f"""FUNCTION flux(v (mV), ci (mM), co (mM), z) {{ LOCAL x
    x = z*v*{1e-3 * FARADAY / GAS_CONSTANT!r}/(celsius + {ZERO_CELSIUS!r})
    flux = {1e-3 * FARADAY!r}*z*(ci*exprelr_(-x) - co*exprelr_(x))
}}""",
    "field": f"""FUNCTION field(v (mV)) {{
    field = v*{1e-3 * FARADAY / GAS_CONSTANT!r}/(celsius + {ZERO_CELSIUS!r})
}}""",
    "heaviside": """FUNCTION heaviside(x) {
    if (x >= 0) { heaviside = 1 } else { heaviside = 0 }
}""",
    "least": """FUNCTION least(x, y) {
    if (x < y) { least = x } else { least = y }
}""",
    "most": """FUNCTION most(x, y) {
    if (x > y) { most = x } else { most = y }
}""",
}
_C_WORDS = frozenset(
    {"j", "y", "gamma", "erf", "time", "signal", "int", "new", "and", "or", "not", "xor", "this", "auto"}
)
_NEEDS = {"flux": ("exprelr_",)}
_CALLS = {"exprelr": "exprelr_", "heaviside": "heaviside", "abs": "fabs", "min": "least", "max": "most"}
_SIGNS: dict[type, tuple[str, int]] = {
    ast.Add: (" + ", 1),
    ast.Sub: (" - ", 1),
    ast.Mult: ("*", 2),
    ast.Div: ("/", 2),
    ast.Pow: ("^", 4),
}


def to_nmodl(channel: Channel) -> str:
    """The text of the .mod file of a channel.

    Particles are solved by `cnexp`, schemes by `sparse`, as the compiled mechanism does. Of single channels it has
    the mean.
    """
    return _Writer(channel).text()


class _Writer:
    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.functions: dict[str, str] = {}
        self.particles = [gate for gate in channel.gates if gate.scheme is None]
        self.schemes = [gate for gate in channel.gates if gate.scheme is not None]

    def text(self) -> str:
        channel = self.channel
        rates = self._rates()
        breakpoint_ = self._breakpoint()
        blocks = [
            f"TITLE {channel.name}, a channel",
            _block("NEURON", self._neuron()),
            f"UNITS {{\n{_UNITS}\n}}",
            _block("PARAMETER", self._parameters()),
            _block("ASSIGNED", self._assigned()),
        ]
        if channel.gates:
            blocks.append(_block("STATE", [" ".join(map(_word, gate.states)) for gate in channel.gates]))
        blocks.append(_block("BREAKPOINT", breakpoint_))
        if channel.gates:
            blocks.append(_block("INITIAL", self._initial()))
        if self.particles:
            words = [(gate.name, _word(gate.name)) for gate in self.particles]
            moving = [f"{word}' = ({name}_inf - {word})/{name}_tau" for name, word in words]
            blocks.append(_block("DERIVATIVE states", ["rates(v)", *moving]))
        if self.schemes:
            blocks.append(_block("KINETIC schemes", self._kinetic()))
        blocks.append("UNITSOFF")
        if channel.gates:
            blocks.append(_block("PROCEDURE rates(v (mV))", rates))
        blocks += self.functions.values()
        blocks.append("UNITSON")
        return "\n".join(map(_wrapped, "\n\n".join(blocks).splitlines())) + "\n"

    def _neuron(self) -> Iterator[str]:
        channel = self.channel
        yield f"{'SUFFIX' if channel.kind == 'density' else 'POINT_PROCESS'} {channel.name}"
        reads: dict[str, list[str]] = {}
        if channel.ion is not None:
            ion = channel.ion
            reads[ion] = [f"e{ion}"] if channel.current == "ohmic" else [f"{ion}i", f"{ion}o"]
        for ligand in channel.ligands:
            ion = ligand.partition(".")[0]
            if _concentration(ligand) not in reads.setdefault(ion, []):
                reads[ion].append(_concentration(ligand))
        for ion, names in reads.items():
            writes = f" WRITE i{ion}" if ion == channel.ion else ""
            valence = f" VALENCE {channel.valence:g}" if ion == channel.ion and channel.valence is not None else ""
            yield f"USEION {ion} READ {', '.join(names)}{writes}{valence}"
        if channel.ion is None:
            yield "NONSPECIFIC_CURRENT i"
        own = "e" if channel.ion is None else f"i{channel.ion}"
        yield f"RANGE {channel.conductance_name}, g, {own}"
        if scratch := self._scratch():
            yield f"RANGE {', '.join(scratch)}"
        if shared := [p.name for p in self._numbers() if p.scope == "global"]:
            yield f"GLOBAL {', '.join(shared)}"

    def _numbers(self) -> list[Any]:
        return [p for p in self.channel.parameters if p.name not in ("n_channels", "seed")]

    def _parameters(self) -> Iterator[str]:
        for p in self._numbers():
            unit = f" ({p.unit.replace('1/', '/')})" if p.unit else ""
            limits = f" <{p.minimum:g}, {p.maximum:g}>" if p.name == self.channel.conductance_name else ""
            yield f"{p.name} = {p.default!r}{unit}{limits}"

    def _assigned(self) -> Iterator[str]:
        channel = self.channel
        yield "v (mV)"
        yield "celsius (degC)"
        if channel.ion is not None:
            if channel.current == "ohmic":
                yield f"e{channel.ion} (mV)"
            else:
                yield f"{channel.ion}i (mM)"
                yield f"{channel.ion}o (mM)"
        for ligand in channel.ligands:
            if not (channel.current == "ghk" and ligand.partition(".")[0] == channel.ion):
                yield f"{_concentration(ligand)} (mM)"
        yield f"{channel.current_name} ({'mA/cm2' if channel.kind == 'density' else 'nA'})"
        yield f"g ({channel.conductance_unit})"
        yield from self._scratch()

    def _scratch(self) -> list[str]:
        found = [f"{gate.name}_{what}" for gate in self.particles for what in ("inf", "tau")]
        return [*found, *(f"{pair}_{way}" for gate in self.schemes for pair in gate.pairs for way in ("fwd", "bwd"))]

    def _breakpoint(self) -> Iterator[str]:
        channel = self.channel
        if self.particles:
            yield "SOLVE states METHOD cnexp"
        if self.schemes:
            yield "SOLVE schemes METHOD sparse"
        particles = [_word(gate.name) + (f"^{gate.power}" if gate.power > 1 else "") for gate in self.particles]
        sums = [" + ".join(f"{name}_conductance*{_word(name)}" for name in gate.states) for gate in self.schemes]
        factors = [channel.conductance_name, *particles, *(f"({each})" for each in sums)]
        yield f"g = {'*'.join(factors)}"
        if channel.current == "ghk":
            factor, ion = "" if channel.kind == "density" else "1e6*", channel.ion
            yield f"i{ion} = {factor}g*{self._call('flux')}(v, {ion}i, {ion}o, {channel.charge!r})"
        else:
            yield f"{channel.current_name} = g*(v - e{channel.ion or ''})"

    def _initial(self) -> Iterator[str]:
        yield "rates(v)"
        for gate in self.particles:
            yield f"{_word(gate.name)} = {gate.name}_inf"
        for gate in self.schemes:
            first, *others = gate.states
            yield f"{_word(first)} = 1"
            for name in others:
                yield f"{_word(name)} = 0"
        if self.schemes:
            yield "SOLVE schemes STEADYSTATE sparse"

    def _kinetic(self) -> Iterator[str]:
        yield "rates(v)"
        for gate in self.schemes:
            scheme: Any = gate.scheme
            for t in scheme.transitions:
                yield f"~ {_word(t.source)} <-> {_word(t.target)} ({t.name}_fwd, {t.name}_bwd)"
            if scheme.transitions and not scheme.separate_states:
                yield f"CONSERVE {' + '.join(map(_word, gate.states))} = 1"

    def _rates(self) -> list[str]:
        lines = ["LOCAL q_, a_, b_"]
        for gate in self.channel.gates:
            lines.append(f"q_ = {gate.name}_q10^((celsius - {gate.name}_reference)/10)")
            for pair, rates in gate.pairs.items():
                lines += self._pair(gate, pair, rates)
        return lines

    def _pair(self, gate: Gate, pair: str, rates: Rates) -> Iterator[str]:
        """The lines that set what a pair of rates is used for, from what it is written as."""
        as_inf_tau = isinstance(rates, InfTau | BorgGraham)
        if isinstance(rates, BorgGraham):
            yield f"b_ = {pair}_z*{self._call('field')}(v - {pair}_vhalf)"
            yield "a_ = 1/(1 + exp(-b_))"
            yield f"b_ = a_*exp(-{pair}_gamma*b_)/{pair}_K + {pair}_tau0"
        else:
            for name, (role, form) in zip(("a_", "b_"), rates.forms().items(), strict=True):
                yield f"{name} = {self._form(form, f'{pair}_{role}')}"
        bound = ""
        if rates.ligand is not None:
            bound = f"*{_concentration(rates.ligand)}" + (f"^{rates.coefficient}" if rates.coefficient > 1 else "")
        forward, backward = (f"a_/b_{bound}", "(1 - a_)/b_") if as_inf_tau else (f"a_{bound}", "b_")
        if gate.scheme is not None:
            yield f"{pair}_fwd = q_*{forward}"
            yield f"{pair}_bwd = q_*{backward}"
        elif as_inf_tau and not bound:
            yield f"{pair}_inf = a_"
            yield f"{pair}_tau = b_/q_"
        else:
            yield f"{pair}_inf = {forward}/({forward} + {backward})"
            yield f"{pair}_tau = 1/(q_*({forward} + {backward}))"

    def _form(self, form: Form, prefix: str) -> str:
        match form:
            case Constant():
                return f"{prefix}_A"
            case Exponential():
                return f"{prefix}_A*exp({prefix}_k*(v - {prefix}_d))"
            case Linoid():
                return f"{prefix}_A*{self._call('linoid')}({prefix}_k*(v - {prefix}_d))"
            case Sigmoid():
                return f"{prefix}_A/(1 + exp({prefix}_k*({prefix}_d - v)))"
            case Formula():
                return self._expression(form.expression.tree, prefix, 0)
            case Table():
                name = f"{prefix}_at"
                self.functions[name] = "\n".join([f"FUNCTION {name}(v (mV)) {{", *_lines(_search(name, form)), "}"])
                return f"{name}(v)"
        raise TypeError(f"{form!r} has no text")  # pragma: no cover

    def _expression(self, node: ast.expr, prefix: str, outer: int) -> str:
        match node:
            case ast.Constant(value=int() | float() as value):
                return repr(value) if value >= 0 else f"({value!r})"
            case ast.Name(id=name):
                return name if name in ("v", "celsius") else f"{prefix}_{name}"
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"(-{self._expression(operand, prefix, 3)})"
            case ast.UnaryOp(operand=operand):
                return self._expression(operand, prefix, outer)
            case ast.BinOp(left=left, op=op, right=right):
                sign, strength = _SIGNS[type(op)]
                # NMODL's power groups to the left, Python's to the right: its operands are wrapped whatever they are.
                ends = (5, 5) if isinstance(op, ast.Pow) else (strength, strength + 1)
                parts = [self._expression(side, prefix, end) for side, end in zip((left, right), ends, strict=True)]
                text = sign.join(parts)
                return f"({text})" if strength < outer else text
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._function(name, [self._expression(arg, prefix, 0) for arg in args])
        raise TypeError(f"unchecked node {node!r}")  # pragma: no cover

    def _function(self, name: str, args: list[str]) -> str:
        called = _CALLS.get(name, name)
        if called in _FUNCTIONS:
            self._call(called)
        if name in ("min", "max"):
            text = args[0]
            for arg in args[1:]:
                text = f"{called}({text}, {arg})"
            return text
        return f"{called}({', '.join(args)})"

    def _call(self, name: str) -> str:
        """The name of a function of ours, which the text then defines."""
        for needed in (*_NEEDS.get(name, ()), name):
            self.functions.setdefault(needed, _FUNCTIONS[needed])
        return name


def _search(name: str, table: Table) -> list[str]:
    """Statements that find the line between two points by halving."""
    v, y = table.v, table.y

    def between(low: int, high: int) -> list[str]:
        if high - low == 1:
            slope = (y[high] - y[low]) / (v[high] - v[low])
            return [f"{name} = {y[low]!r} + {slope!r}*(v - ({v[low]!r}))"]
        middle = (low + high) // 2
        return [
            f"if (v < {v[middle]!r}) {{",
            *_lines(between(low, middle)),
            "} else {",
            *_lines(between(middle, high)),
            "}",
        ]

    return [
        f"if (v <= {v[0]!r}) {{",
        f"    {name} = {y[0]!r}",
        f"}} else if (v >= {v[-1]!r}) {{",
        f"    {name} = {y[-1]!r}",
        "} else {",
        *_lines(between(0, len(v) - 1)),
        "}",
    ]


def _word(state: str) -> str:
    """The name of a state, changed where the C library has a function of that name or of what NEURON makes of it."""
    return f"{state}_" if state in _C_WORDS else state


def _concentration(ligand: str) -> str:
    ion, _, side = ligand.partition(".")
    return f"{ion}{'i' if side == 'inside' else 'o'}"


def _lines(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _wrapped(line: str) -> str:
    """A line broken at blanks: NEURON's compiler reads no longer ones than 512 characters."""
    if len(line) <= _WIDTH:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line, _WIDTH, subsequent_indent=indent + "    ", break_long_words=False, break_on_hyphens=False
    )


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{head} {{", *_lines(lines), "}"])
