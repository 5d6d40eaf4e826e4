"""INCLUDE, kept inside the folder of the file that asks for it."""

from pathlib import Path

from rheobase.mechanisms.nmodl.source import MAX_CHARACTERS, Source, decode

MAX_DEPTH = 8


def included(source: Source, offset: int, written: str, above: tuple[Path, ...]) -> tuple[Source, Path]:
    """Read the file that an INCLUDE names.

    **Arguments:** `source` and `offset`, where the INCLUDE stands; `written`, the name in quotes; `above`, the files
    that are being included already, the outermost first.

    **Returns:** the text read, and its path.

    **Raises:** `NmodlError` if the name leads out of the folder, the file isn't there or isn't text of a sensible size,
    or files include each other.
    """
    if source.folder is None:
        source.fail(offset, f"INCLUDE {written!r} needs a folder, and a text has none", "load the file by its path")
    if len(above) >= MAX_DEPTH:
        source.fail(offset, f"INCLUDE goes more than {MAX_DEPTH} files deep")
    try:
        folder = source.folder.resolve()
        path = (folder / written).resolve()
        inside = not Path(written).is_absolute() and path.is_relative_to(folder)
        size = path.stat().st_size if inside and path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        source.fail(offset, f"INCLUDE {written!r} isn't the name of a file")
    if not inside:
        hint = "copy it next to the file that includes it"
        source.fail(offset, f"INCLUDE {written!r} leads out of the file's own folder", hint)
    if size is None:
        source.fail(offset, f"there is no file {written!r} in the folder of {source.name or 'this file'}")
    if path in above:
        source.fail(offset, f"{written!r} includes itself")
    if size > MAX_CHARACTERS:
        source.fail(offset, f"{written!r} has {size} bytes; a mechanism may have {MAX_CHARACTERS}")
    try:
        text = decode(path.read_bytes())
    except OSError:
        source.fail(offset, f"{written!r} can't be read")
    # The folder stays that of the outermost file: no INCLUDE may reach further than it could.
    return Source(text, written, folder, included=True), path
