"""Recordings in the formats of amplifiers and archives, each written by another library than reads it."""

import logging
import pickle
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import rheobase as rb

pytest.importorskip("neo")


def test_an_abf_is_read_as_it_was_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = pytest.importorskip("pyabf.abfWriter")
    caplog.set_level(logging.CRITICAL)
    v = -65 + 20 * np.sin(np.linspace(0, 12, 8000))
    writer.writeABF1(np.stack([v - 5, v]), str(tmp_path / "cell.abf"), 20000.0, units="mV")
    data = bytearray((tmp_path / "cell.abf").read_bytes())
    # That writer leaves out the table of where sweeps begin, which begins at a block of 512 bytes.
    data += bytes(-len(data) % 512)
    struct.pack_into("<2i", data, 92, len(data) // 512, 2)
    (tmp_path / "cell.abf").write_bytes(data + struct.pack("<4i", 0, 8000, 10000, 8000))
    recording = rb.Recording(tmp_path / "cell.abf")
    assert repr(recording) == "<Recording cell.abf (Axon): 2 sweeps, 400 ms each; channels 0: ch0 (mV)>"
    assert list(recording.to_dataframe()["samples"]) == [8000, 8000]
    trace = rb.Trace.from_file(tmp_path / "cell.abf", channel="ch0", sweep=1)
    assert (trace.unit, trace.name, trace.even) == ("mV", "ch0", True)
    assert trace.dt == pytest.approx(0.05)
    np.testing.assert_allclose(trace.value, v, atol=0.005)  # the format has 16 bits
    with pytest.raises(KeyError, match=r"no channel in sweep 0 of cell.abf 'ch1'; did you mean 'ch0'"):
        recording.trace("ch1")
    with pytest.raises(IndexError, match=r"cell.abf: has no sweep 3; there are 2, from 0"):
        recording.trace(sweep=3)
    with pytest.raises(ValueError, match=r"cell.abf: does not tell what was commanded \("):
        recording.command()


_SECTIONS = {"protocol": 0, "adc": 1, "dac": 2, "epochs": 5, "strings": 9, "data": 10, "sweeps": 15}  # of ABF2


def packed(size: int, **fields: tuple[int, str, float]) -> bytes:
    """An entry of a section: each field at its place, in its format."""
    data = bytearray(size)
    for offset, kind, value in fields.values():
        struct.pack_into(f"<{kind}", data, offset, value)
    return bytes(data)


def abf2(sweeps: np.ndarray, steps: list[tuple[int, float, float, int]], *, enabled: int = 1, source: int = 1) -> bytes:
    """An ABF2 of 20 kHz with one channel in and one out, which holds -70 mV.

    Steps are `(type, level, increment, samples)`; a type of 1 is a step, one of 2 a ramp.
    """
    samples = sweeps.shape[1]
    entries: dict[str, list[bytes]] = {
        "protocol": [
            packed(
                512,
                mode=(0, "h", 5),
                interval=(2, "f", 50),
                samples=(22, "i", samples),
                high=(110, "f", 10),
                bits=(118, "i", 32768),
                outputs=(142, "h", 1),
            )
        ],
        "adc": [
            packed(128, boost=(28, "f", 1), scale=(40, "f", 1), gain=(48, "f", 1), name=(74, "i", 1), unit=(78, "i", 2))
        ],
        "dac": [
            packed(
                256,
                holding=(12, "f", -70),
                name=(24, "i", 3),
                unit=(28, "i", 4),
                enabled=(40, "h", enabled),
                source=(42, "h", source),
            )
        ],
        "epochs": [
            packed(
                48,
                number=(0, "h", k),
                kind=(4, "h", kind),
                level=(6, "f", level),
                more=(10, "f", more),
                lasts=(14, "i", n),
            )
            for k, (kind, level, more, n) in enumerate(steps)
        ],
        "strings": [b"\0\0Im\0pA\0Cmd 0\0mV\0"],
        "data": [struct.pack("<f", value) for value in sweeps.ravel()],
        "sweeps": [struct.pack("<2i", k * samples, samples) for k in range(len(sweeps))],
    }
    header = bytearray(1024)
    struct.pack_into("<4s4bII", header, 0, b"ABF2", 0, 0, 0, 2, 512, len(sweeps))
    struct.pack_into("<H", header, 30, 1)  # numbers as they are
    body = b""
    for name, section in entries.items():
        place = (len(header) + len(body)) // 512
        struct.pack_into("<IIq", header, 76 + 16 * _SECTIONS[name], place, len(section[0]), len(section))
        joined = b"".join(section)
        body += joined + bytes(-len(joined) % 512)
    return bytes(header) + body


def test_an_abf2_tells_what_was_commanded(tmp_path: Path) -> None:
    pyabf = pytest.importorskip("pyabf")
    current = np.random.default_rng(1).standard_normal((2, 640))
    path = tmp_path / "steps.abf"
    path.write_bytes(abf2(current, [(1, -20, 10, 200), (1, -90, 0, 100)]))
    recording = rb.Recording(path)
    np.testing.assert_allclose(recording.trace("Im", sweep=1).value, 1e-3 * current[1], rtol=1e-6)  # pA
    other = pyabf.ABF(str(path))
    for sweep in (0, 1):
        command = recording.command(sweep)
        assert (command.unit, command.name, command.dt) == ("mV", "Cmd 0", pytest.approx(0.05))
        assert set(command.value) == {-70, -20 + 10 * sweep, -90}
        other.setSweep(sweep)
        np.testing.assert_allclose(command.value, other.sweepC)
    with pytest.raises(IndexError, match=r"steps.abf: commands 1 channels in sweep 0, from 0"):
        recording.command(channel=1)


def test_what_is_commanded_besides_steps_is_refused(tmp_path: Path) -> None:
    for told, data in (
        ("a ramp", abf2(np.zeros((1, 640)), [(1, 0, 0, 99), (2, 0, 0, 99)])),
        ("a waveform from another file", abf2(np.zeros((1, 640)), [(1, 0, 0, 99)], source=2)),
    ):
        (tmp_path / "other.abf").write_bytes(data)
        recording = rb.Recording(tmp_path / "other.abf")
        with pytest.raises(
            ValueError, match=f"other.abf: commands {told}, which neo does not tell; only steps are read"
        ):
            recording.command()
    # Steps that were left in the file of an output that was off.
    (tmp_path / "off.abf").write_bytes(abf2(np.zeros((1, 640)), [(1, 0, 0, 99)], enabled=0))
    assert set(rb.Recording(tmp_path / "off.abf").command().value) == {-70}


def test_an_nwb_is_read_as_it_was_written(tmp_path: Path) -> None:
    pynwb = pytest.importorskip("pynwb")
    file = pynwb.NWBFile("a cell", "id", datetime(2026, 1, 1, tzinfo=UTC))
    electrode = file.create_icephys_electrode(name="e", description="patch", device=file.create_device(name="rig"))
    v, i = np.linspace(-0.07, -0.06, 400), np.linspace(0, 50, 300)
    for made in (
        pynwb.icephys.CurrentClampSeries(name="vm", data=v, electrode=electrode, gain=1.0, rate=20000.0, unit="volts"),
        pynwb.icephys.VoltageClampSeries(
            name="im", data=i, conversion=1e-12, electrode=electrode, gain=1.0, rate=1e4, starting_time=2.0
        ),
    ):
        file.add_acquisition(made)
    with pynwb.NWBHDF5IO(str(tmp_path / "cell.nwb"), "w") as io:
        io.write(file)
    recording = rb.Recording(tmp_path / "cell.nwb")
    frame = recording.to_dataframe()
    assert sorted(frame["name"]) == ["im", "vm"]
    voltage, current = recording.trace("vm"), recording.trace("im")
    assert (voltage.unit, current.unit) == ("mV", "nA")
    np.testing.assert_allclose(voltage.value, 1e3 * v)
    np.testing.assert_allclose(current.value, 1e-3 * i)
    assert (current.time[0], current.dt) == (0, pytest.approx(0.1))
    with pytest.raises(ValueError, match=r"does not tell what was commanded"):
        recording.command()


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.xyz").write_text("no recording")
    with pytest.raises(ValueError, match=r"notes.xyz: is in no format that neo reads; export it as ABF, NWB"):
        rb.Recording(tmp_path / "notes.xyz")
    (tmp_path / "broken.abf").write_bytes(b"ABF " + bytes(100))
    with pytest.raises(ValueError, match=r"broken.abf: cannot be read by neo's AxonIO; it may be damaged"):
        rb.Recording(tmp_path / "broken.abf")
    with pytest.raises(FileNotFoundError, match=r"there is no file"):
        rb.Recording(tmp_path / "none.abf")
    # A pickle could run anything.
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps([1, 2, 3]))
    with pytest.raises(ValueError, match=r"evil.pkl: is in no format that neo reads"):
        rb.Recording(tmp_path / "evil.pkl")
