#!/usr/bin/env python
"""Harken's command line: `python manage.py help` lists every command."""

import os
import sys


def main() -> None:
    """Run one management command under the development settings unless others are named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
