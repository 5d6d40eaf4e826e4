"""The Python program of what a session shows: the cell, then its run."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from rheobase.model import Protocol, Recordable
from rheobase.simulate.rest import BEGINNINGS
from rheobase.widgets.session import SETTINGS, Session


def program(session: Session) -> str:
    """Code that rebuilds the cell as `cell` and runs it as `rec`, with the settings that differ from the defaults."""
    return session.cell.to_code().rstrip() + "\n\n" + run_lines(session)


def run_lines(session: Session) -> str:
    """The part of the program that runs a `cell` there is."""
    record = [trace.recordable for trace in session.traces()]
    if session.values:
        return simulation_lines(session, record) + "rec = sim.run()\n"
    before, arguments = _arguments(session, record)
    return "\n".join([*before, f"rec = rb.run({arguments})", ""])


def simulation_lines(session: Session, record: Sequence[Recordable]) -> str:
    """The part of a program that makes a simulation `sim` of a `cell` there is."""
    before, arguments = _arguments(session, record)
    given = [f"sim.set({name!r}, {number_in_code(value)})" for name, value in session.values.items()]
    return "\n".join([*before, f"sim = rb.Simulation({arguments})", *given, ""])


def recordable_in_code(item: Recordable) -> str:
    """A recordable as code that needs no handle: `rb.Location('soma', 0.5).v`."""
    if item.x is None:
        return f"rb.Recordable({item.place!r}, None, {item.variable!r})"
    variable = ".v" if item.variable == "v" else f"[{item.variable!r}]"
    return f"rb.Location({item.place!r}, {item.x!r}){variable}"


def _arguments(session: Session, record: Sequence[Recordable]) -> tuple[list[str], str]:
    """Lines that come first, and what is given to a run."""
    protocol, usual = session.protocol, Protocol()
    changed = {name: getattr(protocol, name) for name in SETTINGS if getattr(protocol, name) != getattr(usual, name)}
    if "atol_scale" in changed:
        changed["atol_scale"] = dict(protocol.atol_scale)
    options = [f"{name}={value!r}" for name, value in changed.items()]
    lines: list[str] = []
    documents: list[str] = []
    if protocol.stimuli:
        stimuli = [
            f"    (rb.Location({where.section!r}, {where.x!r}), rb.{process!r})," for where, process in protocol.stimuli
        ]
        lines += ["stimuli = [", *stimuli, "]"]
        documents.append("stimuli=stimuli")
    if protocol.plays:
        plays = [
            f"    rb.model.Play({each.target!r}, {list(each.times)}, {list(each.values)}, "
            f"interpolate={each.interpolate}),"
            for each in protocol.plays
        ]
        lines += ["plays = [", *plays, "]"]
        documents.append("plays=plays")
    if documents:
        lines.append(f"protocol = rb.Protocol({', '.join([*documents, *options])})")
        options = []
    lines += ["record = [", *(f"    {recordable_in_code(each)}," for each in record), "]"]
    arguments = ["cell", *(["protocol"] if documents else []), *options, "record=record"]
    if session.points is not None:
        arguments.append(f"every={session.every}")
    if session.start != BEGINNINGS[0]:
        arguments.append(f"init={session.start!r}")
    return lines, ", ".join(arguments)


def number_in_code(value: ArrayLike) -> str:
    """A number, or one for each segment, as code."""
    numbers = np.ravel(np.asarray(value, float)).tolist()
    return repr(numbers[0] if len(numbers) == 1 else numbers)
