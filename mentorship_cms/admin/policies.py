"""Who reads which record in the admin. Wagtail asks here; the answers are in ``permissions``."""

from django.contrib.auth import get_user_model
from wagtail.permission_policies import BasePermissionPolicy
from wagtail.permissions import register_permission_policy

from ..models import Evaluation, Mentorship
from ..permissions import Doors, doors_of, evaluations_visible_to, mentorships_of

#: Where the user of a request keeps which doors are open: both policies, each menu and row ask.
_DOORS = "_mentorship_cms_doors"


def kept_doors(user) -> Doors:
    """The doors that are open to ``user``; asked once for a user in memory."""
    if not hasattr(user, _DOORS):
        setattr(user, _DOORS, doors_of(user))
    return getattr(user, _DOORS)


class RecordPolicy(BasePermissionPolicy):
    """Lets people view what ``visible_to`` holds, by relation; nobody makes or changes anything.

    Rights that were given to a user or a group count for nothing here, nor does being a
    superuser: Wagtail's own policy would ask about the model and let in whoever may see one.
    """

    def sees_all(self, user) -> bool:
        """Whether no record is hidden from ``user``; what spares a query for whom it is so."""
        return kept_doors(user).coordinates

    def sees_some(self, user) -> bool:
        """Whether ``visible_to`` holds anything for whom not everything is open."""
        raise NotImplementedError

    def visible_to(self, user):
        """The records of which ``user`` may know that they exist."""
        raise NotImplementedError

    def user_has_permission(self, user, action):
        """Whether there is something to view. Asked by the menu and for each row of a list."""
        return action == "view" and (self.sees_all(user) or self.sees_some(user))

    def user_has_permission_for_instance(self, user, action, instance):
        return action == "view" and self.visible_to(user).filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(self, user, actions):
        return self.visible_to(user) if "view" in actions else self.model.objects.none()

    def users_with_any_permission(self, actions):
        """Nobody: who takes part in what is not for lists of users to tell."""
        return get_user_model().objects.none()


class EvaluationPolicy(RecordPolicy):
    """Evaluations: as in the workspace, so that an administrator reads none."""

    def sees_some(self, user):
        """Whether there is one in a mentorship of theirs."""
        return kept_doors(user).sees_evaluations

    def visible_to(self, user):
        return evaluations_visible_to(user)


class MentorshipPolicy(RecordPolicy):
    """Mentorships: all for coordinators and superusers, for others those they have a role in."""

    def sees_all(self, user):
        """Coordinators, and superusers, who see who takes part in what."""
        return (user.is_active and user.is_superuser) or kept_doors(user).coordinates

    def sees_some(self, user):
        """Whether they have a role in one."""
        return kept_doors(user).takes_part

    def visible_to(self, user):
        if self.sees_all(user):
            return Mentorship.objects.all()
        return mentorships_of(user)


def register():
    """Register the policies, before Wagtail makes its own for want of one."""
    register_permission_policy(Evaluation, EvaluationPolicy(Evaluation))
    register_permission_policy(Mentorship, MentorshipPolicy(Mentorship))
