"""What Django's settings of the suite put in the place of something: no test patches it."""
