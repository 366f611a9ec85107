"""Every page is in English, of whichever country a browser is."""
