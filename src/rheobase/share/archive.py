"""A zip file of named parts with a manifest of their checksums, read without trusting it."""

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

_MANIFEST = "manifest.json"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}){0,3}")
_MOST_PARTS = 1000
_MOST_BYTES = 1024 * 2**20
_MANIFEST_BYTES = 4 * 2**20
# The same parts make the same file, whenever they are written.
_MOMENT = (1980, 1, 1, 0, 0, 0)


class BundleError(ValueError):
    """A bundle that cannot be written or read. Its text names the file, the part at fault and why."""


def write_archive(path: str | os.PathLike[str], parts: Mapping[str, bytes], about: Mapping[str, Any]) -> None:
    """Write parts and a manifest to a zip file, whole or not at all.

    **Arguments:** `parts` by name; `about`, what the manifest tells besides their sizes and checksums.
    """
    path = Path(path)
    for name in parts:
        if _NAME.fullmatch(name) is None or name == _MANIFEST:
            raise BundleError(f"{path.name}: {name[:80]!r} cannot name a part; use letters, digits, '_', '.', '-', '/'")
    listed = {name: {"bytes": len(data), "sha256": _checksum(data)} for name, data in parts.items()}
    manifest = json.dumps({**about, "parts": listed}, indent=1, allow_nan=False).encode()
    partial = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in {_MANIFEST: manifest, **parts}.items():
                archive.writestr(zipfile.ZipInfo(name, _MOMENT), data, zipfile.ZIP_DEFLATED)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_archive(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read the manifest and all parts that it lists.

    Nothing is unpacked to the disk. Sizes are bounded before and while anything is inflated.

    **Returns:** the manifest without its list of parts, and the parts by name.

    **Raises:** `BundleError`; `OSError` if the file cannot be opened.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked_entries(archive)
            manifest = _manifest(_inflated(archive, entries, _MANIFEST, _MANIFEST_BYTES))
            listed = manifest.pop("parts")
            extra = sorted(set(entries) - set(listed) - {_MANIFEST})
            if extra:
                raise BundleError(f"has the part {extra[0]!r}, which its manifest does not list")
            parts = {}
            for name, told in listed.items():
                data = _inflated(archive, entries, name, _MOST_BYTES)
                if _checksum(data) != told.get("sha256"):
                    raise BundleError(f"the part {name!r} is not what the manifest says: it was changed or damaged")
                parts[name] = data
            return manifest, parts
    except BundleError as error:
        raise BundleError(f"{path.name}: {error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BundleError(f"{path.name}: is no zip file that can be read ({error})") from None


def _checked_entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    infos = archive.infolist()
    if len(infos) > _MOST_PARTS:
        raise BundleError(f"has {len(infos)} parts; at most {_MOST_PARTS} are read")
    if sum(info.file_size for info in infos) > _MOST_BYTES:
        raise BundleError(f"would unpack to more than {_MOST_BYTES // 2**20} MiB")
    for info in infos:
        if _NAME.fullmatch(info.filename) is None or ".." in PurePosixPath(info.filename).parts:
            raise BundleError(f"has a part named {info.filename[:80]!r}, which is no plain name")
        if info.filename in entries:
            raise BundleError(f"has the part {info.filename!r} twice")
        entries[info.filename] = info
    return entries


def _inflated(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str, most: int) -> bytes:
    if name not in entries:
        raise BundleError(f"has no part {name!r}; the file may be cut off, or of another kind")
    info = entries[name]
    with archive.open(info) as part:
        data = part.read(min(most, info.file_size) + 1)
    if len(data) > most or len(data) != info.file_size:
        raise BundleError(f"the part {name!r} is larger than it says, or than {most // 2**20} MiB")
    return data


def _manifest(data: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError):
        raise BundleError("its manifest is no JSON") from None
    parts = manifest.get("parts") if isinstance(manifest, dict) else None
    if not isinstance(parts, dict) or not all(isinstance(told, dict) for told in parts.values()):
        raise BundleError("its manifest lists no parts")
    return manifest


def _checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
