"""Runs a described model in live NEURON; it knows nothing of Rheobase and runs in a process of its own."""

from typing import Any


def run_in_neuron(model: dict[str, Any]) -> dict[str, Any]:
    """Build, run and record.

    **Arguments:** `model`: `sections`, each with `name`, `nseg`, `L` and `diam` or `points`, `Ra`, `cm` a segment,
    `parent` `[name, x]` or None, `child_end`, and `mechanisms`, values a segment by name and parameter; `placed`, each
    with `type`, `section`, `x`, `values`, or, of an artificial cell, `section` None; `connections`, each with `source`
    (`[section, x, variable]` or `[index of placed]`), `target` (an index), `weights`, `delay`, `threshold`; `record`,
    each `[section, x, variable]` or `[index of placed, variable]`; and `tstop`, `dt`, `v_init`, `celsius`,
    `secondorder`; with `atol` CVODE runs it, sampled each `dt`. `library`, where there is one, holds compiled
    mechanisms; `concentrations` of a section, `cai` for example, are numbers.

    **Returns:** `traces`, and for each section `area` and `ri` of its segments and end.
    """
    from neuron import h

    h.load_file("stdrun.hoc")
    if model.get("library"):
        h.nrn_load_dll(model["library"])
    h("usetable_hh = 0")
    sections: dict[str, Any] = {}
    for spec in model["sections"]:
        section = sections[spec["name"]] = h.Section(name=spec["name"])
        if spec["points"]:
            for point in spec["points"]:
                section.pt3dadd(*point)
        else:
            section.L, section.diam = spec["L"], spec["diam"]
        section.nseg, section.Ra = spec["nseg"], spec["Ra"]
        if spec["parent"]:
            name, x = spec["parent"]
            section.connect(sections[name](x), spec["child_end"])
        for segment, cm in zip(section, spec["cm"], strict=True):
            segment.cm = cm
        for mechanism, parameters in spec["mechanisms"].items():
            section.insert(mechanism)
            for key, values in parameters.items():
                for segment, value in zip(section, values, strict=True):
                    setattr(getattr(segment, mechanism), key, value)
        for ion, reversal in spec.get("reversal", {}).items():
            setattr(section, f"e{ion}", reversal)
        for concentration, value in spec.get("concentrations", {}).items():
            setattr(section, concentration, value)
    placed = [_place(h, p, sections) for p in model["placed"]]
    joined = _joined(h, model, placed, sections)
    every = [model["dt"]] if model.get("atol") else []
    vectors = [h.Vector().record(reference, *every) for reference in _references(model, placed, sections)]
    h.celsius, h.dt, h.secondorder = model["celsius"], model["dt"], model["secondorder"]
    h.steps_per_ms = 1 / model["dt"]
    if model.get("atol"):
        h.CVode().active(True)
        h.CVode().atol(model["atol"])
    h.finitialize(model["v_init"])
    assert len(joined) > len(model.get("connections", []))  # kept alive until here
    _go(h, model)
    return {
        "traces": [list(vector) for vector in vectors],
        "area": {name: [segment.area() for segment in section] for name, section in sections.items()},
        "ri": {name: [segment.ri() for segment in section] + [section(1).ri()] for name, section in sections.items()},
    }


def _go(h: Any, model: dict[str, Any]) -> None:
    if model.get("atol"):
        h.CVode().solve(model["tstop"])
        return
    for _ in range(round(model["tstop"] / model["dt"])):
        h.fadvance()


def _references(model: dict[str, Any], placed: list[Any], sections: dict[str, Any]) -> list[Any]:
    references = []
    for what in model["record"]:
        if len(what) == 2:
            references.append(getattr(placed[what[0]], f"_ref_{what[1]}"))
        else:
            segment = sections[what[0]](what[1])
            owner, _, variable = what[2].rpartition(".")
            references.append(getattr(getattr(segment, owner) if owner else segment, f"_ref_{variable}"))
    return references


def _joined(h: Any, model: dict[str, Any], placed: list[Any], sections: dict[str, Any]) -> list[Any]:
    """The connections, and what plays lists of times into them."""
    joined = [_connect(h, c, placed, sections) for c in model.get("connections", [])]
    played = [(nc, spike + nc.delay) for nc, times in joined for spike in times]
    return [*joined, h.FInitializeHandler(lambda: [nc.event(at) for nc, at in played])]


def _connect(h: Any, described: dict[str, Any], placed: list[Any], sections: dict[str, Any]) -> tuple[Any, list[float]]:
    """A NetCon, and the times that are played into it where its source is a list of times."""
    source, target, times = described["source"], placed[described["target"]], []
    if len(source) == 1:
        found = placed[source[0]]
        times = found if isinstance(found, list) else []
        nc = h.NetCon(None if isinstance(found, list) else found, target)
    else:
        section, x, variable = source
        nc = h.NetCon(getattr(sections[section](x), f"_ref_{variable}"), target, sec=sections[section])
        nc.threshold = described["threshold"]
    nc.delay = described["delay"]
    for k, weight in enumerate(described["weights"]):
        nc.weight[k] = weight
    return nc, times


def _place(h: Any, described: dict[str, Any], sections: dict[str, Any]) -> Any:
    if described["type"] == "VecStim":
        return described["values"]["times"]
    if described["section"] is None:
        process = getattr(h, described["type"])()
        for name, value in described["values"].items():
            if name != "seed":
                setattr(process, name, value)
        return process
    process = getattr(h, described["type"])(sections[described["section"]](described["x"]))
    for name, value in described["values"].items():
        if described["type"] == "VClamp" and name[:-1] in ("dur", "amp"):
            getattr(process, name[:-1])[int(name[-1]) - 1] = value
        else:
            setattr(process, name, value)
    return process
