"""A channel's description as one frozen value, and that value as plain data."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from rheobase.documents import checked_schema
from rheobase.mechanisms.channel_spec.forms import FORMS
from rheobase.mechanisms.channel_spec.kinetics import (
    AlphaBeta,
    BorgGraham,
    Gate,
    InfTau,
    Rates,
    Scheme,
    State,
    Transition,
)
from rheobase.mechanisms.channel_spec.part import RESERVED, Part, Voltage, checked_word, number
from rheobase.mechanisms.ions import ION_DEFAULTS
from rheobase.mechanisms.parameter import Parameter

SCHEMA = "rheobase.channel"
VERSION = 1
MOST_GATES = 8
_KINETICS: Mapping[str, type[Rates]] = {"alpha_beta": AlphaBeta, "inf_tau": InfTau, "borg_graham": BorgGraham}
_UNITS = {
    ("ohmic", "density"): "S/cm2",
    ("ohmic", "point"): "uS",
    ("ghk", "density"): "cm/s",
    ("ghk", "point"): "cm3/s",
}


def _choice(*allowed: str) -> BeforeValidator:
    def check(value: Any, info: Any) -> str:
        if value not in allowed:
            raise ValueError(f"{info.field_name} = {value!r}: must be {' or '.join(map(repr, allowed))}")
        return value

    return BeforeValidator(check)


def _ion(value: Any) -> str | None:
    return None if value is None else checked_word(value, "ion")


def _flag(value: Any, info: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{info.field_name} = {value!r}: must be True or False")
    return value


class Channel(Part):
    """Everything that a channel is.

    **Fields:**

    - `name`; `kind`: `"density"` or `"point"`.
    - `current`: `"ohmic"`, `gbar x gates x (v - e)`, or `"ghk"`, the flux of Goldman, Hodgkin and Katz with the
      permeability `pbar x gates`.
    - `ion`: which it carries, `None` for a non-specific current; `valence`, for an ion other than na, k and ca.
    - `gmax`: the default of `gbar` (S/cm2, uS) or `pbar` (cm/s, cm3/s); `e`: mV, of a non-specific current.
    - `gates`: the factors of the conductance.
    - `single_channels`: whether it may consist of countable channels; a point process without more than one scheme.
    """

    name: Annotated[str, BeforeValidator(lambda name: checked_word(name, "channel"))]
    kind: Annotated[Literal["density", "point"], _choice("density", "point")] = "density"
    current: Annotated[Literal["ohmic", "ghk"], _choice("ohmic", "ghk")] = "ohmic"
    ion: Annotated[str | None, BeforeValidator(_ion)] = None
    valence: Annotated[float | None, BeforeValidator(lambda z: z)] = None
    gmax: Annotated[float, number("1", 0, 1e9)] = 0.001
    e: Voltage = 0.0
    gates: Annotated[tuple[Gate, ...], BeforeValidator(tuple)] = ()
    single_channels: Annotated[bool, BeforeValidator(_flag)] = False

    @model_validator(mode="after")
    def _fits_together(self) -> "Channel":
        if len(self.gates) > MOST_GATES:
            raise ValueError(f"channel {self.name!r} has {len(self.gates)} gates; a channel has at most {MOST_GATES}")
        self._check_ion()
        self._check_names()
        if self.single_channels and self.kind != "point":
            raise ValueError(
                f"channel {self.name!r} is a density, which has no countable channels: make it kind='point' for that"
            )
        return self

    def _check_ion(self) -> None:
        if self.valence is not None and (self.valence == 0 or not -10 <= self.valence <= 10):
            raise ValueError(f"valence = {self.valence:g}: the charge of an ion is from -10 to 10 and not 0")
        if self.current == "ghk":
            if self.ion is None:
                raise ValueError("a GHK current needs the ion that it carries, such as ion='ca'")
            if self.ion not in ION_DEFAULTS and self.valence is None:
                raise ValueError(f"a GHK current of {self.ion!r} needs its valence, such as valence=1")
        known = ION_DEFAULTS.get(self.ion or "")
        if known is not None and self.valence not in (None, known.valence):
            raise ValueError(f"the valence of {self.ion} is {known.valence}, not {self.valence:g}")

    def _check_names(self) -> None:
        taken: dict[str, str] = {}
        owned = [*RESERVED, f"i{self.ion}", f"e{self.ion}", f"{self.ion}i", f"{self.ion}o"]
        taken |= dict.fromkeys(owned, "a quantity of the channel")
        for gate in self.gates:
            names = [gate.name, *(gate.states if gate.scheme else ()), *(p.name for p in gate.parameters())]
            for name in names:
                if name in taken:
                    raise ValueError(
                        f"channel {self.name!r}: {name!r} of gate {gate.name!r} is also the name of {taken[name]}; "
                        "choose another"
                    )
                taken[name] = f"a part of gate {gate.name!r}"

    @property
    def conductance_name(self) -> str:
        """`gbar`, or `pbar` of a GHK current."""
        return "gbar" if self.current == "ohmic" else "pbar"

    @property
    def conductance_unit(self) -> str:
        """`S/cm2` or `uS`; of a GHK current `cm/s` or `cm3/s`."""
        return _UNITS[self.current, self.kind]

    @property
    def current_name(self) -> str:
        """`ina`, or `i` of a non-specific current."""
        return f"i{self.ion or ''}"

    @property
    def charge(self) -> float:
        """The valence of the ion, 1 where there is none."""
        known = ION_DEFAULTS.get(self.ion or "")
        usual = None if known is None else known.valence
        return self.valence or usual or 1.0

    @property
    def states(self) -> tuple[str, ...]:
        """The names of all state variables."""
        return tuple(name for gate in self.gates for name in gate.states)

    @property
    def ligands(self) -> tuple[str, ...]:
        """The concentrations that rates depend on, such as `ca.inside`."""
        found = {r.ligand: None for gate in self.gates for r in gate.pairs.values() if r.ligand is not None}
        return tuple(found)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All numbers that a slider may move."""
        return tuple(self._parameters())

    def _parameters(self) -> Iterator[Parameter]:
        what = "largest conductance" if self.current == "ohmic" else "largest permeability"
        yield Parameter(self.conductance_name, self.gmax, self.conductance_unit, 0, 1e9, doc=what)
        if self.ion is None:
            yield Parameter("e", self.e, "mV", doc="reversal potential")
        if self.single_channels:
            yield Parameter("n_channels", 0.0, "", 0, 1e6, doc="number of channels; 0 for their mean")
            yield Parameter("seed", 0.0, "", 0, 2**31 - 1, doc="of the random numbers")
        for gate in self.gates:
            yield from gate.parameters()

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The value of each parameter, by name."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    @property
    def structure(self) -> tuple[Any, ...]:
        """What is no number: channels of equal structure are one program with other arguments."""
        head = (self.name, self.kind, self.current, self.ion, self.valence, self.single_channels)
        return (*head, tuple(gate.structure for gate in self.gates))

    def gate(self, name: str) -> Gate:
        """The gate of a name. **Raises:** KeyError."""
        for gate in self.gates:
            if gate.name == name:
                return gate
        there = ", ".join(repr(gate.name) for gate in self.gates) or "none"
        raise KeyError(f"channel {self.name!r} has no gate {name!r}; there are {there}")

    def owner(self, parameter: str) -> Gate | None:
        """The gate that a parameter belongs to, None for one of the channel's own. **Raises:** KeyError."""
        if parameter not in self.numbers:
            raise KeyError(f"channel {self.name!r} has no number {parameter!r}; it has {', '.join(self.numbers)}")
        for gate in self.gates:
            if any(p.name == parameter for p in gate.parameters()):
                return gate
        return None


def to_data(channel: Channel) -> dict[str, Any]:
    """The channel as plain data: dictionaries, lists, text and finite numbers."""
    return {"schema": SCHEMA, "version": VERSION, **channel.model_dump(mode="json", exclude_none=True)}


def from_data(data: Any) -> Channel:
    """The channel of plain data, with the same checks as by hand.

    **Raises:** ValueError that says where something is wrong.
    """
    checked_schema(data, "channel", SCHEMA, VERSION)
    fields = {key: value for key, value in data.items() if key not in ("schema", "version")}
    try:
        fields["gates"] = [_gate(item, k) for k, item in enumerate(_listed(fields.get("gates", []), "gates"))]
        return Channel(**fields)
    except TypeError as error:
        raise ValueError(str(error)) from error


def _gate(item: Any, k: int) -> Gate:
    try:
        fields = dict(_object(item))
        return Gate(**{**fields, "kinetics": _kinetics(fields.get("kinetics"))})
    except (TypeError, ValueError) as error:
        raise ValueError(f"gates[{k}]: {error}") from error


def _kinetics(item: Any) -> Rates | Scheme:
    fields = dict(_object(item))
    form = fields.pop("form", None)
    if form == "scheme":
        rows = [dict(_object(row)) for row in _listed(fields.get("transitions", []), "transitions")]
        fields["states"] = tuple(State(**_object(state)) for state in _listed(fields.get("states"), "states"))
        fields["transitions"] = tuple(Transition(**{**row, "rates": _kinetics(row.get("rates"))}) for row in rows)
        return Scheme(**fields)
    if form not in _KINETICS:
        raise ValueError(f"{form!r} is no form of kinetics; there are {', '.join([*_KINETICS, 'scheme'])}")
    return _KINETICS[form](**{key: _form(value) if isinstance(value, dict) else value for key, value in fields.items()})


def _form(item: dict[str, Any]) -> Any:
    fields = dict(item)
    form = fields.pop("form", None)
    if form not in FORMS:
        raise ValueError(f"{form!r} is no form of a rate; there are {', '.join(FORMS)}")
    if form == "formula":
        fields["constants"] = tuple((name, value) for name, value in _listed(fields.get("constants", []), "constants"))
    return FORMS[form](**fields)


def _object(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise TypeError(f"must be an object, not {str(item)[:60]!r}")
    return item


def _listed(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{name}: must be a list")
    return value
