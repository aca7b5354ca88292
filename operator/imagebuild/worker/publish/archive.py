"""An OCI archive out of a layout: the same bytes for the same layout.

Source: OCI Image Specification 1.1, image-layout.md, and BuildKit's type=oci.
"""

import tarfile
from pathlib import Path

_INDEX = ("oci-layout", "index.json")


def write(directory: Path, archive: Path) -> None:
    """Writes the layout into a file; raises OSError."""
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as opened:
        files = sorted(path for path in directory.rglob("*") if path.is_file())
        for path in sorted(files, key=lambda path: path.name not in _INDEX):
            found = tarfile.TarInfo(str(path.relative_to(directory)))
            found.size, found.mode = path.stat().st_size, 0o644
            with path.open("rb") as file:
                opened.addfile(found, file)
