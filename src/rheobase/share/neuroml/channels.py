"""Mechanisms as NeuroML's ion channels: Hodgkin-Huxley gates in the standard forms, each current a channel.

Source of the forms: https://docs.neuroml.org/Userdocs/Schemas/Channels.html.
"""

import warnings
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from rheobase.mechanisms import ChannelSpec, Mechanism
from rheobase.mechanisms.channel_spec import AlphaBeta, Constant, Exponential, Gate, InfTau, Linoid, Sigmoid
from rheobase.mechanisms.channel_spec.forms import Form
from rheobase.mechanisms.rates import rates
from rheobase.model.neuroml.channels import NO_SLOPE, PROPERTY
from rheobase.share.error import ExchangeError

_V = np.linspace(-110.0, 70.0, 61) + 0.017  # mV; off the round voltages at which formulas tend to be 0/0
_CELSIUS = (6.3, 24.7)
_CLOSE = 1e-6
_FORMS: dict[type[Form], str] = {Exponential: "HHExp", Linoid: "HHExpLinear", Sigmoid: "HHSigmoid"}


@dataclass(frozen=True)
class Written:
    """One current of a mechanism as NeuroML has it.

    **Fields:** `id` of the channel; `element` that describes it; `mechanism`; the names of its parameters for the
    `density` and the `reversal` (empty for an ion's); `ion`, or `None` for a non-specific current.
    """

    id: str
    element: Element
    mechanism: str
    density: str
    reversal: str
    ion: str | None


def channels_of(definition: type[Mechanism]) -> tuple[Written, ...]:
    """Give each current of a mechanism. **Raises:** `ExchangeError` naming what NeuroML cannot say of it."""
    if not definition.current_names:
        raise ExchangeError(f"{definition.name!r} carries no current, which a channel of NeuroML has to")
    return tuple(_written(definition, current) for current in definition.current_names)


def _written(definition: type[Mechanism], current: str) -> Written:
    spec = _described(definition, current)
    name, ion = definition.name, definition.current_names[current]
    several = len(definition.current_names) > 1
    own = f"{name}_{current}" if several else name
    density = _parameter(definition, "S/cm2", spec.gmax, "conductance density")
    reversal = "" if ion else _parameter(definition, "mV", spec.e, "reversal potential")
    made = definition.made_from
    if spec.gates:
        species = {"species": ion} if ion else {}
        element = Element("ionChannelHH", {"id": own, "conductance": "10pS", **species})
    else:
        element = Element("ionChannel", id=own, type="ionChannelPassive", conductance="10pS")
    if made is None and name != "pas":
        marks = {"mechanism": name, "density": density, **({"reversal": reversal} if reversal else {})}
        for tag, value in marks.items():
            SubElement(element, "property", {"tag": PROPERTY + tag, "value": value})
    for gate in spec.gates:
        element.append(_gate(name, gate))
    return Written(own, element, name, density, reversal, ion)


def _recovered(definition: type[Mechanism], current: str) -> ChannelSpec:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a gate that depends on a concentration is warned of
        return ChannelSpec.from_mechanism(definition, current=current)


def _described(definition: type[Mechanism], current: str) -> ChannelSpec:
    """Give a description of one current, and make sure that it moves as the mechanism does."""
    try:
        spec = _recovered(definition, current)
    except (ValueError, UserWarning) as error:
        raise ExchangeError(
            f"{current} of {definition.name!r} cannot be written as a channel of NeuroML: {error}"
        ) from None
    if spec.channel.current != "ohmic":
        raise ExchangeError(f"{current} of {definition.name!r} is not ohmic, which channels of NeuroML are here")
    for celsius in _CELSIUS if spec.gates else ():
        mine, its = rates(spec.mechanism, _V, celsius), rates(definition, _V, celsius)
        for gate in spec.gates:
            for column in (f"{gate.name}inf", f"{gate.name}tau"):
                if column in its and not np.allclose(mine[column], its[column], rtol=_CLOSE, atol=_CLOSE * 1e-3):
                    raise ExchangeError(
                        f"the gate {gate.name!r} of {definition.name!r} moves in no standard form of NeuroML"
                    )
    return spec


def _parameter(definition: type[Mechanism], unit: str, default: float, what: str) -> str:
    found = [
        p.name
        for p in definition.parameters
        if p.scope == "range" and p.unit == unit and np.isclose(p.default, default, rtol=1e-6, atol=1e-12)
    ]
    if len(found) != 1:
        raise ExchangeError(
            f"{definition.name!r} has no single parameter that is its {what}, as NeuroML's channels have"
        )
    return found[0]


def _gate(owner: str, gate: Gate) -> Element:
    kinetics = gate.kinetics
    element = Element("gateHHrates", id=gate.name, instances=str(gate.power))
    if gate.q10 != 1:
        settings = {"type": "q10ExpTemp", "q10Factor": repr(gate.q10), "experimentalTemp": f"{gate.reference!r}degC"}
        SubElement(element, "q10Settings", settings)
    ligand = getattr(kinetics, "ligand", None)
    if isinstance(kinetics, AlphaBeta) and ligand is None:
        for tag, form in (("forwardRate", kinetics.alpha), ("reverseRate", kinetics.beta)):
            element.append(_form(owner, gate, tag, form, "Rate", "per_ms"))
    elif isinstance(kinetics, InfTau) and ligand is None and isinstance(kinetics.tau, Constant):
        element.tag = "gateHHtauInf"
        SubElement(element, "timeCourse", type="fixedTimeCourse", tau=f"{kinetics.tau.A!r}ms")
        element.append(_form(owner, gate, "steadyState", kinetics.inf, "Variable", ""))
    else:
        raise ExchangeError(
            f"the gate {gate.name!r} of {owner!r} has no standard form in NeuroML: write its rates as exponential, "
            "linoid or sigmoid forms"
        )
    return element


def _form(owner: str, gate: Gate, tag: str, form: Form, ending: str, unit: str) -> Element:
    if isinstance(form, Constant):
        form = Exponential(A=form.A, k=NO_SLOPE, d=0.0)  # NeuroML has no constant rate; this moves by 1e-10 in 100 mV
    kind = _FORMS.get(type(form))
    if kind is None or not isinstance(form, Exponential | Linoid | Sigmoid) or form.k == 0:
        raise ExchangeError(f"{tag} of the gate {gate.name!r} of {owner!r} is no standard form of NeuroML: {form!r}")
    return Element(
        tag,
        type=kind + ending,
        rate=f"{form.A!r}{unit}",
        midpoint=f"{form.d!r}mV",
        scale=f"{1 / form.k!r}mV",
    )
