"""Files: downloads by signed address, and uploads that go on where they broke off."""
