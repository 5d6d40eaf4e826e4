"""A channel's description out of a mechanism: its gates are found in how the mechanism behaves."""

import warnings
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.kernel.system import Clock
from rheobase.mechanisms.channel_spec.channel import Channel
from rheobase.mechanisms.channel_spec.fit import EXACT, fitted, misfit
from rheobase.mechanisms.channel_spec.forms import Form
from rheobase.mechanisms.channel_spec.gating import flux
from rheobase.mechanisms.channel_spec.kinetics import AlphaBeta, Gate, InfTau
from rheobase.mechanisms.ions import ION_DEFAULTS
from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.rates import rates
from rheobase.mechanisms.registry import mechanism as registered

Floats = NDArray[np.float64]

V = np.linspace(-120.0, 80.0, 201) + 0.013  # mV; off the round voltages at which formulas tend to be 0/0
_WARMER = 10.0  # degC
_ALIKE = 1e-6


class _Current(NamedTuple):
    """One current of a mechanism as a function of everything that it may depend on."""

    definition: type[Mechanism]
    name: str
    celsius: float

    def at(
        self,
        v: Any,
        states: Mapping[str, Any],
        parameters: Mapping[str, Any] = {},
        ions: Mapping[str, Any] = {},
    ) -> Any:
        values = {p.name: jnp.asarray(p.default) for p in self.definition.parameters} | dict(parameters)
        values |= {"area": jnp.asarray(100.0), "diam": jnp.asarray(10.0), "stream": jnp.asarray(0)}
        p = SimpleNamespace(**values)
        p = SimpleNamespace(**{**values, **self.definition.prepare(p, jnp.asarray(self.celsius))})
        around = SimpleNamespace(
            **{use.name: SimpleNamespace(**_surroundings(use.name, ions)) for use in self.definition.ions}
        )
        clock = Clock(jnp.asarray(0.0), jnp.asarray(0.025))
        told = self.definition.currents(jnp.asarray(v), SimpleNamespace(**states), p, around, clock)
        return told[self.name]


def channel_from(
    mechanism: str | type[Mechanism], *, ion: str | None, current: str | None, celsius: float, name: str | None
) -> Channel:
    """See `ChannelSpec.from_mechanism`."""
    definition = registered(mechanism) if isinstance(mechanism, str) else mechanism
    described = getattr(definition, "channel", None)
    if isinstance(described, Channel):
        return described if name is None else described.replace(name=name)
    if definition.kind == "artificial" or definition.electrode:
        raise ValueError(f"{definition.name} is no channel")
    which = _which(definition, ion, current)
    carried = definition.current_names[which]
    told = _Current(definition, which, celsius)
    table, warmer = rates(definition, V, celsius), rates(definition, V, celsius + _WARMER)
    states = {state: jnp.full_like(jnp.asarray(V), 0.5) for state in definition.states}
    powers = _powers(told, states)
    gates = []
    for state, power in powers.items():
        if f"{state}inf" not in table:
            raise ValueError(
                f"the state {state!r} of {definition.name} is no gate with a steady state and a time constant"
            )
        gates.append(_gate(state, power, table, warmer, celsius))
    _warn_of_ligands(definition, powers, table, celsius)
    largest, driving = _drive(told, states, powers, carried)
    return Channel(
        name=name or (definition.name if len(definition.current_names) == 1 else f"{definition.name}_{which}"),
        kind=definition.kind,
        ion=carried,
        gates=tuple(gates),
        gmax=largest,
        **driving,
    )


def _which(definition: type[Mechanism], ion: str | None, current: str | None) -> str:
    fitting = [
        name
        for name, carried in definition.current_names.items()
        if (current is None or name == current) and (ion is None or carried == ion)
    ]
    there = ", ".join(f"{name} ({carried or 'non-specific'})" for name, carried in definition.current_names.items())
    if not fitting:
        raise KeyError(f"{definition.name} has no such current; it has {there or 'none'}")
    if len(fitting) > 1:
        raise ValueError(f"{definition.name} has several currents: say which by ion= or current=; it has {there}")
    return fitting[0]


def _surroundings(ion: str, changed: Mapping[str, Any]) -> dict[str, Any]:
    usual = ION_DEFAULTS.get(ion)
    found = {
        "reversal": usual.reversal if usual else 0.0,
        "inside": usual.inside if usual else 1.0,
        "outside": usual.outside if usual else 1.0,
        "current": 0.0,
    }
    found |= {what: changed[f"{ion}.{what}"] for what in found if f"{ion}.{what}" in changed}
    return {what: jnp.asarray(value) for what, value in found.items()}


def _powers(told: _Current, states: Mapping[str, Any]) -> dict[str, int]:
    """How often each state counts in the current: the slope of its logarithm, the same at every value and voltage."""
    found = {}
    for state in states:

        def logarithm(x: Any, state: str = state) -> Any:
            return jnp.log(jnp.abs(told.at(V, {**states, state: x})))

        slopes = []
        for x in (0.3, 0.7):
            at = jnp.full_like(jnp.asarray(V), x)
            slopes.append(np.asarray(x * jax.jvp(logarithm, (at,), (jnp.ones_like(at),))[1]))
        power = float(np.median(slopes))
        if not np.allclose(slopes, round(power), atol=_ALIKE):
            raise ValueError(
                f"{told.name} of {told.definition.name} is no product of gates: it depends on {state!r} otherwise than "
                "by a whole power"
            )
        if round(power) > 0:
            found[state] = round(power)
    return found


def _gate(state: str, power: int, table: Any, warmer: Any, celsius: float) -> Gate:
    inf, tau = table[f"{state}inf"].to_numpy(), table[f"{state}tau"].to_numpy()
    faster = tau / warmer[f"{state}tau"].to_numpy()
    settled = np.allclose(warmer[f"{state}inf"].to_numpy(), inf, atol=_ALIKE)
    q10 = float(np.median(faster)) if settled and np.ptp(faster) < _ALIKE * np.median(faster) else 1.0
    return Gate(
        name=state,
        power=power,
        kinetics=_kinetics(inf, tau),
        q10=float(f"{q10:.9g}"),
        reference=celsius,
    )


def _warn_of_ligands(definition: type[Mechanism], gates: Mapping[str, int], table: Any, celsius: float) -> None:
    """Say which gates depend on a concentration, and at what it was held."""
    for use in definition.ions:
        for side, short in (("inside", "i"), ("outside", "o")):
            if side not in use.reads:
                continue
            held = float(_surroundings(use.name, {})[side])
            other = rates(definition, V, celsius, **{f"{use.name}{short}": 2 * held})
            moved = [
                gate
                for gate in gates
                for column in (f"{gate}inf", f"{gate}tau")
                if not np.allclose(table[column], other[column], rtol=_ALIKE)
            ]
            if moved:
                warnings.warn(
                    f"gate {moved[0]} of {definition.name} depends on {use.name}{short}; the channel has it as at "
                    f"{held:g} mM: give its rates a ligand",
                    stacklevel=4,
                )


def _kinetics(inf: Floats, tau: Floats) -> AlphaBeta | InfTau:
    """The pair of forms that both follow exactly, else of inf and tau what is nearest."""
    alpha, beta = inf / tau, (1 - inf) / tau
    pairs: list[tuple[Any, dict[str, Floats]]] = [
        (InfTau, {"inf": inf, "tau": tau}),
        (AlphaBeta, {"alpha": alpha, "beta": beta}),
    ]
    for kind, curves in pairs:
        forms: dict[str, Form] = {}
        for role, y in curves.items():
            form = fitted("best", V, y)
            if misfit(form, V, y) > 1e3 * EXACT or form.structure[0] == "Table":
                break
            forms[role] = form
        else:
            return kind(**forms)
    nearest: dict[str, Any] = {"inf": fitted("best", V, inf), "tau": fitted("best", V, tau)}
    return InfTau(**nearest)


def _drive(
    told: _Current, states: Mapping[str, Any], powers: Mapping[str, int], ion: str | None
) -> tuple[float, dict[str, Any]]:
    """The largest conductance or permeability, and what the channel's driving force is."""
    opened = {state: jnp.ones_like(x) if state in powers else x for state, x in states.items()}
    i = np.asarray(told.at(V, opened))
    slope, offset = np.polyfit(V, i, 1)
    if np.abs(slope * V + offset - i).max() <= _ALIKE * np.abs(i).max():
        reversal = _surroundings(ion, {})["reversal"] if ion else -offset / slope
        if ion is None or abs(-offset / slope - float(reversal)) < 1e-6:
            return _short(slope), {"e": 0.0 if ion else _short(-offset / slope)}
    if ion is not None:
        usual, valence = _surroundings(ion, {}), _valence(told.definition, ion)
        unit = flux(V, float(usual["inside"]), float(usual["outside"]), valence, told.celsius)
        share = i / unit if told.definition.kind == "density" else 1e-6 * i / unit
        if np.ptp(share) <= _ALIKE * abs(np.median(share)):
            own = None if ion in ION_DEFAULTS else valence
            return _short(float(np.median(share))), {"current": "ghk", "valence": own}
    raise ValueError(
        f"{told.name} of {told.definition.name} is neither a conductance times (v - e) nor a permeability times the "
        "GHK flux"
    )


def _valence(definition: type[Mechanism], ion: str) -> float:
    stated = next((use.valence for use in definition.ions if use.name == ion), None)
    usual = ION_DEFAULTS.get(ion)
    return stated or (usual.valence if usual and usual.valence else 1.0)


def _short(x: float) -> float:
    """The number without the rounding errors of how it was found."""
    return float(f"{x:.10g}")
