"""Lets wagtail-localize begin translations of frameworks, scales and roles, and then spare them.

wagtail-localize would publish the words of the source at once, show a form without the parts,
and write the parts of the source over those of the translation whenever it is brought up to date.
So for these three it only begins a draft, which is an ordinary item from then on; our own page of
translations says what it lacks. Pages are left to wagtail-localize.

The only module that knows wagtail-localize; imported only where a site has it.
"""

from functools import wraps

from django.http import Http404
from django.urls import path
from wagtail import hooks
from wagtail_localize.models import TranslationSource

from .models import Evaluation, Mentorship
from .models.editorial import EditorialSnippet
from .services.translations import start_translation


def sparing(write):
    """Wrap what makes and updates a translation from its source; see ``checks.check_localize``."""

    @wraps(write)
    def create_or_update_translation(source, locale, user=None, *args, **options):
        if not issubclass(source.specific_content_type.model_class(), EditorialSnippet):
            return write(source, locale, user, *args, **options)
        item = source.get_source_instance()
        translation = item.get_translation_or_none(locale)
        if translation is not None:
            return translation, False
        return start_translation(user=user, item=item, locale=locale), True

    create_or_update_translation.spares_editorial_items = True
    return create_or_update_translation


def leave_out_synchronising(menu_items, request, context):
    """Take "Start Synced translation" out of the form: nothing of these items is synchronised."""
    if issubclass(context["model"], EditorialSnippet):
        menu_items[:] = [item for item in menu_items if item.name != "localize-restart-translation"]


def hide_records():
    """Addresses before those of wagtail-localize, which lists any snippet to any editor."""

    def not_found(request, **kwargs):
        raise Http404

    base = "localize/api/snippets/mentorship_cms"
    names = [model._meta.model_name for model in (Evaluation, Mentorship)]
    return [
        path(f"{base}/{name}/{rest}", not_found) for name in names for rest in ("", "<path:rest>")
    ]


def register():
    """Tell wagtail-localize about our items; called once when the app is ready."""
    # The form of the translation is the ordinary one, and nothing is a segment.
    EditorialSnippet.localize_default_translation_mode = "simple"
    EditorialSnippet.translatable_fields = []
    write = getattr(TranslationSource, "create_or_update_translation", None)
    if write is not None:
        TranslationSource.create_or_update_translation = sparing(write)
    hooks.register("construct_snippet_action_menu", leave_out_synchronising)
    hooks.register("register_admin_urls", hide_records, order=-1)
