"""One Twilio account shared by many threads: lists read once for all, waiting, look-ups, ownership."""
