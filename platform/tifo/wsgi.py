"""REST and pages under WSGI: the web process of the production profile."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tifo.settings.base")
application = get_wsgi_application()
