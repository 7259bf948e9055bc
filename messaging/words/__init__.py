"""The ground: the rules and their classes, reasons, texts with placeholders, times in words. No model."""
