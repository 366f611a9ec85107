"""Imported first by programs that tests start: it loads the platform as its own processes do."""

import django

from tifo.loading import end_at_once, loading

end_at_once()
with loading():
    django.setup()
