from django.urls import path

from messaging.consent import views as consent_views
from messaging.inbox import handling_views, saved_replies_views, thread_views, writing_views
from messaging.outbox import views, why_view
from messaging.providers import views as providers_views
from messaging.rules import views as rules_views

app_name = "messaging"
urlpatterns = [
    path("", thread_views.InboxView.as_view(), name="inbox"),
    # /messages/<contact>/
    path("<int:contact_pk>/", thread_views.ConversationView.as_view(), name="conversation"),
    path("<int:contact_pk>/draft/", writing_views.DraftView.as_view(), name="draft"),
    path("<int:contact_pk>/note/", writing_views.NoteView.as_view(), name="note"),
    path("<int:contact_pk>/incoming/", writing_views.IncomingView.as_view(), name="incoming"),
    path("<int:contact_pk>/assign/", handling_views.AssignView.as_view(), name="assign"),
    path("<int:contact_pk>/snooze/", handling_views.SnoozeView.as_view(), name="snooze"),
    path("<int:contact_pk>/read/", handling_views.ReadView.as_view(), name="read"),
    path("<int:contact_pk>/unread/", handling_views.UnreadView.as_view(), name="unread"),
    path("<int:contact_pk>/resume/", handling_views.ResumeView.as_view(), name="resume"),
    path("<int:contact_pk>/close/", handling_views.CloseView.as_view(), name="close"),
    path("<int:contact_pk>/reopen/", handling_views.ReopenView.as_view(), name="reopen"),
    path("<int:contact_pk>/consent/", consent_views.ConsentView.as_view(), name="consent"),
    path("<int:contact_pk>/opt-out/", consent_views.HintView.as_view(), name="consent_hint"),
    # /messages/saved-replies/
    path("saved-replies/", saved_replies_views.SavedReplyListView.as_view(), name="saved_replies"),
    path("saved-replies/new/", saved_replies_views.SavedReplyCreateView.as_view(), name="saved_reply_create"),
    path(
        "saved-replies/<int:pk>/", saved_replies_views.SavedReplyEditView.as_view(), name="saved_reply_edit"
    ),
    path(
        "saved-replies/<int:pk>/delete/",
        saved_replies_views.SavedReplyDeleteView.as_view(),
        name="saved_reply_delete",
    ),
    path("<int:contact_pk>/why/", why_view.WhyView.as_view(), name="why"),
    # /messages/outbox/
    path("outbox/", views.OutboxView.as_view(), name="outbox"),
    path("outbox/<int:pk>/", views.MessageDetailView.as_view(), name="message"),
    path("outbox/<int:pk>/retry/", views.MessageRetryView.as_view(), name="retry"),
    path("outbox/<int:pk>/cancel/", views.MessageCancelView.as_view(), name="cancel"),
    path("outbox/<int:pk>/edit/", views.MessageEditView.as_view(), name="message_edit"),
    path("outbox/<int:pk>/send/", views.MessageSendNowView.as_view(), name="send_now"),
    path("outbox/<int:pk>/arrived/", views.MessageArrivedView.as_view(), name="arrived"),
    path("outbox/<int:pk>/leave/", views.MessageLeaveView.as_view(), name="leave"),
    path("outbox/<int:pk>/resume/", views.MessageResumeView.as_view(), name="message_resume"),
    # /messages/providers/
    path("providers/", providers_views.ProviderListView.as_view(), name="providers"),
    path("providers/<slug:channel>/test/", providers_views.ProviderTestView.as_view(), name="provider_test"),
    path("after-restore/", providers_views.AfterRestoreView.as_view(), name="after_restore"),
    # /messages/rules/
    path("rules/", rules_views.RuleListView.as_view(), name="rules"),
    path("rules/settings/", rules_views.SettingsView.as_view(), name="settings"),
    path("rules/stop/", rules_views.AutomationStopView.as_view(), name="stop"),
    path("rules/start/", rules_views.AutomationStartView.as_view(), name="start"),
    path("rules/<slug:code>/", rules_views.RuleEditView.as_view(), name="rule"),
    path("rules/<slug:code>/on/", rules_views.RuleSwitchView.as_view(enabled=True), name="rule_on"),
    path("rules/<slug:code>/off/", rules_views.RuleSwitchView.as_view(enabled=False), name="rule_off"),
    path("rules/<slug:code>/restore/", rules_views.RuleRestoreView.as_view(), name="rule_restore"),
]
