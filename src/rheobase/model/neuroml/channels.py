"""NeuroML's ion channels as channels of Rheobase: those made of Hodgkin-Huxley gates in the standard forms.

Source of the forms: https://docs.neuroml.org/Userdocs/Schemas/Channels.html.
"""

from dataclasses import dataclass
from pathlib import Path

from rheobase.mechanisms.channel_spec import AlphaBeta, Constant, Exponential, Gate, InfTau, Linoid, Sigmoid
from rheobase.mechanisms.channel_spec.forms import AnyForm
from rheobase.model.neuroml.quantity import quantity
from rheobase.morphology import MorphologyError
from rheobase.morphology.readers.source import read_text
from rheobase.morphology.readers.xml import Element, parse_xml

PROPERTY = "rheobase:"  # how the tags begin by which Rheobase tells itself what a channel was
NO_SLOPE = 1e-12  # 1/mV; what a rate that should not move is written with
_CHANNELS = ("ionChannel", "ionChannelHH", "ionChannelPassive")
_FORMS: dict[str, type[Exponential | Sigmoid | Linoid]] = {
    "HHExp": Exponential,
    "HHSigmoid": Sigmoid,
    "HHExpLinear": Linoid,
}
_MOST_INCLUDED = 200


class Unmappable(ValueError):
    """Something of NeuroML that has no equal here; its text says what."""


@dataclass(frozen=True)
class IonChannel:
    """A channel as NeuroML describes it: its `gates`, none of a passive one, and what Rheobase noted: `properties`."""

    name: str
    gates: tuple[Gate, ...]
    properties: dict[str, str]


class Library:
    """The channels that a document defines or includes, found by id."""

    def __init__(self, document: Element, folder: Path | None) -> None:
        self._elements: dict[str, Element] = {}
        self._absent: dict[str, str] = {}
        self._include(document, folder)

    def channel(self, name: str) -> IonChannel:
        """Give a channel. **Raises:** `Unmappable` where it is not there, or is more than gates in standard forms."""
        element = self._elements.get(name)
        if element is None and name == "pas":  # whoever calls a channel so means a leak
            return IonChannel(name, (), {})
        if element is None:
            absent = ", ".join(self._absent) if self._absent else "none of its includes"
            raise Unmappable(f"the channel {name!r} is not defined in the file, and could be in {absent}, not found")
        return ion_channel(element)

    def _include(self, document: Element, folder: Path | None) -> None:
        waiting, seen = [(document, folder)], set[Path]()
        while waiting:
            root, here = waiting.pop()
            for tag in _CHANNELS:
                for element in root.all(tag):
                    self._elements.setdefault(element.get("id"), element)
            for include in root.all("include"):
                href = include.get("href")
                path = None if here is None or not href else (here / href).resolve()
                if path is None or not path.is_file() or Path(href).is_absolute():
                    self._absent[href[:80]] = href
                    continue
                if path not in seen and len(seen) < _MOST_INCLUDED:
                    seen.add(path)
                    text, _ = read_text(path)
                    waiting.append((parse_xml(text), path.parent))


def ion_channel(element: Element) -> IonChannel:
    """Give the channel that an element describes. **Raises:** `Unmappable`."""
    name = element.get("id")
    gates = []
    for child in element.children:
        if child.tag in ("notes", "property", "annotation"):
            continue
        if not child.tag.startswith("gate"):
            raise Unmappable(f"the channel {name!r} has a <{child.tag}>")
        gates.append(_gate(child))
    marks = {
        child.get("tag").removeprefix(PROPERTY): child.get("value")
        for child in element.all("property")
        if child.get("tag").startswith(PROPERTY)
    }
    return IonChannel(name, tuple(gates), marks)


def _gate(element: Element) -> Gate:
    name, kind = element.get("id"), element.tag if element.tag != "gate" else element.get("type")
    q10, reference = 1.0, 6.3
    settings = element.first("q10Settings")
    if settings is not None:
        if settings.get("type") != "q10ExpTemp":
            raise Unmappable(f"the gate {name!r} has a Q10 of the type {settings.get('type')!r}")
        q10 = quantity(settings.required("q10Factor"), "1", settings.line)
        reference = quantity(settings.required("experimentalTemp"), "degC", settings.line)
    forms = {child.tag: child for child in element.children if child.tag not in ("notes", "q10Settings")}
    kinetics: AlphaBeta | InfTau
    if kind in ("gateHHrates", "gateHH") and set(forms) == {"forwardRate", "reverseRate"}:
        alpha, beta = (_form(forms[tag], "Rate", "1/ms") for tag in ("forwardRate", "reverseRate"))
        kinetics = AlphaBeta(alpha=alpha, beta=beta)
    elif kind == "gateHHtauInf" and set(forms) == {"timeCourse", "steadyState"}:
        kinetics = InfTau(inf=_form(forms["steadyState"], "Variable", "1"), tau=_course(forms["timeCourse"]))
    else:
        raise Unmappable(f"the gate {name!r} is a {kind} of {', '.join(forms) or 'nothing'}")
    power = element.get("instances", "1").strip()
    if not power.isascii() or not power.isdigit():
        raise MorphologyError(f"instances is {power[:30]!r}: must be a whole number", line=element.line)
    return Gate(name=name, power=int(power), kinetics=kinetics, q10=q10, reference=reference)


def _form(element: Element, ending: str, unit: str) -> AnyForm:
    kind = element.get("type")
    form = _FORMS.get(kind.removesuffix(ending)) if kind.endswith(ending) else None
    if form is None:
        raise Unmappable(f"<{element.tag}> is of the type {kind!r}")
    scale = quantity(element.required("scale"), "mV", element.line)
    if scale == 0:
        raise MorphologyError(f"the scale of <{element.tag}> is 0 mV: must not be 0", line=element.line)
    height = quantity(element.required("rate"), unit, element.line)
    if abs(scale * NO_SLOPE) > 0.9:
        return Constant(A=height)
    return form(A=height, k=1 / scale, d=quantity(element.required("midpoint"), "mV", element.line))


def _course(element: Element) -> AnyForm:
    if element.get("type") != "fixedTimeCourse":
        raise Unmappable(f"<{element.tag}> is of the type {element.get('type')!r}")
    return Constant(A=quantity(element.required("tau"), "ms", element.line))
