"""What the web server's door and the middleware behind it agree on. Read before Django is set up, so it imports nothing."""

NOT_UTF8 = "careops.not_utf8"  # in the environment of a request: its content type names other letters
