"""A density mechanism that is a Python class, as NMODL: its functions are traced, and each operation written out."""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp

from rheobase.kernel.system import Clock
from rheobase.mechanisms import Mechanism, UseIon
from rheobase.share.neuron.operations import Statements, Untraceable

_WIDTH = 100
_WHAT = {"reversal": "e{}", "inside": "{}i", "outside": "{}o", "current": "i{}"}
_C_WORDS = frozenset({"j", "y", "gamma", "erf", "time", "signal", "int", "new", "and", "or", "not", "xor", "auto"})


def traced_nmodl(definition: type[Mechanism]) -> str:
    """The text of a .mod file that steps exactly as a density mechanism does, at fixed steps.

    **Raises:** Untraceable for what NMODL has no words for.
    """
    if definition.random or definition.pointers or definition.diffusing or definition.hidden:
        raise Untraceable("it draws random numbers, points to something or diffuses")
    if any("[" in name for name in definition.states):
        raise Untraceable("it has arrays of states")
    if words := sorted(_C_WORDS.intersection(definition.states)):
        raise Untraceable(f"C has a meaning of its own for {words[0]!r}")
    return _Mod(definition).text()


class _Mod:
    def __init__(self, definition: type[Mechanism]) -> None:
        self.definition = definition
        self.written = {
            f"{use.name}.{what}": _WHAT[what].format(use.name)
            for use in definition.ions
            for what in use.writes
            if what != "current"
        }
        self.used: set[str] = set()

    def text(self) -> str:
        definition = self.definition
        initial = self.block("initial", self._initial, self._states())
        advance = self.block("advance", self._advance, self._states())
        told = [*definition.current_names, *definition.observable_names]
        currents = self.block("currents", self._currents, {name: name for name in told})
        # LOCAL comes first in a block.
        at = bool(currents) and currents[0].startswith("LOCAL")
        currents[at:at] = ["SOLVE one_step"] if advance else []
        blocks = [
            f"TITLE {definition.name}",
            f"COMMENT\n{_comment(definition)}\nENDCOMMENT",
            _block("NEURON", self._neuron()),
            _block("PARAMETER", [f"{p.name} = {p.default!r}" for p in definition.parameters]),
            _block("ASSIGNED", self._assigned()),
        ]
        states = [*definition.states, *self.written.values()]
        if states:
            blocks.append(_block("STATE", [" ".join(states)]))
        blocks.append("UNITSOFF")
        blocks.append(_block("INITIAL", initial))
        blocks.append(_block("BREAKPOINT", currents))
        if advance:
            blocks.append(_block("PROCEDURE one_step()", advance))
        blocks.append("UNITSON")
        return "\n\n".join(blocks) + "\n"

    def block(self, what: str, function: Callable[..., Mapping[str, Any]], results: Mapping[str, str]) -> list[str]:
        """The statements of one function, which set the variables named in `results`."""
        scalar = jax.ShapeDtypeStruct((), jnp.float64)
        names = list(dict.fromkeys(self._inputs()))
        try:
            closed, shape = jax.make_jaxpr(function, return_shape=True)(dict.fromkeys(names, scalar))
        except (TypeError, ValueError, NotImplementedError, AttributeError) as error:
            raise Untraceable(f"its {what} cannot be traced ({error})") from None
        if unknown := [key for key in shape if key not in results]:
            raise Untraceable(f"its {what} sets {unknown[0]!r}")
        # The leaves of a dictionary come in the order of its keys.
        writer = Statements(closed, sorted(names))
        targets = [results[key] for key in sorted(shape)]
        lines = writer.lines(targets)
        self.used |= writer.used
        return lines

    def _states(self) -> dict[str, str]:
        return {name: name for name in self.definition.states} | self.written

    def _inputs(self) -> Iterator[str]:
        yield from ("v", "t", "dt", "celsius", *self.definition.geometry)
        yield from (p.name for p in self.definition.parameters)
        yield from self.definition.states
        for use in self.definition.ions:
            yield from (form.format(use.name) for form in _WHAT.values())

    def _prepared(self, given: Mapping[str, Any]) -> tuple[Any, Any, Any, Clock]:
        definition = self.definition
        values = {p.name: given[p.name] for p in definition.parameters}
        values |= {name: given[name] for name in definition.geometry}
        p = SimpleNamespace(**values)
        p = SimpleNamespace(**{**values, **definition.prepare(p, given["celsius"])})
        s = SimpleNamespace(**{name: given[name] for name in definition.states})
        ions = SimpleNamespace(**{use.name: _surroundings(use, given) for use in definition.ions})
        return p, s, ions, Clock(given["t"], given["dt"])

    def _initial(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        p, _, ions, clock = self._prepared(given)
        return dict(self.definition.initial(given["v"], p, ions, clock))

    def _advance(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        p, s, ions, clock = self._prepared(given)
        return dict(self.definition.advance(given["v"], s, p, ions, clock))

    def _currents(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        p, s, ions, clock = self._prepared(given)
        told = dict(self.definition.currents(given["v"], s, p, ions, clock))
        return told | dict(self.definition.observables(given["v"], s, p, ions, clock))

    def _neuron(self) -> Iterator[str]:
        definition = self.definition
        yield f"SUFFIX {definition.name}"
        for use in definition.ions:
            reads = [_WHAT[what].format(use.name) for what in use.reads]
            writes = [_WHAT[what].format(use.name) for what in use.writes]
            # A concentration that is stepped is read too.
            reads += [name for name in writes if name in self.used and name not in reads and not name.startswith("i")]
            parts = [f"USEION {use.name}"]
            parts += [f"READ {', '.join(reads)}"] * bool(reads) + [f"WRITE {', '.join(writes)}"] * bool(writes)
            parts += [] if use.valence is None else [f"VALENCE {use.valence:g}"]
            yield " ".join(parts)
        for name, ion in definition.current_names.items():
            if ion is None:
                yield f"NONSPECIFIC_CURRENT {name}"
            elif name != f"i{ion}":
                raise Untraceable(f"its current {name!r} of {ion} is not called i{ion}")
        own = [p.name for p in definition.parameters if p.scope == "range"]
        if told := [*own, *definition.observable_names]:
            yield f"RANGE {', '.join(told)}"
        if shared := [p.name for p in definition.parameters if p.scope == "global"]:
            yield f"GLOBAL {', '.join(shared)}"

    def _assigned(self) -> list[str]:
        definition = self.definition
        names = ["v", *(name for name in ("celsius", "dt", *definition.geometry) if name in self.used)]
        for use in definition.ions:
            names += [_WHAT[what].format(use.name) for what in dict.fromkeys((*use.reads, *use.writes))]
        names += [*definition.current_names, *definition.observable_names]
        return [name for name in dict.fromkeys(names) if name not in self.written.values()]


def _surroundings(use: UseIon, given: Mapping[str, Any]) -> Any:
    return SimpleNamespace(**{what: given[form.format(use.name)] for what, form in _WHAT.items()})


def _comment(definition: type[Mechanism]) -> str:
    lines = (definition.__doc__ or "").strip().splitlines()[:1]
    said = "\n".join([*lines, definition.source, "It steps by itself, so it is for fixed steps alone."])
    return said.replace("ENDCOMMENT", "")


def _wrapped(line: str) -> str:
    """A line broken at blanks: NEURON's compiler reads no longer ones than 512 characters."""
    return textwrap.fill(line, _WIDTH, subsequent_indent="        ", break_long_words=False, break_on_hyphens=False)


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{head} {{", *(_wrapped(f"    {line}") for line in lines), "}"])
