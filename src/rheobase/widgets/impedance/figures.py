"""The few numbers that say what a membrane is like; they take longer than a picture, and follow it."""

from math import inf

from rheobase.analysis import Impedance
from rheobase.model import Location


def key_figures(z: Impedance, frozen: Impedance, to: Location) -> list[dict[str, str]]:
    """Input resistance, resonance, membrane time constant and electrotonic length, each in words for the page.

    **Arguments:** `frozen`: the same with gates and concentrations held; `to`: where the voltage is read.
    """
    steady = z.at_frequencies([0.0])
    resonance = z.resonance()
    taus = frozen.time_constants(1)["tau"].to_numpy()
    out, back = float(steady.attenuation(to, "out")[0]), float(steady.attenuation(to, "in")[0])
    low, high = resonance.band
    if resonance.frequency:
        peak, unit = _plain(resonance.frequency), "Hz"
        note = f"Q {resonance.q:.2f}, {_plain(low)} to {_plain(high)} Hz"
    else:
        peak, unit, note = "none", "", f"low-pass to {_plain(high)} Hz"
    return [
        _figure(
            "resistance",
            "Input resistance",
            f"{steady.input()[0].real:.4g}",
            "MΩ",
            f"at B {steady.input(to)[0].real:.4g} MΩ",
            "Of A for a steady current",
        ),
        _figure(
            "resonance", "Resonance at A", peak, unit, note, "Where |Z| at A is largest; Q is that over the steady"
        ),
        _figure(
            "tau",
            "Time constant",
            f"{taus[0]:.3g}" if len(taus) else "–",
            "ms",
            "membrane, gates held",
            "The slowest with which the voltage moves while gates and concentrations are held",
        ),
        _figure(
            "length",
            "Electrotonic length",
            f"{out:.3g}",
            "out",
            f"in {back:.3g}",
            "Log attenuation of a steady voltage from A to B, and from B to A",
        ),
    ]


def _plain(value: float) -> str:
    """Three figures, without an exponent where a person would write none.

    >>> _plain(1139.6), _plain(0.0123), _plain(float("inf"))
    ('1140', '0.0123', '∞')
    """
    return "∞" if value == inf else f"{float(f'{value:.3g}'):.6g}"


def _figure(key: str, label: str, value: str, unit: str, note: str, doc: str) -> dict[str, str]:
    return {"key": key, "label": label, "value": value, "unit": unit, "note": note, "doc": doc}
