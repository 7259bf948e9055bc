from django.views.generic import View


class InboxView(View):
    pass


class ConversationView(View):
    pass


class ReplyView(View):
    pass


class IncomingView(View):
    pass


class ResumeView(View):
    pass


class CloseView(View):
    pass


class ReopenView(View):
    pass


class OutboxView(View):
    pass


class MessageDetailView(View):
    pass


class MessageRetryView(View):
    pass


class MessageCancelView(View):
    pass
