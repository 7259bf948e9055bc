"""The demo business: who and what it is (people, stock, talks), what its days hold (diary, shelves), and how it came to
be (story, clock). All of it is done through the services that the pages use; nobody in it is real, and nothing is sent.
"""
