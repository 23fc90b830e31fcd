"""When an experiment began and ended, for its manifest."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any


class Clock:
    """Start and end of an experiment, for the manifest."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self._tick = time.perf_counter()

    def start(self) -> dict[str, Any]:
        """When it began."""
        return {"started": self._began.isoformat(timespec="seconds")}

    def stop(self, host: str) -> dict[str, Any]:
        """When it began and ended, how long it took, and where."""
        return self.start() | {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - self._tick, 3),
            "host": host,
        }
