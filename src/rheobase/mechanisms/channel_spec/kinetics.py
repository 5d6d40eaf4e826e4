"""How a gate opens and closes: pairs of rates, and kinetic schemes of states and transitions."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from rheobase.mechanisms.channel_spec.forms import AnyForm, Coefficients, Form
from rheobase.mechanisms.channel_spec.part import Part, Voltage, checked_word, number
from rheobase.mechanisms.ions import FARADAY, GAS_CONSTANT, ZERO_CELSIUS
from rheobase.mechanisms.parameter import Parameter

MOST_STATES = 32
MOST_POWER = 20


def _ligand(value: Any) -> str | None:
    if value is None:
        return None
    ion, _, side = value.partition(".") if isinstance(value, str) else ("", "", "")
    if side not in ("inside", "outside"):
        raise ValueError(f"ligand = {value!r}: name an ion's concentration, such as 'ca.inside' or 'k.outside'")
    return f"{checked_word(ion, 'ion')}.{side}"


def _whole(least: int, most: int) -> BeforeValidator:
    def check(value: Any, info: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not least <= value <= most:
            raise ValueError(f"{info.field_name} = {value!r}: must be a whole number from {least} to {most}")
        return int(value)

    return BeforeValidator(check)


class Rates(Part):
    """Two functions of voltage that say how fast something opens (alpha) and closes (beta).

    `ligand` names an ion's concentration (`"ca.inside"`), whose power `coefficient` multiplies the opening rate,
    with the concentration in mM.
    """

    ligand: Annotated[str | None, BeforeValidator(_ligand)] = None
    coefficient: Annotated[int, _whole(1, 8)] = 1

    def forms(self) -> dict[str, Form]:
        """The functions of voltage, by role: `alpha`, `beta`, `inf`, `tau`."""
        return {}

    @property
    def coefficients(self) -> dict[str, float]:
        """The numbers of all forms, as `alpha_A`."""
        return {f"{role}_{key}": x for role, form in self.forms().items() for key, x in form.coefficients.items()}

    def parameters(self, prefix: str) -> Iterator[Parameter]:
        """The coefficients as parameters, with their units and limits."""
        for role, form in self.forms().items():
            for key, value in form.coefficients.items():
                unit, least, doc = _ROLES[role]
                plain = form.units.get(key, "")
                if key in form.units and not plain:
                    yield Parameter(
                        f"{prefix}_{role}_{key}", value, unit, least, 1e9, scope="global", doc=f"scale of {doc}"
                    )
                else:
                    about = "constant of" if not plain else {"1/mV": "steepness of", "mV": "position of"}[plain]
                    yield Parameter(f"{prefix}_{role}_{key}", value, plain, scope="global", doc=f"{about} {doc}")

    @property
    def structure(self) -> tuple[Any, ...]:
        """What is no coefficient."""
        forms = tuple((role, form.structure) for role, form in self.forms().items())
        return (type(self).__name__, forms, self.ligand, self.coefficient)

    def with_coefficients(self, **numbers: float) -> "Rates":
        """A copy with some coefficients changed, named as in `coefficients`."""
        changed: dict[str, Any] = {}
        for role, form in self.forms().items():
            mine = {key: numbers[f"{role}_{key}"] for key in form.coefficients if f"{role}_{key}" in numbers}
            if mine:
                changed[role] = form.with_coefficients(**mine)
        return self.replace(**changed)

    def alpha_beta(self, v: Any, c: Coefficients, celsius: Any, ligand: Any = None, xp: Any = np) -> tuple[Any, Any]:
        """The opening and closing rates, 1/ms; `ligand` is the concentration in mM."""
        raise NotImplementedError

    def inf_tau(self, v: Any, c: Coefficients, celsius: Any, ligand: Any = None, xp: Any = np) -> tuple[Any, Any]:
        """The steady state and the time constant, ms."""
        alpha, beta = self.alpha_beta(v, c, celsius, ligand, xp)
        total = 1 / (alpha + beta)
        return alpha * total, total

    def _bound(self, alpha: Any, ligand: Any) -> Any:
        return alpha if self.ligand is None else alpha * ligand**self.coefficient


_ROLES = {
    "alpha": ("1/ms", 0.0, "the opening rate"),
    "beta": ("1/ms", 0.0, "the closing rate"),
    "inf": ("", 0.0, "the steady state"),
    "tau": ("ms", 1e-9, "the time constant"),
}


def _of(role: str, c: Coefficients) -> dict[str, Any]:
    start = len(role) + 1
    return {name[start:]: value for name, value in c.items() if name.startswith(f"{role}_")}


class AlphaBeta(Rates):
    """An opening rate alpha and a closing rate beta, 1/ms."""

    alpha: AnyForm
    beta: AnyForm
    form: Literal["alpha_beta"] = Field("alpha_beta", repr=False)

    def forms(self) -> dict[str, Form]:
        """See `Rates`."""
        return {"alpha": self.alpha, "beta": self.beta}

    def alpha_beta(self, v: Any, c: Coefficients, celsius: Any, ligand: Any = None, xp: Any = np) -> tuple[Any, Any]:
        """See `Rates`."""
        alpha = self.alpha.evaluate(v, _of("alpha", c), celsius, xp)
        return self._bound(alpha, ligand), self.beta.evaluate(v, _of("beta", c), celsius, xp)


class InfTau(Rates):
    """A steady state inf and a time constant tau, ms."""

    inf: AnyForm
    tau: AnyForm
    form: Literal["inf_tau"] = Field("inf_tau", repr=False)

    def forms(self) -> dict[str, Form]:
        """See `Rates`."""
        return {"inf": self.inf, "tau": self.tau}

    def alpha_beta(self, v: Any, c: Coefficients, celsius: Any, ligand: Any = None, xp: Any = np) -> tuple[Any, Any]:
        """See `Rates`."""
        inf = self.inf.evaluate(v, _of("inf", c), celsius, xp)
        tau = self.tau.evaluate(v, _of("tau", c), celsius, xp)
        return self._bound(inf / tau, ligand), (1 - inf) / tau

    def inf_tau(self, v: Any, c: Coefficients, celsius: Any, ligand: Any = None, xp: Any = np) -> tuple[Any, Any]:
        """See `Rates`."""
        if self.ligand is not None:
            return super().inf_tau(v, c, celsius, ligand, xp)
        inf = self.inf.evaluate(v, _of("inf", c), celsius, xp)
        return inf, self.tau.evaluate(v, _of("tau", c), celsius, xp)


class BorgGraham(Rates):
    """Rates of one charged particle in the field of the membrane, with a least time constant.

    `a = K exp(z gamma (v - vhalf) F / RT)`, `b = K exp(-z (1 - gamma) (v - vhalf) F / RT)`, `inf = a / (a + b)`,
    `tau = 1 / (a + b) + tau0` (Borg-Graham 1991, in Cellular and Molecular Neurobiology: A Practical Approach).
    """

    K: Annotated[float, number("1/ms", 0)]
    vhalf: Voltage
    z: Annotated[float, number("1")]
    gamma: Annotated[float, number("1", 0, 1)] = 0.5
    tau0: Annotated[float, number("ms", 0)] = 0.0
    form: Literal["borg_graham"] = Field("borg_graham", repr=False)

    @property
    def coefficients(self) -> dict[str, float]:
        """See `Rates`."""
        return {name: getattr(self, name) for name in ("K", "vhalf", "z", "gamma", "tau0")}

    def parameters(self, prefix: str) -> Iterator[Parameter]:
        """See `Rates`."""
        value = self.coefficients
        yield Parameter(f"{prefix}_K", value["K"], "1/ms", 0, 1e9, "global", "rate at vhalf, each way")
        yield Parameter(f"{prefix}_vhalf", value["vhalf"], "mV", scope="global", doc="voltage of half activation")
        yield Parameter(f"{prefix}_z", value["z"], "", scope="global", doc="charge of the particle")
        yield Parameter(f"{prefix}_gamma", value["gamma"], "", 0, 1, "global", "where the barrier lies in the field")
        yield Parameter(f"{prefix}_tau0", value["tau0"], "ms", 0, 1e9, "global", "least time constant")

    def with_coefficients(self, **numbers: float) -> "BorgGraham":
        """See `Rates`."""
        return self.replace(**numbers)

    def inf_tau(self, v: Any, c: Coefficients, celsius: Any, ligand: Any = None, xp: Any = np) -> tuple[Any, Any]:
        """See `Rates`."""
        if self.ligand is not None:
            return super().inf_tau(v, c, celsius, ligand, xp)
        return self._unbound(v, c, celsius, xp)

    def alpha_beta(self, v: Any, c: Coefficients, celsius: Any, ligand: Any = None, xp: Any = np) -> tuple[Any, Any]:
        """See `Rates`."""
        inf, tau = self._unbound(v, c, celsius, xp)
        return self._bound(inf / tau, ligand), (1 - inf) / tau

    def _unbound(self, v: Any, c: Coefficients, celsius: Any, xp: Any) -> tuple[Any, Any]:
        field = c["z"] * (v - c["vhalf"]) * (1e-3 * FARADAY / (GAS_CONSTANT * (celsius + ZERO_CELSIUS)))
        inf = 1 / (1 + xp.exp(-field))
        # a + b = a / inf, which stays finite and needs one exponential less.
        return inf, inf * xp.exp(-c["gamma"] * field) / c["K"] + c["tau0"]


AnyRates: TypeAlias = Annotated[AlphaBeta | InfTau | BorgGraham, Field(discriminator="form")]
StateName = Annotated[str, BeforeValidator(lambda name: checked_word(name, "state"))]


class State(Part):
    """A state of a kinetic scheme.

    **Fields:** `name`; `conductance`, the fraction of the channel's conductance that is open in it, 0 to 1; `x`, `y`,
    where it is drawn, in units of the canvas.
    """

    name: StateName
    conductance: Annotated[float, number("1", 0, 1)] = 0.0
    x: Annotated[float, number("1")] = 0.0
    y: Annotated[float, number("1")] = 0.0


class Transition(Part):
    """Two states that change into each other: alpha from `source` to `target`, beta back."""

    source: StateName
    target: StateName
    rates: AnyRates

    @property
    def name(self) -> str:
        """How its coefficients begin: `C_O`."""
        return f"{self.source}_{self.target}"


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class Scheme(Part):
    """A kinetic scheme: states, of which the channel is in one at a time, and transitions between them.

    >>> from rheobase.mechanisms.channel_spec import Constant
    >>> Scheme([State("C"), State("O", 1)], [Transition("C", "O", AlphaBeta(Constant(2), Constant(1)))]).open_states
    ('O',)
    """

    states: Annotated[tuple[State, ...], BeforeValidator(_tuple)]
    transitions: Annotated[tuple[Transition, ...], BeforeValidator(_tuple)] = ()
    form: Literal["scheme"] = Field("scheme", repr=False)

    @model_validator(mode="after")
    def _hangs_together(self) -> "Scheme":
        names = [state.name for state in self.states]
        if not 1 <= len(names) <= MOST_STATES:
            raise ValueError(f"a scheme has from 1 to {MOST_STATES} states, not {len(names)}")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"there are two states {twice!r}: give each a name of its own")
        pairs: set[frozenset[str]] = set()
        for transition in self.transitions:
            ends = frozenset((transition.source, transition.target))
            if missing := sorted(ends - set(names)):
                raise ValueError(f"the transition {transition.name} names {missing[0]!r}, which is no state")
            if len(ends) == 1:
                raise ValueError(
                    f"a transition leads from one state to another, not from {transition.source!r} to itself"
                )
            if ends in pairs:
                raise ValueError(f"there are two transitions between {' and '.join(sorted(ends))}: one has both rates")
            pairs.add(ends)
        return self

    @property
    def open_states(self) -> tuple[str, ...]:
        """The names of the states that conduct."""
        return tuple(state.name for state in self.states if state.conductance)

    @property
    def separate_states(self) -> tuple[str, ...]:
        """The states that no transitions connect to the first."""
        reached, fresh = set[str](), {self.states[0].name}
        while fresh:
            reached |= fresh
            ends = [(t.source, t.target) for t in self.transitions]
            fresh = {b for a, b in [*ends, *((b, a) for a, b in ends)] if a in reached} - reached
        return tuple(state.name for state in self.states if state.name not in reached)

    @property
    def structure(self) -> tuple[Any, ...]:
        """What is no coefficient."""
        states = tuple(state.name for state in self.states)
        return (states, tuple((t.source, t.target, t.rates.structure) for t in self.transitions))


AnyKinetics: TypeAlias = Annotated[AlphaBeta | InfTau | BorgGraham | Scheme, Field(discriminator="form")]


class Gate(Part):
    """A factor of the conductance: the power of a Hodgkin-Huxley particle, or a kinetic scheme.

    **Fields:** `name`; `power`, 1 for a scheme; `kinetics`: `AlphaBeta`, `InfTau`, `BorgGraham` or a `Scheme`; `q10`,
    the factor of all rates for 10 degC more; `reference`, degC, the temperature at which the rates are as written.

    Instead of `kinetics`, `alpha` and `beta`, `inf` and `tau`, or `states` and `transitions` may be given.
    """

    name: Annotated[str, BeforeValidator(lambda name: checked_word(name, "gate"))]
    power: Annotated[int, _whole(1, MOST_POWER)] = 1
    kinetics: AnyKinetics
    q10: Annotated[float, number("1", 1e-3, 1e3)] = 1.0
    reference: Annotated[float, number("degC", -273.0, 1000.0)] = 6.3

    def __init__(self, *args: Any, **fields: Any) -> None:
        for kind in (AlphaBeta, InfTau, Scheme):
            own = [name for name in kind.model_fields if name not in ("form", "ligand", "coefficient")]
            if own[0] in fields:
                chosen = own if kind is Scheme else [*own, "ligand", "coefficient"]
                fields["kinetics"] = kind(**{name: fields.pop(name) for name in chosen if name in fields})
        super().__init__(*args, **fields)

    @model_validator(mode="after")
    def _one_scheme_at_a_time(self) -> "Gate":
        if isinstance(self.kinetics, Scheme) and self.power != 1:
            raise ValueError(f"gate {self.name!r} is a kinetic scheme, which has no power; expand it into more states")
        return self

    @property
    def scheme(self) -> Scheme | None:
        """The kinetic scheme, if it is one."""
        return self.kinetics if isinstance(self.kinetics, Scheme) else None

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the state variables."""
        return (self.name,) if self.scheme is None else tuple(state.name for state in self.scheme.states)

    @property
    def pairs(self) -> dict[str, Rates]:
        """Each pair of rates, by the name that its coefficients begin with."""
        if isinstance(self.kinetics, Scheme):
            return {transition.name: transition.rates for transition in self.kinetics.transitions}
        return {self.name: self.kinetics}

    @property
    def structure(self) -> tuple[Any, ...]:
        """What is no coefficient."""
        return (self.name, self.power, self.kinetics.structure)

    def parameters(self) -> Iterator[Parameter]:
        """All numbers that a slider may move."""
        for prefix, rates in self.pairs.items():
            yield from rates.parameters(prefix)
        if self.scheme is not None:
            for state in self.scheme.states:
                about = f"open fraction of the conductance in {state.name}"
                yield Parameter(f"{state.name}_conductance", state.conductance, "", 0, 1, "global", about)
        yield Parameter(f"{self.name}_q10", self.q10, "", 1e-3, 1e3, "global", "factor of the rates for 10 degC more")
        reference = "temperature at which the rates are as written"
        yield Parameter(f"{self.name}_reference", self.reference, "degC", -273, 1000, "global", reference)

    def with_number(self, name: str, value: float) -> "Gate":
        """A copy with one of its `parameters` changed. **Raises:** KeyError."""
        if name in (f"{self.name}_q10", f"{self.name}_reference"):
            return self.replace(**{name[len(self.name) + 1 :]: value})
        if self.scheme is not None:
            for k, state in enumerate(self.scheme.states):
                if name == f"{state.name}_conductance":
                    return self._with_states(k, state.replace(conductance=value))
            for k, transition in enumerate(self.scheme.transitions):
                key = name.removeprefix(f"{transition.name}_")
                if key != name and key in transition.rates.coefficients:
                    changed = transition.replace(rates=transition.rates.with_coefficients(**{key: value}))
                    return self._with_transitions(k, changed)
        elif isinstance(self.kinetics, Rates):
            key = name.removeprefix(f"{self.name}_")
            if key != name and key in self.kinetics.coefficients:
                return self.replace(kinetics=self.kinetics.with_coefficients(**{key: value}))
        raise KeyError(f"gate {self.name!r} has no number {name!r}")

    def _with_states(self, k: int, state: State) -> "Gate":
        scheme: Any = self.scheme
        states = (*scheme.states[:k], state, *scheme.states[k + 1 :])
        return self.replace(kinetics=scheme.replace(states=states))

    def _with_transitions(self, k: int, transition: Transition) -> "Gate":
        scheme: Any = self.scheme
        transitions = (*scheme.transitions[:k], transition, *scheme.transitions[k + 1 :])
        return self.replace(kinetics=scheme.replace(transitions=transitions))


def values_of(gate: Gate) -> Mapping[str, float]:
    """The numbers of a gate, by the names of its parameters."""
    return {parameter.name: parameter.default for parameter in gate.parameters()}
