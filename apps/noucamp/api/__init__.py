"""The REST face of NouCampSDK."""
