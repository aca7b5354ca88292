"""Whose an attempt is."""

from dataclasses import dataclass
from typing import Any

from imagebuild.api import names


@dataclass(frozen=True, slots=True)
class Owner:
    """The ImageBuild that owns what an attempt is made of."""

    namespace: str
    name: str
    uid: str

    @property
    def reference(self) -> dict[str, Any]:
        """The owner reference; it never blocks the owner's deletion."""
        return {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": False,
        }
