"""What the server says of itself."""

from __future__ import annotations

SERVER_VERSION = "v24.4.0-0"
PROTOCOL = 3 << 16 | 16
