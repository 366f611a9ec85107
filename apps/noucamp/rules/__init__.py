"""Pure decisions about kiosks: plain values in, plain values out."""
