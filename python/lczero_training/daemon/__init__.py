"""The long-running application: commands in, notifications out, and the cycle in between."""
