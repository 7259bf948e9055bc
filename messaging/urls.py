from django.urls import path

from messaging import views

app_name = "messaging"
urlpatterns = [
    path("", views.InboxView.as_view(), name="inbox"),
    # /messages/<contact>/
    path("<int:contact_pk>/", views.ConversationView.as_view(), name="conversation"),
    path("<int:contact_pk>/reply/", views.ReplyView.as_view(), name="reply"),
    path("<int:contact_pk>/incoming/", views.IncomingView.as_view(), name="incoming"),
    path("<int:contact_pk>/resume/", views.ResumeView.as_view(), name="resume"),
    path("<int:contact_pk>/close/", views.CloseView.as_view(), name="close"),
    path("<int:contact_pk>/reopen/", views.ReopenView.as_view(), name="reopen"),
    # /messages/outbox/
    path("outbox/", views.OutboxView.as_view(), name="outbox"),
    path("outbox/<int:pk>/", views.MessageDetailView.as_view(), name="message"),
    path("outbox/<int:pk>/retry/", views.MessageRetryView.as_view(), name="retry"),
    path("outbox/<int:pk>/cancel/", views.MessageCancelView.as_view(), name="cancel"),
]
