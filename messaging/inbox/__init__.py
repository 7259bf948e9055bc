"""What people say to each other: conversations, replies, notes, drafts, saved replies."""
