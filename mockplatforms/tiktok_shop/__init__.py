"""The TikTok Shop window: how its API signs, names, answers and tells of what happens in the world."""
