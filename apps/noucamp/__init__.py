"""NouCampSDK: kiosks in the venue, what they report, the cues they play, and which models fit."""
