"""How dates and times are written, wherever Django writes them: `FORMAT_MODULE_PATH` leads here."""
