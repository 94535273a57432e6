"""The web server: Daphne, hardened where plain Daphne trusts its clients too much.

| module | what it changes, and what plain Daphne 4.2.3 was measured to do |
|---|---|
| ``flow`` | ``await send()`` waits while the client does not read (it never waited: 409 MB sent to a client that reads nothing stood in memory), and reading waits while the application is busy (978 MB of messages were taken in 3 s) |
| ``http_protocol`` | bodies are bounded, and read from disk as the application asks (a 200 MB body stood in memory before Django saw it); a request that comes too slowly is ended |
| ``ws_protocol`` | messages, fragments and pings are bounded, and their pace too (three sockets with nothing but pings kept everybody waiting for a tenth of a second at each step); close codes as ASGI has them; 1012 when the server ends (sockets were cut without a close frame) |
| ``server`` | a graceful end: requests are answered, tasks are awaited, exit code 0 (with tasks left over, CPython 3.11 ended with SIGSEGV) |
| ``lifespan`` | ASGI's lifespan protocol, which Daphne does not speak |
| ``client_address`` | no header of a proxy is believed unless it is named, and then only one that holds a single address (Daphne takes the leftmost of ``X-Forwarded-For``, which the client writes) |
| ``access_log`` | a line a request, without query strings and secret paths |
| ``listening`` | sockets of all kinds, with a sentence when one cannot be had |
| ``processes`` | several server processes on one socket |

``options`` holds every limit. Importing ``h2oweb.server.server`` installs Twisted's
asyncio reactor, so only a process that serves should import it.
"""  # noqa: E501
