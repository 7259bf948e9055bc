"""What the web server says about the letters of a request. Read before Django is set up, so it imports nothing."""

NOT_UTF8 = "careops.not_utf8"  # in the environment of a request that claims other letters
