"""The sockets' addresses."""

from channels.routing import URLRouter
from django.urls import path

from chat.consumers import ChatConsumer
from chat.runs import Runs


def sockets(runs: Runs, padding: int = 0) -> URLRouter:
    """Every socket of the site, served by this process's ``runs``."""
    return URLRouter([path("ws/chat/", ChatConsumer.as_asgi(runs=runs, padding=padding))])
