"""The membrane as NeuroML's biophysical properties: one density for each channel and group of equal value."""

import re
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement

from rheobase.model.document import Document
from rheobase.model.location import Location
from rheobase.model.precedence import Resolved, sections_with
from rheobase.model.profile import Profile
from rheobase.model.profile_kinds import Along, Boltzmann, Exponential, Linear, Step
from rheobase.share.error import ExchangeError
from rheobase.share.neuroml.channels import Written
from rheobase.share.neuroml.groups import Groups, note

_METRIC = "Path Length from root"
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


def add_membrane(
    biophysics: Element, document: Document, groups: Groups, channels: Iterable[Written], v_init: float
) -> None:
    """Fill `<biophysicalProperties>`, in the order that its schema asks for.

    **Raises:** `ExchangeError` for a value that NeuroML has no words for.
    """
    membrane = SubElement(biophysics, "membraneProperties")
    inside = SubElement(biophysics, "intracellularProperties")
    constant: list[Element] = []
    varying: list[Element] = []
    used: dict[str, set[str]] = {}
    for channel in channels:
        used.setdefault(channel.mechanism, set()).update({channel.density, channel.reversal})
        _densities(document, groups, channel, constant, varying)
    _refuse_the_rest(document, used)
    membrane.extend([*constant, *varying])
    SubElement(membrane, "spikeThresh", value="0 mV")
    everything = tuple(document.sections)
    for value, group in _by_value(document, groups, "cm", everything):
        SubElement(membrane, "specificCapacitance", value=f"{value!r} uF_per_cm2", segmentGroup=group)
    SubElement(membrane, "initMembPotential", value=f"{v_init!r} mV")
    for value, group in _by_value(document, groups, "Ra", everything):
        SubElement(inside, "resistivity", value=f"{value!r} ohm_cm", segmentGroup=group)


def _densities(
    document: Document, groups: Groups, channel: Written, constant: list[Element], varying: list[Element]
) -> None:
    target = f"{channel.mechanism}.{channel.density}"
    reversal = f"{channel.ion}.reversal" if channel.ion else f"{channel.mechanism}.{channel.reversal}"
    density, erev = Resolved(document, target), Resolved(document, reversal)
    alike: dict[tuple[float, float], list[str]] = {}
    shaped: dict[tuple[str, float], list[str]] = {}
    profiles: dict[str, Profile] = {}
    present = sections_with(document, channel.mechanism)
    for section in document.sections:
        if section not in present:
            continue
        potential = _single(erev, section)
        values = density.at(section)
        assignment = density.assignment(section)
        if assignment is not None and isinstance(assignment.value, Profile):
            profiles[assignment.place] = assignment.value
            shaped.setdefault((assignment.place, potential), []).append(section)
        elif (values == values[0]).all():
            alike.setdefault((float(values[0]), potential), []).append(section)
        else:
            raise ExchangeError(
                f"{target} is one number a segment in {section!r}, which NeuroML has no words for: set it as one "
                "number a section, or as a profile over the path distance"
            )
    own = {"ionChannel": channel.id, "ion": channel.ion or "non_specific"}
    for count, ((value, potential), sections) in enumerate(alike.items()):
        where = {"segmentGroup": groups.of(sections, f"{channel.id}_{count}")}
        facts = {
            "id": f"{channel.id}_density_{count}",
            "condDensity": f"{value!r} S_per_cm2",
            "erev": f"{potential!r} mV",
        }
        constant.append(Element("channelDensity", facts | own | where))
    for count, ((place, potential), sections) in enumerate(shaped.items()):
        profile = profiles[place]
        group = groups.of(sections, f"{channel.id}_profile_{count}")
        whole = set(sections) == set(document.places.of(place))
        parameter = _parameter(document, groups, group, profile, target, whole=whole)
        element = Element(
            "channelDensityNonUniform", {"id": f"{channel.id}_profile_{count}", "erev": f"{potential!r} mV"} | own
        )
        variable = SubElement(element, "variableParameter", parameter="condDensity", segmentGroup=group)
        text = f"1e4 * ({_expression(profile, target)})"  # NeuroML takes the value in SI
        SubElement(variable, "inhomogeneousValue", inhomogeneousParameter=parameter, value=text)
        varying.append(element)


def _parameter(document: Document, groups: Groups, group: str, profile: Profile, target: str, *, whole: bool) -> str:
    """Give the id of the inhomogeneous parameter that measures a profile's place."""
    root = next(iter(document.sections))
    origin = profile.origin if profile.origin is not None else Location(root, 0.5)
    at_root = profile.metric == "path_distance" and origin in (
        Location(root, 0),
        Location(root, 0.5),
        Location(root, 1),
    )
    moved, scaled = profile.offset == "most_proximal", profile.normalise == "most_distal"
    plain = profile.offset in ("none", "most_proximal") and profile.normalise in ("none", "most_distal")
    if not isinstance(origin, Location) or not at_root or not plain or ((moved or scaled) and not whole):
        raise ExchangeError(
            f"{target} is {profile!r}, and NeuroML varies a density over the path length from the root only: set it "
            "as one number a section, or measure it so"
        )
    element = groups.element(group)
    name = f"{group}_path_{origin.x:g}_{profile.offset}_{profile.normalise}".replace(".", "_")
    if all(found.get("id") != name for found in element.findall("inhomogeneousParameter")):
        found = SubElement(element, "inhomogeneousParameter", id=name, variable="p", metric=_METRIC)
        if moved:
            SubElement(found, "proximal", translationStart="0")
        if scaled:
            SubElement(found, "distal", normalizationEnd="1")
        if origin.x:
            note(element, f"origin_{name}", f"{origin.x:g}")
    return name


def _expression(profile: Profile, target: str) -> str:
    c: Mapping[str, str] = {name: f"({value!r})" for name, value in profile.coefficients.items()}
    if isinstance(profile, Linear):
        return f"{c['intercept']} + {c['slope']} * p"
    if isinstance(profile, Exponential):
        return f"{c['base']} + {c['amplitude']} * exp(-p / {c['length']})"
    if isinstance(profile, Boltzmann):
        return f"{c['base']} + {c['amplitude']} / (1 + exp({c['slope']} * ({c['midpoint']} - p)))"
    if isinstance(profile, Step):
        return f"{c['below']} + ({c['above']} - {c['below']}) * H(p - {c['at']})"
    if isinstance(profile, Along):
        names = {**c, "d": "p"}
        text = _NAME.sub(lambda found: names.get(found[0], found[0]), profile.expression)
        return text.replace("**", "^").replace("heaviside(", "H(")
    raise ExchangeError(f"{target} is a table, which NeuroML has no words for: fit a formula to it")


def _by_value(document: Document, groups: Groups, target: str, sections: Iterable[str]) -> list[tuple[float, str]]:
    resolved = Resolved(document, target)
    found: dict[float, list[str]] = {}
    for section in sections:
        found.setdefault(_single(resolved, section), []).append(section)
    return [(value, groups.of(members, f"{target}_{k}")) for k, (value, members) in enumerate(found.items())]


def _single(resolved: Resolved, section: str) -> float:
    values = resolved.at(section)
    if (values != values[0]).any():
        raise ExchangeError(
            f"{resolved.target.name} differs within {section!r}, which NeuroML has no words for: set it as one number "
            "a section"
        )
    return float(values[0])


def _refuse_the_rest(document: Document, used: Mapping[str, set[str]]) -> None:
    """Refuse parameters that were changed and that a channel of NeuroML does not have."""
    for assignment in document.assignments.values():
        mechanism, _, parameter = assignment.target.partition(".")
        if mechanism not in used or parameter in used[mechanism]:
            continue
        default = next((p.default for p in document.mechanism(mechanism).parameters if p.name == parameter), None)
        if default is not None and assignment.value != default:
            raise ExchangeError(
                f"{assignment.target} was set over {assignment.place!r}, and a channel of NeuroML has it fixed: make a "
                "channel of its own with that number, by rb.ChannelSpec"
            )
