"""What a channel does at steady voltages, as tables."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rheobase.mechanisms.channel_spec import curves
from rheobase.mechanisms.channel_spec.channel import Channel
from rheobase.mechanisms.channel_spec.curves import Bath

if TYPE_CHECKING:
    import pandas as pd


def bath(channel: Channel, celsius: float, values: Mapping[str, float]) -> Bath:
    """What surrounds a channel, from values named as NEURON names them: `cai`, `cao` (mM), `ek` (mV).

    **Raises:** KeyError for a name of no ion that the channel knows.
    """
    ions = {ligand.partition(".")[0] for ligand in channel.ligands} | ({channel.ion} if channel.ion else set())
    sides = {f"{ion}{short}": f"{ion}.{side}" for ion in ions for short, side in (("i", "inside"), ("o", "outside"))}
    reversal = f"e{channel.ion}" if channel.ion and channel.current == "ohmic" else ""
    known = [name for name in (reversal, *sides) if name]
    for name in values:
        if name not in known:
            raise KeyError(f"channel {channel.name!r} knows no {name!r}; it knows {', '.join(known) or 'no ion'}")
    given = {sides[name]: float(value) for name, value in values.items() if name in sides}
    return Bath(float(celsius), values.get(reversal), given)


def rates(channel: Channel, v: Any, around: Bath) -> "pd.DataFrame":
    """Steady states, time constants and rates over voltages."""
    import pandas as pd

    voltages = np.atleast_1d(np.asarray(v, float))
    columns: dict[str, Any] = {}
    for gate in channel.gates:
        if gate.scheme is None:
            columns[f"{gate.name}inf"], columns[f"{gate.name}tau"] = curves.inf_tau(gate, voltages, around)
        else:
            states = curves.steady_states(gate, voltages, around)
            columns |= {f"{name}inf": states[:, k] for k, name in enumerate(gate.states)}
            columns[f"{gate.name}inf"] = curves.open_fraction(gate, states)
        for pair, (alpha, beta) in curves.alpha_beta(gate, voltages, around).items():
            columns[f"{pair}alpha"], columns[f"{pair}beta"] = alpha, beta
    return pd.DataFrame(columns, index=pd.Index(voltages, name="v"))


def iv(channel: Channel, v: Any, around: Bath) -> "pd.DataFrame":
    """The steady open fraction and current over voltages."""
    import pandas as pd

    voltages = np.atleast_1d(np.asarray(v, float))
    opened = np.ones_like(voltages)
    for gate in channel.gates:
        opened = opened * curves.open_fraction(gate, curves.steady_states(gate, voltages, around))
    current = channel.gmax * opened * curves.driving(channel, voltages, around)
    return pd.DataFrame({"open": opened, channel.current_name: current}, index=pd.Index(voltages, name="v"))
