"""WSGI entry point of the demo intranet."""

import os
import sys
from pathlib import Path

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "intranet.settings.demo")
# The plugin is read from this working copy unless it is installed.
sys.path.append(str(Path(__file__).resolve().parent.parent.parent))

application = get_wsgi_application()
