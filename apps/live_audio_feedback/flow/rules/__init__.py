"""Pure decisions of Adaptive Flow: plain values in, plain values out; time and chance are given."""
