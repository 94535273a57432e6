"""The words of the canaries, for settings that are read before there is an application."""

API_KEY = "canary-of-a-key-4f1f7a"
PROMPT = "canary-of-a-prompt-9c0e2b"
METRICS_TOKEN = "canary-of-metrics-73c1"
CLIENT_SECRET = "client-secret-canary"
CANARIES = (API_KEY, PROMPT, METRICS_TOKEN, CLIENT_SECRET, "canary-of-somebody")
