"""How the property tests of this directory run."""

from hypothesis import settings

settings.register_profile("wire", deadline=None)  # a busy machine is no failure
settings.load_profile("wire")
