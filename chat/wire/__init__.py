"""Pure protocol code: bytes and values in, values out.

Nothing here does I/O or knows Django, httpx or asyncio; only the standard
library and msgspec are imported.
"""
