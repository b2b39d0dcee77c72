#!/usr/bin/env python
"""Administrative commands of the demo intranet."""

import os
import sys
from pathlib import Path


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "intranet.settings.demo")
    # The plugin is read from this working copy unless it is installed.
    sys.path.append(str(Path(__file__).resolve().parent.parent))

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
