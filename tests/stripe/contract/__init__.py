"""What the calls of our gateway may rely on: kept by the stand-in, and by Stripe itself."""
