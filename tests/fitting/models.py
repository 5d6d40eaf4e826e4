"""Small models and recordings that the tests of fitting share, so that they share compiled programs too."""

from typing import Any

import rheobase as rb

TRUTH = {"soma.hh.gnabar": 0.12, "soma.hh.gkbar": 0.036, "soma.hh.gl": 0.0003}
BOUNDS = {"soma.hh.gnabar": (0.02, 0.6), "soma.hh.gkbar": (0.005, 0.2), "soma.hh.gl": (3e-5, 3e-3)}


def patch() -> tuple[rb.Cell, Any]:
    """One segment of squid axon."""
    cell = rb.Cell("patch")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("hh")
    return cell, soma


def step(soma: Any, tstop: float = 30.0) -> rb.Protocol:
    """A step of current that makes it fire."""
    return rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(delay=5, dur=20, amp=0.2))], tstop=tstop)


def recording(cell: rb.Cell, soma: Any, protocol: rb.Protocol) -> rb.Trace:
    """What a protocol gives."""
    results = rb.run(cell, protocol, record=[soma(0.5).v])
    return rb.Trace(results.t, results[soma(0.5).v], "mV")


def squid_fit() -> tuple[rb.Fit, Any]:
    """The three conductances of the patch against its own voltage."""
    cell, soma = patch()
    fit = rb.Fit(cell, "squid")
    for name, (low, high) in BOUNDS.items():
        fit.vary(name, low, high, log=True)
    fit.add_run("step", protocol=step(soma)).match(soma(0.5).v, recording(cell, soma, step(soma)))
    return fit, soma


def passive_fit() -> tuple[rb.Fit, Any]:
    """The leak of a passive cell against the decay of its voltage: an error that is cheap."""
    cell = rb.Cell("bag")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("pas", g=1e-4, e=-70)
    protocol = rb.Protocol(tstop=10)
    target = recording(cell, soma, protocol)
    cell["soma"].set("pas.g", 3e-4)
    fit = rb.Fit(cell)
    fit.vary("soma.pas.g", 1e-5, 1e-3, log=True, name="g")
    fit.vary("soma.pas.e", -90, -50, name="e")
    fit.add_run("decay", protocol=protocol).match(soma(0.5).v, target)
    return fit, soma


def cheap_fit() -> rb.Fit:
    """A fit without runs, which a child begins as soon as it has imported Rheobase."""
    fit = rb.Fit(name="decay")
    fit.add_function("f", "exponential", [0, 1, 2, 4, 8], [9, 6.2, 4.1, 2.1, 0.9])
    return fit
