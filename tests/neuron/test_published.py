"""The channel library laid over live NEURON, which runs the same models as NMODL, under a voltage clamp."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms import mechanism
from tests.fresh_process import in_fresh_process
from tests.neuron.conftest import compiled
from tests.neuron.published import MODS
from tests.simulate.against_neuron import described
from tests.simulate.neuron_oracle import run_in_neuron

pytestmark = [pytest.mark.neuron, pytest.mark.slow]
POOLS = ("ca_decay", "ca_pump", "ca_shells")
CHANNELS = [name for name in MODS if name not in POOLS]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compiled(Path(tmp_path_factory.mktemp("published")), MODS)


@pytest.mark.parametrize("celsius", [6.3, 34.0])
@pytest.mark.parametrize("pool", POOLS)
def test_channels_that_share_calcium_move_as_in_neuron(library: str, pool: str, celsius: float) -> None:
    cell = rb.Cell("clamped")
    soma = cell.add_section("soma", L=20, diam=4)
    for name in CHANNELS:
        cell["soma"].insert(name, **{mechanism(name).parameters[0].name: 1e-5 if name.startswith("cat") else 1e-3})
    cell["soma"].insert(pool)
    clamp = rb.SEClamp(dur1=2, amp1=-90, dur2=10, amp2=-10, dur3=10, amp3=-50, rs=1e-3)
    cell.place(clamp, soma(0.5))
    here = soma(0.5)
    states = [here[f"{name}.{gate}"] for name in CHANNELS for gate in mechanism(name).states] + [here["cai"]]
    currents = [here["ina"], here["ik"], here["ica"], here["hcn_kole.i"]]
    record = [*states, *currents]
    run: dict[str, Any] = {"tstop": 22, "celsius": celsius, "v_init": -70}
    theirs = in_fresh_process(run_in_neuron, described(cell, record, **run) | {"library": library})["traces"]
    ours = rb.run(cell, record=record, **run)
    to = 1e-4 if pool == "ca_shells" else 1e-6  # NEURON takes changes below 1e-6 mM for converged
    for what, trace in zip(record, theirs, strict=True):
        a, b = ours[what], np.array(trace)
        if what in currents:  # NEURON's are those of the start of a step
            a, b = a[:-1], b[1:]
        np.testing.assert_allclose(a, b, rtol=0, atol=to * np.abs(b).max(), err_msg=str(what))
