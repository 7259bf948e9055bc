"""What every page has in common that customers open."""

import pytest

from accounts.models import Business

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def business():
    return Business.objects.create(pk=1, name="Riverside Physio", phone="0117 496 0100")


def test_whoever_asks_too_often_is_told_to_wait(client):
    for _ in range(60):
        assert client.get("/contact/thanks/").status_code == 200

    response = client.get("/contact/thanks/")

    assert response.status_code == 429
    assert "A moment, please" in response.text
    assert "0117 496 0100" in response.text
    assert client.get("/contact/thanks/", REMOTE_ADDR="203.0.113.7").status_code == 200


def test_before_activation_it_says_so_and_whom_to_call(client, business):
    Business.objects.update(activated_at=None)

    response = client.get("/contact/")

    assert response.status_code == 404
    assert "Riverside Physio does not take bookings here yet" in response.text
    assert "0117 496 0100" in response.text


def test_what_is_not_there_says_so_in_the_words_of_the_business(client):
    response = client.get("/book/done/nothing/")

    assert response.status_code == 404
    assert "There is nothing here" in response.text
    assert "Riverside Physio" in response.text


def test_pages_about_one_person_are_kept_by_nobody(client):
    headers = client.get("/contact/").headers

    assert headers["Cache-Control"] == "no-store, private"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_list_of_services_may_be_found(client):
    response = client.get("/book/")

    assert "X-Robots-Tag" not in response.headers
    assert "noindex" not in response.text
