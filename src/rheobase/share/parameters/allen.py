"""Fits of the Allen Cell Types Database: a table with `passive`, `conditions` and `genome`."""

from typing import Any

from rheobase.share.parameters.settings import Setting, Settings, number, rows, table, word


def is_allen(data: Any) -> bool:
    """Whether data has the layout of these fits."""
    return isinstance(data, dict) and "genome" in data and "conditions" in data


def read_allen(data: Any) -> Settings:
    """What a fit says. **Raises:** ExchangeError."""
    found = Settings(insertions=[("all", "pas")])
    passive = table(_first(data.get("passive", [])), "passive")
    if "ra" in passive:
        found.settings.append(Setting(("all",), "Ra", number(passive["ra"], "passive ra")))
    for row in rows(passive.get("cm", []), "passive cm"):
        entry = table(row, "passive cm")
        found.settings.append(Setting((_section(entry),), "cm", number(entry.get("cm"), "passive cm")))
    if "e_pas" in passive:
        found.settings.append(Setting(("all",), "e_pas", number(passive["e_pas"], "passive e_pas"), mechanism="pas"))
    for row in rows(data["genome"], "genome"):
        entry = table(row, "genome")
        name, place = word(entry.get("name"), "genome name"), _section(entry)
        value = number(entry.get("value"), f"genome {name}")
        if place == "glob":
            found.notes.append(f"{name} is of a section 'glob', which old files have, and was left out")
            continue
        mechanism = entry.get("mechanism") or None
        if mechanism is not None:
            found.insertions.append((place, word(mechanism, f"mechanism of {name}")))
        found.settings.append(Setting((place,), name, value, mechanism=mechanism))
    conditions = table(_first(data["conditions"]), "conditions")
    for name in ("celsius", "v_init"):
        if name in conditions:
            found.everywhere[name] = number(conditions[name], name)
    for row in rows(conditions.get("erev", []), "erev"):
        entry = table(row, "erev")
        found.settings += [
            Setting((_section(entry),), name, number(value, f"erev {name}"))
            for name, value in entry.items()
            if name != "section"
        ]
    if data.get("axon_morph"):
        found.notes.append(
            "the fit is of a cell whose axon was replaced by two cylinders on soma(0.5), one after the other, 30 um "
            "long and 1 um wide, which is not done here: remove the sections of the axon and add these, then load again"
        )
    return found


def _first(value: Any) -> Any:
    listed = rows(value, "the file")
    return listed[0] if listed else {}


def _section(entry: dict[str, Any]) -> str:
    return word(entry.get("section"), "section")
