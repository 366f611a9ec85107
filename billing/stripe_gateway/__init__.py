"""The only door to Stripe: plain values in, plain values out, and its errors in our words."""
