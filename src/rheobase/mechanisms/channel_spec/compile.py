"""A channel's description made a mechanism. Its numbers are parameters, so that moving one compiles nothing."""

import json
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.exponential import expm1_ratio
from rheobase.kernel.system import Clock
from rheobase.mechanisms.channel_spec import gating, single
from rheobase.mechanisms.channel_spec.channel import Channel, from_data, to_data
from rheobase.mechanisms.channel_spec.expansion import expansion
from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.mechanism import Mechanism, PointProcess
from rheobase.mechanisms.registry import Translator, compiled, register_source_kind
from rheobase.mechanisms.source import Source

KIND = "channel_spec"
_POINT_PER_DENSITY = 1e6  # nA for a cm3/s over mA/cm2 for a cm/s


class ByStructure(type):
    """The type of compiled channels: two are equal where only their default numbers differ.

    Compiled programs are known by the mechanisms in them, so moving a default finds the program that is there.
    """

    channel: Channel

    def __eq__(cls, other: object) -> bool:
        return isinstance(other, ByStructure) and cls.channel.structure == other.channel.structure

    def __hash__(cls) -> int:
        return hash(cls.channel.structure)


class _Channel(Mechanism):
    """What all compiled channels do, after the description in `channel`."""

    channel: Channel

    @staticmethod
    def prepare(p: Any, celsius: Array) -> Mapping[str, Array]:
        """See `Mechanism`."""
        return {"celsius": celsius}

    @classmethod
    def initial(cls, v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """See `Mechanism`."""
        numbers, ligands = vars(p), _concentrations(cls.channel, ions)
        if cls.channel.single_channels:
            return single.initial(cls.channel, v, p, ligands)
        found: dict[str, Array] = {}
        for gate in cls.channel.gates:
            found |= gating.steady_states(gate, v, numbers, p.celsius, ligands, jnp)
        return found

    @classmethod
    def currents(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """See `Mechanism`."""
        return {cls.channel.current_name: _conductance(cls.channel, s, p) * _drive(cls.channel, v, p, ions)}

    @classmethod
    def derivative(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """See `Mechanism`."""
        numbers, ligands, states = vars(p), _concentrations(cls.channel, ions), vars(s)
        if cls.channel.single_channels:
            return single.derivative(cls.channel, v, s, p, ligands)
        found: dict[str, Array] = {}
        for gate in cls.channel.gates:
            if gate.scheme is None:
                inf, tau = gating.inf_tau(gate, v, numbers, p.celsius, ligands, jnp)
                found[gate.name] = (inf - states[gate.name]) / tau
                continue
            pairs = gating.alpha_beta(gate, v, numbers, p.celsius, ligands, jnp)
            rates = dict.fromkeys(gate.states, 0.0 * v)
            for transition in gate.scheme.transitions:
                alpha, beta = pairs[transition.name]
                flow = alpha * states[transition.source] - beta * states[transition.target]
                rates[transition.source] = rates[transition.source] - flow
                rates[transition.target] = rates[transition.target] + flow
            found |= rates
        return found

    @classmethod
    def advance(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """Particles by their exact exponential; schemes by an implicit step, as NMODL's `sparse` does.

        Single channels, and their mean, go by the exact chances of a step.
        """
        numbers, ligands, states = vars(p), _concentrations(cls.channel, ions), vars(s)
        if cls.channel.single_channels:
            return single.advance(cls.channel, v, s, p, ligands, clock)
        found: dict[str, Array] = {}
        for gate in cls.channel.gates:
            if gate.scheme is None:
                inf, tau = gating.inf_tau(gate, v, numbers, p.celsius, ligands, jnp)
                x = states[gate.name]
                found[gate.name] = x + clock.dt * (inf - x) / tau * expm1_ratio(-clock.dt / tau)
                continue
            pairs = gating.alpha_beta(gate, v, numbers, p.celsius, ligands, jnp)
            matrix = gating.transition_rates(gate.scheme, pairs)
            before = [states[name] for name in gate.states]
            found |= dict(zip(gate.states, gating.implicit_step(before, matrix, clock.dt), strict=True))
        return found

    @classmethod
    def observables(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """See `Mechanism`."""
        return {"g": _conductance(cls.channel, s, p)}


def compile_channel(channel: Channel) -> type[Mechanism]:
    """The mechanism of a channel; the identical class for equal channels."""
    return compiled(source_of(channel))


def source_of(channel: Channel) -> Source:
    """The channel as the source of a mechanism."""
    return Source(KIND, channel.name, json.dumps(to_data(channel), allow_nan=False))


def channel_of(source: Source) -> Channel:
    """The channel that is in a source. **Raises:** ValueError."""
    return from_data(json.loads(source.text))


def _compile(source: Source) -> type[Mechanism]:
    channel = channel_of(source)
    counted = channel.single_channels
    bases = (_Channel,) if channel.kind == "density" else (_Channel, PointProcess)
    attributes: dict[str, Any] = {
        "__doc__": f"The channel {channel.name!r}, as built from its description.",
        "channel": channel,
        "name": channel.name,
        "kind": channel.kind,
        "parameters": channel.parameters,
        "states": (*expansion(channel).names, "draws") if counted else channel.states,
        "carried": ("draws",) if counted else (),
        "random": counted,
        "continuous": not counted,
        "discrete": "its channels are counted, and open and close by chance" if counted else "",
        "units": {"g": channel.conductance_unit},
        "ions": _ions(channel),
        "current_names": {channel.current_name: channel.ion},
        "observable_names": ("g",),
        "made_from": source,
    }
    definition: Any = ByStructure(channel.name, bases, attributes)
    return definition


def _program(source: Source) -> str:
    from rheobase.mechanisms.channel_spec.code import expression

    return f"{expression(channel_of(source))}.mechanism"


register_source_kind(KIND, Translator(_compile, _program))


def _ions(channel: Channel) -> tuple[UseIon, ...]:
    reads: dict[str, list[str]] = {}
    if channel.ion is not None:
        reads[channel.ion] = ["reversal"] if channel.current == "ohmic" else ["inside", "outside"]
    for ligand in channel.ligands:
        ion, _, side = ligand.partition(".")
        if side not in reads.setdefault(ion, []):
            reads[ion].append(side)
    return tuple(
        UseIon(
            ion,
            reads=tuple(sides),
            writes=("current",) if ion == channel.ion else (),
            valence=channel.valence if ion == channel.ion else None,
        )
        for ion, sides in reads.items()
    )


def _concentrations(channel: Channel, ions: Any) -> dict[str, Array]:
    found = {}
    for ligand in channel.ligands:
        ion, _, side = ligand.partition(".")
        found[ligand] = getattr(getattr(ions, ion), side)
    return found


def _conductance(channel: Channel, s: Any, p: Any) -> Array:
    states, numbers = vars(s), vars(p)
    if channel.single_channels:
        return numbers[channel.conductance_name] * single.open_share(channel, s, numbers)
    factors = [gating.open_fraction(gate, states, numbers) for gate in channel.gates]
    return numbers[channel.conductance_name] * gating.product(factors)


def _drive(channel: Channel, v: Array, p: Any, ions: Any) -> Array:
    """What the conductance or the permeability is multiplied with."""
    if channel.current == "ghk":
        ion = getattr(ions, channel.ion or "")
        density = gating.flux(v, ion.inside, ion.outside, channel.charge, p.celsius, jnp)
        return density if channel.kind == "density" else _POINT_PER_DENSITY * density
    return v - (p.e if channel.ion is None else getattr(ions, channel.ion).reversal)
