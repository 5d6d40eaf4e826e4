"""The Python program of what the tool shows: the cell, then its impedance."""

from rheobase.model import Location, Protocol
from rheobase.simulate.rest import BEGINNINGS
from rheobase.widgets.code import number_in_code
from rheobase.widgets.impedance.asked import Asked
from rheobase.widgets.session import SETTINGS, Session

_STATE = ("v_init", "celsius")
_LAST = {
    "impedance": "transfer = z.transfer({to})  # megohm, complex",
    "ratio": "ratio = z.ratio({to})",
    "attenuation": "out, back = z.attenuation({to}, 'out'), z.attenuation({to}, 'in')",
}


def program(session: Session, asked: Asked, at: Location, to: Location) -> str:
    """Code that rebuilds the cell as `cell` and its impedance as `z`, with the settings that differ from the defaults.

    **Arguments:** `at`, `to`: the electrodes A and B.
    """
    protocol, usual = session.protocol, Protocol()
    changed = {
        name: getattr(protocol, name)
        for name in SETTINGS
        if name != "tstop" and getattr(protocol, name) != getattr(usual, name)
    }
    run = [f"{name}={value!r}" for name, value in changed.items()]
    state = [f"{name}={value!r}" for name, value in changed.items() if name in _STATE]
    lines = ["import numpy as np", "", session.cell.to_code().rstrip(), ""]
    if protocol.stimuli:
        stimuli = [f"    ({_place(where)}, rb.{process!r})," for where, process in protocol.stimuli]
        lines += ["stimuli = [", *stimuli, "]", f"protocol = rb.Protocol({', '.join(['stimuli=stimuli', *run])})", ""]
        run = state = ["protocol=protocol"]
    options = [f"frequencies=np.logspace({asked.low:g}, {asked.high:g}, {asked.points})", *state]
    if asked.gates != "active":
        options.append(f"gates={asked.gates!r}")
    if asked.point == "initial":
        options.append("operating_point='initial'")
    elif asked.point == "held":
        options.append(f"operating_point=rb.Hold({asked.hold!r})")
    elif asked.point == "moment":
        begun = [f"init={session.start!r}"] if session.start != BEGINNINGS[0] else []
        lines.append(f"sim = rb.Simulation({', '.join(['cell', *run, *begun])})")
        lines += [f"sim.set({name!r}, {number_in_code(value)})" for name, value in session.values.items()]
        lines += ["sim.init()", f"sim.run_until({asked.time!r})", ""]
        options.append("operating_point=sim")
    if session.values and asked.point != "moment":
        params = ", ".join(f"{name!r}: {number_in_code(value)}" for name, value in session.values.items())
        options.append(f"params={{{params}}}")
    lines += ["z = rb.impedance(", "    cell,", *(f"    {option}," for option in (f"at={_place(at)}", *options)), ")"]
    lines += [f"own = z.input({_place(at)})  # megohm, complex", _LAST[asked.against].format(to=_place(to))]
    return "\n".join([*lines, ""])


def _place(place: Location) -> str:
    return f"rb.Location({place.section!r}, {place.x!r})"
