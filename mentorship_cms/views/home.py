"""Where the workspace begins: what is due for somebody, and their mentorships."""

from ..permissions import is_coordinator
from ..services.flags import tally_of
from ..services.tasks import desk_of
from .base import WorkspaceView


class HomeView(WorkspaceView):
    """What waits for the person who is signed in, and the mentorships they take part in."""

    def get(self, request):
        return self.render(
            "home",
            desk=desk_of(request.user),
            questions=tally_of(request.user),
            coordinates=is_coordinator(request.user),
        )
