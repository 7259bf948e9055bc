"""gunicorn's settings, for `gunicorn -c python:careops.gunicorn_conf careops.wsgi`."""

import os
from pathlib import Path

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
control_socket_disable = True  # it would be made in the home folder, which the account may lack

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
# Heartbeat files on a disk can stall a worker that is well.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes it safely

timeout = 30  # seconds
graceful_timeout = 30
keepalive = 75  # longer than a proxy keeps its connections, so that none is closed under its request

# A worker is replaced now and then, not all at the same time.
max_requests = 1000
max_requests_jitter = 100

# CareOps logs requests itself, without personal data; gunicorn logs only its own life and errors.
accesslog = None
errorlog = "-"
