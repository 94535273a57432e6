"""Settings of the server processes under test: the project's, with an application of its own.

``SERVER`` comes from the environment as JSON, so that each test can choose its limits.
"""

import json
import os

from h2oweb.settings import *  # noqa: F403

ASGI_APPLICATION = os.environ.get("TEST_APPLICATION", "tests.server.apps.application")
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "chat"]
MIDDLEWARE = []
ROOT_URLCONF = "tests.server.settings"
urlpatterns: list[object] = []
SERVER = json.loads(os.environ.get("TEST_SERVER", "{}"))
