"""Results as bytes and back: arrays in NumPy's own format, and what they mean as plain data."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from rheobase.model.protocol_data import recordables_data, recordables_of
from rheobase.simulate import Frames, Results


def results_parts(results: Results) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Give what was recorded as plain data, and the arrays by name as the bytes of `.npy` files."""
    arrays: dict[str, NDArray[Any]] = {"t": results.t, "values": results.values}
    if results.orders is not None:
        arrays["orders"] = results.orders.astype(float)
    if results.frames is not None:
        arrays |= {"frames_t": results.frames.t, "frames_v": results.frames.v}
    about = {"record": recordables_data(results.recordables), "units": list(results.units)}
    return about, {name: _npy(array) for name, array in arrays.items()}


def results_of(about: Any, arrays: Mapping[str, bytes]) -> Results:
    """Make results of what `results_parts` gave. **Raises:** `ValueError` or `TypeError` for what cannot be."""
    if not isinstance(about, dict):
        raise TypeError("what was recorded must be an object")
    recordables, units = recordables_of(about.get("record")), tuple(map(str, about.get("units", ())))
    t, values = (_array(name, arrays.get(name, b""), dimensions) for name, dimensions in (("t", 1), ("values", 2)))
    if values.shape != (len(recordables), len(t)) or not len(t):
        raise ValueError(f"the results are {values.shape} numbers for {len(recordables)} recordings at {len(t)} times")
    if len(units) != len(recordables):
        raise ValueError(f"the results have {len(units)} units for {len(recordables)} recordings")
    orders = None
    if "orders" in arrays:
        orders = _array("orders", arrays["orders"], 1).astype(np.int64)
        if len(orders) != len(t) or (orders < 0).any() or (orders > np.arange(len(t))).any():
            raise ValueError("the orders of the results' samples cannot be")
    frames = None
    if "frames_t" in arrays:
        frames = Frames(_array("frames_t", arrays["frames_t"], 1), _array("frames_v", arrays.get("frames_v", b""), 2))
        if len(frames.t) != len(frames.v):
            raise ValueError(f"the results have {len(frames.v)} frames at {len(frames.t)} times")
    return Results(t, recordables, units, values, frames, orders=orders)


def _npy(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    npy.write_array(stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _array(name: str, data: bytes, dimensions: int) -> NDArray[Any]:
    """Give an array of real numbers.

    The header is held against the length of the data before anything is made of it, so that a small file cannot ask
    for a large array.
    """
    stream = io.BytesIO(data)
    try:
        if npy.read_magic(stream) != (1, 0):
            raise ValueError("it is of another version")
        shape, fortran, dtype = npy.read_array_header_1_0(stream)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"the array {name!r} of the results cannot be read ({error})") from None
    body = data[stream.tell() :]
    count = int(np.prod([int(n) for n in shape], dtype=object))
    if dtype.kind != "f" or fortran or len(shape) != dimensions or count * dtype.itemsize != len(body):
        raise ValueError(
            f"the array {name!r} of the results is not {dimensions}-dimensional real numbers of its length"
        )
    return np.frombuffer(body, dtype).reshape(shape).copy()
