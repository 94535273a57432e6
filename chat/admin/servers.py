"""The model servers, as last seen."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chat.admin.read_only import ReadOnlyAdmin, badge, moment, pretty_block
from chat.models import ModelServer
from chat.sentences import translated

KINDS = {
    ModelServer.State.UP: "complete",
    ModelServer.State.LOADING: "streaming",
    ModelServer.State.DOWN: "failed",
}


@admin.register(ModelServer)
class ModelServerAdmin(ReadOnlyAdmin[ModelServer]):
    """Whether each server answers, and which models it has."""

    list_display = ("label", "name", "standing", "what", "models", "checked")
    fields = ("label", "name", "standing", "what", "note", "checked", "models_offered")

    @admin.display(description=_("state"), ordering="state")
    def standing(self, server: ModelServer) -> SafeString:
        """Whether it answers."""
        state = ModelServer.State(server.state)
        return badge(str(state.label), KINDS[state])

    @admin.display(description=_("detail"))
    def what(self, server: ModelServer) -> str:
        """What it last said of its state."""
        return translated(server.detail) or "–"

    @admin.display(description=_("notice"))
    def note(self, server: ModelServer) -> str:
        """What people should know of its models."""
        return translated(server.notice) or "–"

    @admin.display(description=_("checked"), ordering="checked_at")
    def checked(self, server: ModelServer) -> SafeString | str:
        """When it was last asked."""
        return moment(server.checked_at)

    @admin.display(description=_("models"))
    def models(self, server: ModelServer) -> str:
        """The names of its models."""
        return ", ".join(str(model["name"]) for model in server.catalogue) or "–"

    @admin.display(description=_("models"))
    def models_offered(self, server: ModelServer) -> SafeString:
        """Its models with all that it says of them."""
        return pretty_block(server.catalogue)
