"""What Facebook, Instagram and Threads share: the door their webhooks come to, and the Graph API."""
