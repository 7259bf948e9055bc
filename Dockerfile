# One image for both processes: the web server (the default command) and `python manage.py worker`.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

COPY requirements.txt constraints.txt ./
RUN pip install -r requirements.txt -c constraints.txt

COPY . .
ENV ENVIRONMENT=production
# Collecting the static files needs settings but uses none of these values.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    DATABASE_URL=postgresql://build/careops ALLOWED_HOSTS=build ALLOWED_ORIGINS=https://build \
    python manage.py collectstatic --noinput --verbosity 0

RUN useradd --system --uid 10001 --no-create-home careops
USER careops

EXPOSE 8000
CMD ["gunicorn", "-c", "python:careops.gunicorn_conf", "careops.wsgi"]
