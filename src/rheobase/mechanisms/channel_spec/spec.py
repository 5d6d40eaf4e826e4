"""The document of a channel that a person builds."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rheobase.documents import Change
from rheobase.mechanisms.channel_spec import curves, tables
from rheobase.mechanisms.channel_spec.channel import Channel, from_data, to_data
from rheobase.mechanisms.channel_spec.code import program
from rheobase.mechanisms.channel_spec.compile import compile_channel
from rheobase.mechanisms.channel_spec.convert import converted
from rheobase.mechanisms.channel_spec.curves import Response
from rheobase.mechanisms.channel_spec.drawing import SchemeEdits
from rheobase.mechanisms.channel_spec.kinetics import Gate, Rates, Scheme
from rheobase.mechanisms.channel_spec.nmodl import to_nmodl
from rheobase.mechanisms.channel_spec.recover import channel_from
from rheobase.mechanisms.channel_spec.templates import TEMPLATES
from rheobase.mechanisms.channel_spec.trials import Trials, simulate
from rheobase.mechanisms.mechanism import Mechanism, PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import compiled
from rheobase.mechanisms.source import Source

if TYPE_CHECKING:
    import pandas as pd


class ChannelSpec(SchemeEdits):
    """A channel as a document: its ion, its current and its gates.

    Every change is validated, observable and one step of undo; specs are equal by content. Changes have the path of
    a field, `("gmax",)`, of one gate, `("gates", "m")`, or of all, `("gates",)`.

    **Arguments:** as the fields of `Channel`.

    >>> from rheobase.mechanisms.channel_spec import Exponential, Gate, Linoid
    >>> n = Gate("n", 4, alpha=Linoid(0.1, 0.1, -55), beta=Exponential(0.125, -1 / 80, -65), q10=3)
    >>> k = ChannelSpec("kdr", ion="k", gmax=0.036, gates=[n])
    >>> k.set("n_alpha_d", -50)
    >>> k["n"].kinetics.alpha
    Linoid(A=0.1, k=0.1, d=-50.0)
    >>> k.undo()
    'Set n_alpha_d'
    """

    _what = "channel"
    __hash__ = None  # type: ignore[assignment]  # equal by content and changeable

    def __init__(
        self,
        name: str,
        *,
        kind: Literal["density", "point"] = "density",
        current: Literal["ohmic", "ghk"] = "ohmic",
        ion: str | None = None,
        valence: float | None = None,
        gmax: Any = 0.001,
        e: Any = 0.0,
        gates: Iterable[Gate] = (),
        single_channels: bool = False,
    ) -> None:
        super().__init__()
        self._channel = Channel(
            name=name,
            kind=kind,
            current=current,
            ion=ion,
            valence=valence,
            gmax=gmax,
            e=e,
            gates=tuple(gates),
            single_channels=single_channels,
        )

    @classmethod
    def of_channel(cls, channel: Channel) -> ChannelSpec:
        """A document of a channel's value."""
        return cls(**{name: getattr(channel, name) for name in Channel.model_fields})

    @classmethod
    def from_template(cls, name: str) -> ChannelSpec:
        """A ready channel: `"na"` and `"k"` of the squid axon, `"three"` for a scheme of three states.

        >>> ChannelSpec.from_template("na")
        <ChannelSpec 'na_hh': na ohmic density; m^3 h>
        """
        if name not in TEMPLATES:
            raise KeyError(f"there is no template {name!r}; there are {', '.join(TEMPLATES)}")
        return cls.of_channel(TEMPLATES[name][1]())

    @classmethod
    def from_mechanism(
        cls,
        mechanism: str | type[Mechanism],
        *,
        ion: str | None = None,
        current: str | None = None,
        celsius: float = 6.3,
        name: str | None = None,
    ) -> ChannelSpec:
        """The channel that one current of a mechanism is: a built-in one, or one loaded from NMODL.

        Its gates are found in the mechanism's own numbers: steady states and time constants over voltages, which
        become formulas where a standard form follows them, else tables of points.

        **Arguments:** `mechanism`, the class or its name; `ion`, or `current`, which of its currents; `celsius`, where
        its rates are read; `name` of the channel.

        **Raises:** KeyError for an unknown mechanism or current; ValueError for a current that is no product of gates.
        """
        return cls.of_channel(channel_from(mechanism, ion=ion, current=current, celsius=celsius, name=name))

    @classmethod
    def from_nmodl(cls, text: str, *, name: str = "text", **which: Any) -> ChannelSpec:
        """The channel that the text of a .mod file describes, which is read and not loaded.

        **Arguments:** `name`, of the file, for messages; `which`, as of `from_mechanism`: `ion`, `current`, `celsius`.

        **Raises:** NmodlError for what is no NMODL; else as `from_mechanism`.
        """
        return cls.from_mechanism(compiled(Source("nmodl", name, text)), **which)

    # What it is

    @property
    def channel(self) -> Channel:
        """All of it as one frozen value."""
        return self._channel

    @property
    def name(self) -> str:
        """The channel's name, as in `cell["soma"].insert("kdr")`."""
        return self._channel.name

    @name.setter
    def name(self, value: str) -> None:
        self.put_field("name", value)

    def __getattr__(self, name: str) -> Any:
        if name in Channel.model_fields:
            return getattr(self._channel, name)
        raise AttributeError(f"a channel has no {name!r}; it has {', '.join(Channel.model_fields)}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in Channel.model_fields:
            self.put_field(name, value)
        else:
            super().__setattr__(name, value)

    def __getitem__(self, name: str) -> Gate:
        """The gate of a name. **Raises:** KeyError."""
        return self._channel.gate(name)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All numbers that a slider may move; `set` and the compiled channel know them by these names."""
        return self._channel.parameters

    def value(self, parameter: str) -> float:
        """The value of one of the `parameters`. **Raises:** KeyError."""
        self._channel.owner(parameter)
        return self._channel.numbers[parameter]

    # What it does

    def rates(self, v: Any, celsius: float = 6.3, **values: float) -> pd.DataFrame:
        """Steady states, time constants and rates of the gates over voltages.

        **Arguments:** `v`, mV; `celsius`; `values`, of ions, such as `cai` (mM).

        **Returns:** a DataFrame over `v`: of a particle `minf`, `mtau` (ms), `malpha`, `mbeta` (1/ms); of a scheme the
        share `Oinf` of each state, the rates of each transition, `C_Oalpha`, and `sinf`, its open fraction.
        """
        return tables.rates(self._channel, v, tables.bath(self._channel, celsius, values))

    def iv(self, v: Any, celsius: float = 6.3, **values: float) -> pd.DataFrame:
        """The steady state over voltages: the open fraction, `open`, and the current, in mA/cm2 or nA, by its name.

        **Arguments:** as of `rates`; also the reversal potential, such as `ek` (mV).
        """
        return tables.iv(self._channel, v, tables.bath(self._channel, celsius, values))

    def clamp(
        self,
        levels: Any,
        *,
        holding: float = -80.0,
        before: float = 5.0,
        duration: float = 50.0,
        tail: float | None = None,
        after: float = 20.0,
        celsius: float = 6.3,
        samples: int = 400,
        **values: float,
    ) -> Response:
        """The exact response to steps of voltage from `holding` to each of `levels`, then to `tail` if one is given.

        **Arguments:** voltages in mV, durations in ms; others as of `iv`.

        **Returns:** `t`; `v`, `open` and `current`, each `(levels, times)`.
        """
        phases: list[tuple[float, Any]] = [(before, holding), (duration, np.atleast_1d(np.asarray(levels, float)))]
        if tail is not None:
            phases.append((after, tail))
        return curves.clamp(self._channel, phases, tables.bath(self._channel, celsius, values), samples)

    def simulate_channels(
        self,
        n: int,
        phases: Sequence[tuple[float, float]],
        *,
        celsius: float = 6.3,
        dt: float = 0.025,
        trials: int = 1,
        seed: int = 0,
        **values: float,
    ) -> Trials:
        """Single channels under a voltage clamp, each moving by chance; of `n = 0`, the chances themselves.

        Exact at the sampled times, whatever `dt`.

        **Arguments:** `n`, how many channels; `phases`, each a duration (ms) and a voltage (mV), from rest at the
        first; others as of `iv`.

        **Returns:** `t`, `v`, `counts` in each of `states`, `open` channels and the `current`, each `(trials, times)`.
        """
        bath = tables.bath(self._channel, celsius, values)
        return simulate(self._channel, n, phases, bath, dt=dt, trials=trials, seed=seed)

    # Edits

    def put_field(self, field: str, value: Any, *, coalesce: Hashable = None, origin: str | None = None) -> None:
        """Set a field of the channel; the gates as a whole too."""
        changed = self._channel.replace(**{field: value})
        if changed != self._channel:
            with self.edit(f"Set {field}", coalesce=coalesce, origin=origin):
                self.put((field,), getattr(changed, field))

    def set(self, parameter: str, value: Any, *, coalesce: Hashable = None, origin: str | None = None) -> None:
        """Set one of the `parameters`: a number in its unit, or text with a unit.

        **Arguments:** `coalesce`: a key that names one drag, whose edits become one; `origin`: who edits.

        **Raises:** KeyError for an unknown name, ValueError for a value out of limits.
        """
        gate = self._channel.owner(parameter)
        known = next(p for p in self.parameters if p.name == parameter)
        number = known.check(value, self.name)
        if number == known.default:
            return
        with self.edit(f"Set {parameter}", coalesce=coalesce, origin=origin):
            if gate is not None:
                self.put(("gates", gate.name), gate.with_number(parameter, number))
            elif parameter == self._channel.conductance_name:
                self.put(("gmax",), number)
            elif parameter == "e":
                self.put(("e",), number)
            else:
                raise KeyError(f"{parameter} is set where the channel is placed, not in its description")

    def put_gate(self, gate: Gate, *, coalesce: Hashable = None, origin: str | None = None) -> None:
        """Add a gate, or replace the one of its name."""
        if all(gate.name != other.name for other in self.gates):
            with self.edit(f"Add {gate.name}", coalesce=coalesce, origin=origin):
                self.put(("gates",), (*self.gates, gate))
        elif gate != self[gate.name]:
            with self.edit(f"Change {gate.name}", coalesce=coalesce, origin=origin):
                self.put(("gates", gate.name), gate)

    def remove_gate(self, name: str, *, origin: str | None = None) -> None:
        """Take a gate out. **Raises:** KeyError."""
        gone = self[name]
        with self.edit(f"Remove {name}", origin=origin):
            self.put(("gates",), tuple(gate for gate in self.gates if gate is not gone))

    def rename_gate(self, name: str, new: str, *, origin: str | None = None) -> None:
        """Give a gate another name. **Raises:** KeyError; ValueError for a name that is taken."""
        renamed = self[name].replace(name=new)
        with self.edit(f"Rename {name}", origin=origin):
            self.put(("gates",), tuple(renamed if gate.name == name else gate for gate in self.gates))

    def copy_gates(self, other: ChannelSpec, *, origin: str | None = None) -> None:
        """Take over all gates of another channel in place of these."""
        with self.edit(f"Copy the gates of {other.name}", origin=origin):
            self.put(("gates",), other.gates)

    def set_kinetics(
        self,
        gate: str,
        kinetics: Rates | Scheme,
        *,
        transition: str | None = None,
        coalesce: Hashable = None,
        origin: str | None = None,
    ) -> None:
        """Give a gate other kinetics, or one `transition` of its scheme other rates."""
        if transition is None:
            changed = self[gate].replace(kinetics=kinetics)
        else:
            scheme = self._scheme(gate)
            if all(t.name != transition for t in scheme.transitions):
                raise KeyError(f"gate {gate!r} has no transition {transition!r}")
            changed = self[gate].replace(
                kinetics=scheme.replace(
                    transitions=tuple(
                        t.replace(rates=kinetics) if t.name == transition else t for t in scheme.transitions
                    )
                )
            )
        self.put_gate(changed, coalesce=coalesce, origin=origin)

    def convert(self, gate: str, form: str, *, transition: str | None = None, origin: str | None = None) -> None:
        """Write a gate, or one transition of its scheme, in another form, fitted to what it was.

        **Arguments:** `form`: `"alpha_beta"`, `"inf_tau"` or `"borg_graham"`.
        """
        old = self[gate]
        pair = transition or gate
        if pair not in old.pairs:
            raise KeyError(f"gate {gate!r} has no rates {pair!r}; it has {', '.join(old.pairs)}")
        rates = converted(old.pairs[pair], form, old.reference)
        self.set_kinetics(gate, rates, transition=transition, origin=origin)

    # Snapshots and faces

    def freeze(self) -> ChannelSpec:
        """A snapshot that refuses edits."""
        if self.frozen:
            return self
        snapshot = self.copy()
        snapshot.frozen = True
        return snapshot

    def copy(self, name: str | None = None) -> ChannelSpec:
        """An independent spec of the same content, without history or observers."""
        return ChannelSpec.of_channel(self._channel if name is None else self._channel.replace(name=name))

    @property
    def mechanism(self) -> type[Mechanism]:
        """The channel as a mechanism, the identical class for equal specs.

        Its parameters are those of the spec, so that no change of a number compiles anything.
        """
        return compile_channel(self._channel)

    def __call__(self, **values: Any) -> PointProcess:
        """A point process of this channel with some parameters changed, to be placed on a cell.

        **Raises:** TypeError for a density channel, which is inserted instead.
        """
        definition = self.mechanism
        if not issubclass(definition, PointProcess):
            raise TypeError(f"channel {self.name!r} is a density: insert it, as in cell['soma'].insert(spec)")
        return definition(**values)

    def to_code(self) -> str:
        """The short Python program that rebuilds this channel, as `spec`."""
        return program(self._channel)

    def to_nmodl(self) -> str:
        """The text of a .mod file of this channel, which NEURON compiles to the same currents."""
        return to_nmodl(self._channel)

    def to_data(self) -> dict[str, Any]:
        """The spec as plain data with a schema and a version."""
        return to_data(self._channel)

    @classmethod
    def from_data(cls, data: Any) -> ChannelSpec:
        """The spec of plain data. **Raises:** ValueError that says where something is wrong."""
        return cls.of_channel(from_data(data))

    def to_json(self) -> str:
        """The spec as the text of a JSON file."""
        return json.dumps(self.to_data(), indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ChannelSpec:
        """The spec of a JSON text. **Raises:** ValueError that says what is wrong."""
        try:
            return cls.from_data(json.loads(text))
        except json.JSONDecodeError as error:
            raise ValueError(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
        except RecursionError:
            raise ValueError("is nested too deeply to be a channel") from None

    def __eq__(self, other: object) -> bool:
        return self._channel == other._channel if isinstance(other, ChannelSpec) else NotImplemented

    def __reduce__(self) -> tuple[Callable[[Any], ChannelSpec], tuple[Any]]:
        return ChannelSpec.from_data, (self.to_data(),)

    def __repr__(self) -> str:
        gates = " ".join(g.name if g.scheme or g.power == 1 else f"{g.name}^{g.power}" for g in self.gates)
        carried = f"{self.ion} " if self.ion else ""
        return f"<ChannelSpec {self.name!r}: {carried}{self.current} {self.kind}; {gates or 'no gates'}>"

    # The one way in

    def _get(self, path: tuple[str, ...]) -> Any:
        return self._channel.gate(path[1]) if len(path) == 2 else getattr(self._channel, path[0])

    def _apply(self, change: Change) -> None:
        if len(change.path) == 2:
            gates = tuple(change.new if gate.name == change.path[1] else gate for gate in self._channel.gates)
            changed = self._channel.replace(gates=gates)
        else:
            changed = self._channel.replace(**{change.path[0]: change.new})
        self._channel = changed
        self.revision += 1
