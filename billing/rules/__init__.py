"""How money is reckoned: plain values in and out, exact until each line's one rounding."""
