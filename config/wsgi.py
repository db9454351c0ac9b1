"""The WSGI entry point of the web process."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
application = get_wsgi_application()
# Every address, and with them every module, is read before the first person waits for it. What is loaded by now
# stays, so the collector of memory need not look at it again with every pass.
reverse("curation:sign_in")
gc.freeze()
