"""What each name of an NMODL file stands for in a mechanism."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf, pi
from typing import Literal

from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.nmodl.long_arrays import LONG
from rheobase.mechanisms.nmodl.scope import Context, error_at
from rheobase.mechanisms.nmodl.syntax import Declaration, File, Ion
from rheobase.mechanisms.parameter import Parameter

GIVEN = frozenset(("v", "t", "dt", "celsius", "area", "diam"))
"""Names that the simulator gives, however a file declares them."""

_CALLED = frozenset(("PROCEDURE", "FUNCTION", "FUNCTION_TABLE"))


@dataclass(frozen=True)
class Variables:
    """The names of a file, by what they are. **Arguments:** the `file`, and the keys that its code `written`."""

    file: File
    written: frozenset[str] = frozenset()

    @cached_property
    def ions(self) -> Mapping[str, tuple[str, str]]:
        """Each variable that is an ion's, with the ion and which of its values it is: `cai` is calcium's `inside`."""
        found = {}
        for ion in self.file.ions:
            for name in (*ion.reads, *ion.writes):
                found[name] = (ion.name, _aspect(ion, name))
        return found

    @cached_property
    def ion_uses(self) -> tuple[UseIon, ...]:
        """The ions, as a mechanism names them."""
        uses: dict[str, UseIon] = {}
        for ion in self.file.ions:
            reads, writes = (tuple(dict.fromkeys(_aspect(ion, x) for x in names)) for names in (ion.reads, ion.writes))
            before = uses.get(ion.name, UseIon(ion.name, (), ()))
            valence = before.valence if ion.valence is None else ion.valence
            uses[ion.name] = UseIon(
                ion.name,
                tuple(dict.fromkeys(before.reads + reads)),
                tuple(dict.fromkeys(before.writes + writes)),
                valence,
            )
        return tuple(uses.values())

    @cached_property
    def ion_writes(self) -> Mapping[str, str]:
        """Each variable that sets an ion's concentration or reversal potential, with its dotted name."""
        written = (name for ion in self.file.ions for name in ion.writes)
        return {name: ".".join(self.ions[name]) for name in written if self.ions[name][1] != "current"}

    @cached_property
    def currents(self) -> Mapping[str, str | None]:
        """Each current, with the ion that carries it."""
        found: dict[str, str | None] = {}
        for ion in self.file.ions:
            found |= {name: ion.name for name in ion.writes if _aspect(ion, name) == "current"}
        return found | dict.fromkeys((*self.file.nonspecific, *self.file.electrode))

    @cached_property
    def lengths(self) -> Mapping[str, int]:
        """The length of each array."""
        file = self.file
        declared = (*file.parameters, *file.constants, *file.assigned, *file.states)
        return {d.name: d.length for d in declared if d.length} | {name: n for name, n in file.locals if n}

    @cached_property
    def long(self) -> frozenset[str]:
        """The arrays that are kept whole."""
        kept = {d.name for d in (*self.file.states, *self.file.parameters)} | self.ions.keys()
        return frozenset(name for name, length in self.lengths.items() if length > LONG and name not in kept)

    @cached_property
    def constants(self) -> Mapping[str, float]:
        """Numbers by name: of UNITS and CONSTANT."""
        given = {d.name: d.value or 0.0 for d in self.file.constants}
        return {"PI": pi} | dict(self.file.factors) | given

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The keys of its own STATEs; those that are an ion's concentration are the ion's."""
        return tuple(key for d in self.file.states if d.name not in self.ions for key in self.keys(d.name))

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters: of PARAMETER, all but those that have no value until code sets one."""
        return tuple(
            self._parameter(d, key)
            for d in self._declared_parameters
            for key in self.keys(d.name)
            if d.value is not None or key not in self.written
        )

    @cached_property
    def scratch(self) -> tuple[str, ...]:
        """The keys of everything that code assigns and that nothing outside gives: ASSIGNED, and LOCAL of the file."""
        states = {d.name for d in self.file.states}
        names = [d.name for d in self.file.assigned] + [name for name, _ in self.file.locals]
        outside = GIVEN | self.ions.keys() | set(self.file.pointers) | states | {p.name for p in self.parameters}
        names = [name for name in dict.fromkeys(names) if name not in outside]
        unset = [key for d in self._declared_parameters for key in self.keys(d.name) if key in self.written]
        return tuple(dict.fromkeys([key for name in names for key in self.keys(name)] + unset))

    @cached_property
    def observables(self) -> tuple[str, ...]:
        """The keys of what can be recorded besides states and currents: RANGE and GLOBAL variables that code sets."""
        shown = {*self.file.range, *self.file.global_}
        given = {p.name for p in self.parameters}
        keys = [key for key in self.scratch if key not in self.long]
        keys = [key for key in keys if key.split("[")[0] in shown and key not in given | self.currents.keys()]
        return (*keys, *(d.name for d in self.file.states if d.name in self.ions))

    @cached_property
    def units(self) -> Mapping[str, str]:
        """The units of states and observables."""
        declared = (*self.file.states, *self.file.assigned, *self.file.parameters)
        by_name = {d.name: d.unit for d in declared if d.unit}
        keys = (*self.states, *self.observables)
        return {key: by_name[key.split("[")[0]] for key in keys if key.split("[")[0] in by_name}

    @cached_property
    def starts(self) -> Mapping[str, float | str]:
        """What each state starts as before INITIAL: a number, or the parameter that says so."""
        parameters = {p.name for p in self.parameters}
        found: dict[str, float | str] = {}
        for d in self.file.states:
            for key in self.keys(d.name):
                found[key] = f"{d.name}0" if f"{d.name}0" in parameters else d.start or 0.0
        return found

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of a variable."""
        length = 0 if name in self.long else self.lengths.get(name, 0)
        return tuple(f"{name}[{k}]" for k in range(length)) if length else (name,)

    def context(self) -> Context:
        """What all scopes of the file share."""
        blocks = {b.name: b for b in self.file.blocks if b.kind in _CALLED}
        return Context(self.file, self.lengths, self.constants, blocks, self.long)

    @cached_property
    def _declared_parameters(self) -> tuple[Declaration, ...]:
        outside = GIVEN | self.ions.keys() | self.currents.keys() | {d.name for d in self.file.states}
        return tuple(d for d in self.file.parameters if d.name not in outside | set(self.file.pointers))

    def _parameter(self, d: Declaration, key: str) -> Parameter:
        low, high = d.limits or (-inf, inf)
        scope: Literal["range", "global"] = "range" if d.name in self.file.range else "global"
        # NEURON keeps six digits of a default, whatever the file says.
        value = float(f"{d.value or 0.0:g}")
        return Parameter(key, value, _unit(d.unit), min(low, value), max(high, value), scope)


def _unit(unit: str) -> str:
    """A unit in the field's spelling: `mho/cm2` is `S/cm2`, and `0` is a pure number."""
    plain = unit.replace("mho", "S").replace("**", "").replace("^", "")
    return "1" if plain in ("1", "0", "") else plain


def _aspect(ion: Ion, name: str) -> str:
    aspects = {
        f"e{ion.name}": "reversal",
        f"{ion.name}i": "inside",
        f"{ion.name}o": "outside",
        f"i{ion.name}": "current",
    }
    if name not in aspects:
        raise error_at(f"{name} is no variable of the ion {ion.name}", ion.place, f"it has {', '.join(aspects)}")
    return aspects[name]
