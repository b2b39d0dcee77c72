from django.apps import AppConfig


class IntranetConfig(AppConfig):
    name = "intranet"
    verbose_name = "Intranet"
    default_auto_field = "django.db.models.BigAutoField"
