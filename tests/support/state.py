"""What one publisher's double is like at the moment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class State:
    """Settings of a double that tests may change between two requests.

    Attributes:
        release: counts the releases; 0 at first.
        announced: the same, as far as the publisher says so: some revise without moving their date.
        mode: how it misbehaves in the answer that is being built; see ``publishers.MODES``.
        key: what it accepts as API key.
        caps: rows at which it silently cuts an answer, per kind of access.
        archived: codes that it has retired; asking for one is an error.
        absent: codes that it accepts and has no data for.
    """

    release: int = 0
    announced: int = 0
    mode: str = "ok"
    key: str = ""
    caps: dict[str, int] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)

    @property
    def scale(self) -> float:
        """What every value is multiplied by."""
        return 1000.0 if self.mode == "times_1000" else 1.0
