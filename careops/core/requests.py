"""What the door of the web server and the middleware behind it agree on. Read before Django is: it imports nothing."""

NOT_UTF8 = "careops.not_utf8"  # in the environment of a request: its content type names other letters
