"""The Python program of what a session shows: the cell, then its run."""

from rheobase.model import Protocol, Recordable
from rheobase.widgets.session import SETTINGS, Session


def program(session: Session) -> str:
    """Code that rebuilds the cell as `cell` and runs it as `rec`, with the settings that differ from the defaults."""
    return session.cell.to_code().rstrip() + "\n\n" + run_lines(session)


def run_lines(session: Session) -> str:
    """The part of the program that runs a `cell` there is."""
    protocol, usual = session.protocol, Protocol()
    changed = {name: getattr(protocol, name) for name in SETTINGS if getattr(protocol, name) != getattr(usual, name)}
    if "atol_scale" in changed:
        changed["atol_scale"] = dict(protocol.atol_scale)
    options = [f"{name}={value!r}" for name, value in changed.items()]
    record = [f"    {_recordable(trace.recordable)}," for trace in session.traces()]
    lines = []
    if protocol.stimuli:
        stimuli = [
            f"    (rb.Location({where.section!r}, {where.x!r}), rb.{process!r})," for where, process in protocol.stimuli
        ]
        lines += ["stimuli = [", *stimuli, "]", f"protocol = rb.Protocol({', '.join(['stimuli=stimuli', *options])})"]
        options = []
    lines += ["record = [", *record, "]"]
    arguments = ["cell", *(["protocol"] if protocol.stimuli else []), *options, "record=record"]
    return "\n".join([*lines, f"rec = rb.run({', '.join(arguments)})", ""])


def _recordable(item: Recordable) -> str:
    if item.x is None:
        return f"rb.Recordable({item.place!r}, None, {item.variable!r})"
    variable = ".v" if item.variable == "v" else f"[{item.variable!r}]"
    return f"rb.Location({item.place!r}, {item.x!r}){variable}"
