"""Text from a path or from memory, within a limit of size."""

from os import PathLike
from pathlib import Path

from rheobase.morphology.morphology import MorphologyError

Source = str | PathLike[str] | bytes | bytearray | memoryview
MAX_BYTES = 64 * 2**20  # about 1.5 million samples, ten times the largest cells on NeuroMorpho.org


def read_text(source: Source, max_bytes: int = MAX_BYTES) -> tuple[str, str]:
    """Give the text and a name for it.

    **Arguments:** `source`, a path; or the contents: bytes, or a string of more than one line or word.

    **Raises:** `MorphologyError` for contents that are too large or no text; `OSError` as `open` does.
    """
    if isinstance(source, str) and _is_content(source):
        _check_size(len(source), max_bytes)
        return source, "morphology"
    if isinstance(source, bytes | bytearray | memoryview):
        _check_size(len(source), max_bytes)
        return _decode(bytes(source)), "morphology"
    path = Path(source)
    with path.open("rb") as file:
        _check_size(path.stat().st_size, max_bytes)
        data = file.read(max_bytes + 1)  # a device or pipe has no size to check beforehand
    _check_size(len(data), max_bytes)
    return _decode(data), path.stem.removesuffix(".cell")


def _is_content(text: str) -> bool:
    return not text.strip() or "\n" in text or "\r" in text or text.lstrip()[:1] == "<" or len(text.split()) >= 7


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise MorphologyError(
            f"the file has {size / 2**20:.0f} MB; up to {max_bytes / 2**20:.0f} MB are read",
            hint="if it really is one cell, raise max_bytes",
        )


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:4096]:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise MorphologyError("the file is not text", line=line, hint="is it compressed, or of another format?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # old comments; the numbers read the same


def text_lines(text: str) -> list[str]:
    """Give the lines of a text, whatever ends them, without marks of its encoding and end."""
    return text.lstrip("\ufeff").rstrip("\x1a").replace("\r\n", "\n").replace("\r", "\n").split("\n")
